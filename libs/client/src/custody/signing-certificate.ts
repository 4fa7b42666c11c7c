import { type RecordHashes, verifyRecord } from '#liaison/crypto';
import { contactPointOf, type DeviceAddress, fromBase64url, LiaisonError } from '#liaison/protocol';
import { publicKeyOf } from '../group-policy.js';
import type { Hub } from '../hub.js';

/**
 * The certificate, by the hub's directory, under which a record's signature verifies.
 * @returns DER as base64url. @throws LiaisonError `not-found` where no device in the directory signed it.
 */
export async function signingCertificate(
  hub: Hub,
  {
    sender,
    hashes,
    signature,
  }: { readonly sender: DeviceAddress; readonly hashes: RecordHashes; readonly signature: Uint8Array },
): Promise<string> {
  const { devices } = await hub.call('listDevices', { params: { contactPoint: contactPointOf(sender) }, query: {} });
  const signedBy = devices
    .filter(({ device }) => device === sender)
    .find(({ certificate }) => verifyRecord(hashes, signature, publicKeyOf(fromBase64url(certificate))));
  if (signedBy !== undefined) return signedBy.certificate;
  throw new LiaisonError(
    'not-found',
    `The hub's directory has no certificate of ${sender} that this record verifies under.`,
  );
}
