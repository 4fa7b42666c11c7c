import { LiaisonError } from '#liaison/protocol';

/**
 * Whether what the officer read from the new device is what this side computes.
 * @param told with whatever spaces and hyphens. @throws LiaisonError `integrity` (ENR-12).
 */
export function requireSafetyNumber(shown: string, told: string): void {
  if (shown.replaceAll(/\s/g, '') === told.replaceAll(/[\s-]/g, '')) return;
  const message =
    'The safety numbers differ: the key that came in is not the one of that officer’s device, or a digit was misheard. Compare again; if they differ still, refuse and tell the co-chairs.';
  throw new LiaisonError('integrity', message, { check: 'ENR-12' });
}
