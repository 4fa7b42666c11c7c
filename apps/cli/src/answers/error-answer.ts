import type { LiaisonError } from '#liaison/protocol';

/** Errors with --json: the form that the hub uses too. */
export function errorJson({ code, message, details }: LiaisonError): object {
  return { error: { code, message, ...(details.check !== undefined && { check: details.check }) } };
}
