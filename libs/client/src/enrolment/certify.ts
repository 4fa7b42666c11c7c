import { type CertificateAuthority, certificateMisfit, verifyDeviceCertificate } from '#liaison/crypto';
import { contactPointOf, fromBase64url, type Invitation, LiaisonError } from '#liaison/protocol';
import { enrolDevice } from '../ceremony/enrol-device.js';
import type { Device } from '../device.js';
import type { Trust } from '../trust.js';

/** What a certificate is to say. */
type Grant = Pick<Invitation, 'device' | 'officerName' | 'clearance' | 'duties'>;

interface Certified {
  readonly grant: Grant;
  readonly publicKey: Uint8Array;
  readonly ca: CertificateAuthority;
  readonly trust: Trust;
}

/** @returns DER. @throws LiaisonError `usage` where the CA is not the one that the roster names. */
export function certify(administrator: Device, { grant, publicKey, ca, trust }: Certified): Uint8Array {
  const { device: address, officerName, clearance, duties } = grant;
  const enrolment = { ca, device: { address, officerName }, devicePublicKey: publicKey, clearance, duties };
  const certificate = enrolDevice(enrolment, administrator);
  const contactPoint = contactPointOf(address);
  const point = trust.roster.contactPoints.find(({ id }) => id === contactPoint);
  const caCertificate = fromBase64url(point?.caCertificate ?? '');
  const at = administrator.clock.now();
  const verification = verifyDeviceCertificate({ certificate, caCertificate, contactPoint, at });
  if (verification.outcome !== 'ok')
    throw new LiaisonError('usage', `This is not the CA that the roster names: ${verification.message}`);
  const fault = certificateMisfit(verification.certificate, grant, publicKey);
  if (fault !== undefined) throw new LiaisonError('internal', `The certificate does not fit: ${fault}`);
  return certificate;
}
