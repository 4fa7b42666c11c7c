import { Inject, Injectable } from '@nestjs/common';
import { validateKeyPackage } from '#liaison/mls-framing';
import { equalBytes, fromBase64url, LiaisonError, type Clock } from '#liaison/protocol';
import { AuthenticatedDevice } from '../access/authenticated-device.js';
import { CLOCK } from '../ports.js';
import type { CheckedKeyPackage } from './key-packages.js';

/** What the hub asks of a KeyPackage before it hands it to others. They check it again. */
@Injectable()
export class KeyPackageCheck {
  constructor(@Inject(CLOCK) private readonly clock: Clock) {}

  /**
   * @throws LiaisonError of `validateKeyPackage` (FRM-…), `not-allowed`: KPK-01 the certificate is not the caller's current one,
   * KPK-02 the leaf's key is not the certificate's, KPK-03 `last_resort` stands where it should not, or is missing.
   */
  async check(
    caller: AuthenticatedDevice,
    text: string,
    place: 'one-time' | 'last-resort',
  ): Promise<CheckedKeyPackage> {
    const bytes = fromBase64url(text);
    const valid = await validateKeyPackage(bytes, { at: this.clock.now() });
    if (!equalBytes(valid.certificate, caller.certificate)) {
      throw refused('KPK-01', 'A KeyPackage must carry the certificate with which this device has signed in.');
    }
    if (!equalBytes(valid.signatureKey, caller.publicKey)) {
      throw refused('KPK-02', 'The signature key of a KeyPackage must be the one in its certificate.');
    }
    if (valid.lastResort !== (place === 'last-resort')) {
      throw refused('KPK-03', 'The KeyPackage of last resort is the one, and the only one, with that extension.');
    }
    return { ...valid, bytes };
  }
}

function refused(check: string, message: string): LiaisonError {
  return new LiaisonError('not-allowed', message, { check });
}
