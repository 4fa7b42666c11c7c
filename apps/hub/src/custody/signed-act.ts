import { verify } from '#liaison/crypto';
import { fromBase64url, type DeviceAddress } from '#liaison/protocol';
import type { AuthenticatedDevice } from '../access/authenticated-device.js';
import { encode } from '../records/wire-event.js';

const DAY_MS = 24 * 60 * 60 * 1000;

/** What a device signed, and when by its own clock. */
interface SignedAct {
  readonly at: string;
  readonly signature: string;
}

/** Whether the holder of this key signed it, no more than a day ahead of the hub's clock. */
export function isSignedBy(
  { publicKey }: Pick<AuthenticatedDevice, 'publicKey'>,
  context: string,
  { at, signature }: SignedAct,
  { signed, now }: { readonly signed: Uint8Array; readonly now: number },
): boolean {
  return verify(context, signed, fromBase64url(signature), publicKey) && Date.parse(at) <= now + DAY_MS;
}

export function isOlderThanADay({ at }: SignedAct, now: number): boolean {
  return Date.parse(at) < now - DAY_MS;
}

/** The columns that every signed act has, in the order in which {@link signerValues} gives them. */
export const SIGNER_COLUMNS = 'device, signed_at, signature, certificate, log_index';

export function signerValues({ device, certificate }: AuthenticatedDevice, act: SignedAct, index: number): unknown[] {
  return [device, act.at, Buffer.from(act.signature, 'base64url'), Buffer.from(certificate), index];
}

export interface SignerRow {
  readonly device: DeviceAddress;
  readonly signed_at: Date;
  readonly signature: Buffer;
  readonly certificate: Buffer;
}

export function signerOf({ device, certificate, ...row }: SignerRow) {
  return { device, ...signatureOf(row), certificate: encode(certificate) };
}

export function signatureOf({ signed_at: at, signature }: Pick<SignerRow, 'signed_at' | 'signature'>) {
  return { at: at.toISOString(), signature: encode(signature) };
}
