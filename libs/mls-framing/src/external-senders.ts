import type { Extension } from 'ts-mls/extension.js';
import { decodeExternalSender, encodeExternalSender } from 'ts-mls/externalSender.js';
import { equalBytes, LiaisonError, utf8 } from '#liaison/protocol';

const HUB_IDENTITY = utf8('urn:liaison:hub');

/**
 * `external_senders` (RFC 9420 section 12.1.8.1) with the hub alone. The library encodes one sender without the vector
 * around it and looks senders up by their place among the extensions, so the hub's stands first of all.
 */
export function encodeExternalSenders(hubKey: Uint8Array): Extension {
  return {
    extensionType: 'external_senders',
    extensionData: encodeExternalSender({
      signaturePublicKey: hubKey,
      credential: { credentialType: 'basic', identity: HUB_IDENTITY },
    }),
  };
}

/**
 * The hub's Ed25519 key of 32 bytes.
 * @throws LiaisonError `malformed` (FRM-04) for anything but the form that {@link encodeExternalSenders} writes.
 */
export function decodeExternalSenders(extensionData: Uint8Array): Uint8Array {
  const key = hubKeyOf(extensionData);
  if (key?.length !== 32 || !equalBytes(encodeExternalSenders(key).extensionData, extensionData)) {
    throw new LiaisonError('malformed', 'The external sender of this group is not a hub.', { check: 'FRM-04' });
  }
  return key;
}

function hubKeyOf(extensionData: Uint8Array): Uint8Array | undefined {
  try {
    return decodeExternalSender(extensionData, 0)?.[0].signaturePublicKey;
  } catch {
    return undefined;
  }
}
