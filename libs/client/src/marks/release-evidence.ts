import { sha256, verifyWhole } from '#liaison/crypto';
import type { ReleaseEvidence } from '#liaison/policy';
import {
  canonicalJson,
  concatBytes,
  fromBase64url,
  releaseStatement,
  toBase64url,
  utf8,
  type DraftBody,
  type RecordHeader,
} from '#liaison/protocol';
import type { z } from 'zod';
import type { Trust } from '../trust.js';

/** What a second officer reads and releases. */
export type Released = z.infer<typeof DraftBody>['body'];

/** What is known here of the second officer who released a record. @param at milliseconds since 1970. */
export function releaseEvidence(header: RecordHeader, trust: Trust, at: number): ReleaseEvidence | undefined {
  const { release } = header;
  if (release === undefined) return undefined;
  const { certificate, fault } = trust.standing(fromBase64url(release.certificate), at);
  if (certificate?.device !== release.by) return { signatureVerifies: false };
  // As with senders, what has expired since is tolerated; what had expired when they signed is not.
  const wasValid = Date.parse(release.at) <= certificate.notAfter;
  if (!wasValid || (fault !== undefined && fault.kind !== 'expired')) return { signatureVerifies: false };
  const { publicKey, duties, clearance } = certificate;
  const signature = fromBase64url(release.signature);
  const signatureVerifies = verifyWhole(releaseStatement(header, release), signature, publicKey);
  return { signatureVerifies, officer: { duties, clearance } };
}

/** SHA-256 over the salt and the canonical body without it; base64url. @param body with its salt. */
export function releasedContent({ releaseSalt, ...content }: Released): string | undefined {
  if (releaseSalt === undefined) return undefined;
  return toBase64url(sha256(concatBytes(fromBase64url(releaseSalt), utf8(canonicalJson(content)))));
}
