import { equalBytes, type Invitation } from '#liaison/protocol';
import type { DeviceCertificate } from './device-certificate.js';

/**
 * Whether a verified certificate is the one that an invitation promised, for the key that came in on it.
 * @returns in plain words where it is not.
 */
export function certificateMisfit(
  certificate: DeviceCertificate,
  { device, officerName, clearance, duties }: Pick<Invitation, 'device' | 'officerName' | 'clearance' | 'duties'>,
  publicKey: Uint8Array,
): string | undefined {
  if (!equalBytes(certificate.publicKey, publicKey)) return 'it is for another key.';
  if (certificate.device !== device) return 'it names another device.';
  if (certificate.officerName !== officerName) return 'it names another officer.';
  const sameDuties = [...certificate.duties].sort().join() === [...duties].sort().join();
  return certificate.clearance === clearance && sameDuties ? undefined : 'clearance or duties differ.';
}
