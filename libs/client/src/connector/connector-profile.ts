import { openWithPassphrase, type PassphraseCost, sealWithPassphrase } from '#liaison/crypto';
import {
  base64urlOf,
  canonicalJson,
  ContactPointId,
  explainIssues,
  fromBase64url,
  fromUtf8,
  LiaisonError,
  parseCanonicalJson,
  type RandomSource,
  SignedRoster,
  toBase64url,
  utf8,
} from '#liaison/protocol';
import * as z from 'zod';

/** The name of the sealed profile in a connector's folder. */
export const CONNECTOR_FILE = 'connector.json';

/** All that a contact point's connector needs to be itself again, but what it has witnessed. */
export interface ConnectorProfile {
  readonly v: 1;
  readonly contactPoint: ContactPointId;
  readonly hubUrl: string;
  /** 32 bytes: the Ed25519 private key of the witness, whose public half stands in the roster (`witnessKey`). */
  readonly witnessSeed: Uint8Array;
  /** Pinned: names the log that it witnesses. */
  readonly foundingRoster: SignedRoster;
}

const ConnectorFile = z.strictObject({
  v: z.literal(1),
  contactPoint: ContactPointId,
  hubUrl: z.url({ protocol: /^https?$/ }).max(500),
  witnessSeed: base64urlOf(32),
  foundingRoster: SignedRoster,
});

const PURPOSE = 'connector-profile';

/** @returns the profile as a passphrase-sealed file. */
export function sealConnector(
  profile: ConnectorProfile,
  passphrase: string,
  options: { readonly random: RandomSource; readonly cost?: PassphraseCost },
): Uint8Array {
  const file = ConnectorFile.parse({ ...profile, witnessSeed: toBase64url(profile.witnessSeed) });
  return sealWithPassphrase(utf8(canonicalJson(file)), passphrase, { ...options, purpose: PURPOSE });
}

/** @throws LiaisonError as `openWithPassphrase`; `malformed` (CLI-61) where what was sealed is not a connector's profile. */
export function openConnector(file: Uint8Array, passphrase: string): ConnectorProfile {
  const opened = openWithPassphrase(file, passphrase, { purpose: PURPOSE });
  const parsed = ConnectorFile.safeParse(parseCanonicalJson(fromUtf8(opened)));
  if (parsed.success) return { ...parsed.data, witnessSeed: fromBase64url(parsed.data.witnessSeed) };
  throw new LiaisonError('malformed', `This connector profile is not valid: ${explainIssues(parsed.error)}.`, {
    check: 'CLI-61',
  });
}
