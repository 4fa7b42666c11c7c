import { CodecError, CryptoError, CryptoVerificationError, ValidationError } from 'ts-mls/mlsError.js';
import { LiaisonError } from '#liaison/protocol';

/**
 * Runs a step over something received and says by whose fault it fails. The library's own words stay in `cause`:
 * they may be logged, not shown.
 */
export async function received<T>(what: string, step: () => Promise<T>): Promise<T> {
  try {
    return await step();
  } catch (cause) {
    if (cause instanceof LiaisonError) throw cause;
    throw faultOf(what, cause);
  }
}

function faultOf(what: string, cause: unknown): LiaisonError {
  if (cause instanceof CryptoVerificationError) {
    return new LiaisonError('bad-signature', `A signature or tag of this ${what} does not verify.`, {
      check: 'SES-01',
      cause,
    });
  }
  if (cause instanceof CryptoError) {
    return new LiaisonError('cannot-open', `This ${what} cannot be opened with the keys of this device.`, {
      check: 'SES-02',
      cause,
    });
  }
  if (cause instanceof CodecError) {
    return new LiaisonError('malformed', `This ${what} does not have the form of RFC 9420.`, {
      check: 'SES-03',
      cause,
    });
  }
  const rule = cause instanceof ValidationError ? `: ${cause.message}` : '';
  return new LiaisonError('integrity', `This ${what} breaks the rules of RFC 9420${rule}.`, { check: 'SES-04', cause });
}
