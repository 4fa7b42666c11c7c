export * from './authorities.js';
export * from './authority-release.js';
export * from './body.js';
export * from './certificate-misfit.js';
export * from './chain.js';
export * from './hpke.js';
export * from './hub-fingerprint.js';
export * from './key-wrapping.js';
export * from './padding.js';
export * from './passphrase.js';
export * from './record-signature.js';
export * from './sha256.js';
export * from './sign-in-policy.js';
export * from './signing.js';
export * from './spoken-digits.js';
export * from './storage.js';
export { cryptoReady } from './sodium.js';
export {
  type CaCertificate,
  type CertificateAuthority,
  createCertificateAuthority,
  parseCaCertificate,
} from './certificate-authority.js';
export {
  DEVICE_CERTIFICATE_DAYS,
  type DeviceCertificate,
  issueDeviceCertificate,
  parseDeviceCertificate,
} from './device-certificate.js';
export * from './crl.js';
export * from './crl-succession.js';
export type { Validity } from './tbs-certificate.js';
export * from './verify-device-certificate.js';
export * from './roster-signature.js';
export { DUTIES, Duty } from '#liaison/protocol';
