import {
  type CertificateAuthority,
  generateSigningKey,
  openWithPassphrase,
  sealWithPassphrase,
  type SigningKey,
  signingKeyFromSeed,
} from '#liaison/crypto';
import {
  type CoChairKey,
  type CommunityPlan,
  type ContactPointPlan,
  foundAuthority,
  witnessing,
} from '#liaison/client';
import {
  canonicalJson,
  type ContactPointId,
  fromBase64url,
  fromUtf8,
  parseCanonicalJson,
  toBase64url,
  utf8,
} from '#liaison/protocol';
import * as z from 'zod';
import type { Host } from '../host.js';
import { readIfPresent, writePrivateFile } from '#liaison/client.node';
import { DEMO_PASSPHRASE_COST } from './demo-passphrase.js';
import type { DemoPaths } from './demo-paths.js';

/** What the steps of the founding have in common. */
export interface Founding extends Pick<Host, 'clock' | 'random'> {
  readonly plan: CommunityPlan;
  readonly paths: DemoPaths;
  readonly passphrase: string;
  /** A line of progress. */
  readonly say: (text: string) => void;
}

/** The co-chairs' keys: made where they are not there yet. */
export async function coChairKeys(founding: Founding): Promise<CoChairKey[]> {
  const keys: CoChairKey[] = [];
  for (const contactPoint of founding.plan.coChairs) {
    const path = founding.paths.coChair(contactPoint);
    const what = { path, purpose: 'co-chair-key', name: `Co-chair ${contactPoint}: key` };
    const seed = await sealedOnce(founding, what, () => generateSigningKey(founding.random).privateKey);
    keys.push({ contactPoint, key: signingKeyFromSeed(seed) });
  }
  return keys;
}

/** The keys of the connectors that witness the log: made where they are not there yet. */
export async function witnessKeysOf(founding: Founding): Promise<Map<ContactPointId, SigningKey>> {
  const keys = new Map<ContactPointId, SigningKey>();
  for (const { id } of witnessing(founding.plan)) {
    const path = founding.paths.witness(id);
    const what = { path, purpose: 'witness-key', name: `Witness of ${id}: key` };
    const seed = await sealedOnce(founding, what, () => generateSigningKey(founding.random).privateKey);
    keys.set(id, signingKeyFromSeed(seed));
  }
  return keys;
}

/** The contact points' certificate authorities: made where they are not there yet. */
export async function authorities(founding: Founding): Promise<Map<ContactPointId, CertificateAuthority>> {
  const made = new Map<ContactPointId, CertificateAuthority>();
  for (const point of founding.plan.contactPoints) made.set(point.id, await authorityOf(founding, point));
  return made;
}

const AuthorityFile = z.strictObject({ certificate: z.string(), seed: z.string() });

async function authorityOf(founding: Founding, point: ContactPointPlan): Promise<CertificateAuthority> {
  const path = founding.paths.authority(point.id);
  const what = { path, purpose: 'authority', name: `${point.names['en'] ?? point.id}: certificate authority` };
  const file = await sealedOnce(founding, what, () => {
    const { certificate, key } = foundAuthority(point, generateSigningKey(founding.random), founding);
    return utf8(canonicalJson({ certificate: toBase64url(certificate), seed: toBase64url(key.privateKey) }));
  });
  const { certificate, seed } = AuthorityFile.parse(parseCanonicalJson(fromUtf8(file)));
  const key: SigningKey = signingKeyFromSeed(fromBase64url(seed));
  return { certificate: fromBase64url(certificate), key };
}

/** Opens the sealed file, or makes and seals its content first. Durable before it is used. */
async function sealedOnce(
  { passphrase, random, say }: Founding,
  what: { readonly path: string; readonly purpose: string; readonly name: string },
  make: () => Uint8Array,
): Promise<Uint8Array> {
  const { path, purpose, name } = what;
  const sealed = await readIfPresent(path);
  if (sealed !== undefined) return openWithPassphrase(sealed, passphrase, { purpose });
  const made = make();
  await writePrivateFile(path, sealWithPassphrase(made, passphrase, { purpose, random, cost: DEMO_PASSPHRASE_COST }));
  say(`${name} made and sealed.`);
  return made;
}
