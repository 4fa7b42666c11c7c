import { parseDeviceCertificate } from '#liaison/crypto';
import type { CommitPolicy } from '#liaison/mls-session';

/** For groups whose members the load generator has just made itself. */
export const TRUSTING_POLICY: CommitPolicy = {
  validateCredential: () => ({ ok: true }),
  deviceOf: (certificate) => parseDeviceCertificate(certificate).device,
  authorize: () => ({ ok: true }),
};
