import { expect } from '@jest/globals';
import { ErrorAnswer } from '#liaison/protocol';
import type { HubAnswer } from '#liaison/testing';

/** The answer is a refusal in the documented form, with this code and check. */
export function expectRefusal(
  { status, body }: HubAnswer,
  wanted: { status: number; code: string; check?: string },
): void {
  const { error } = ErrorAnswer.parse(body);
  expect({ status, code: error.code, check: error.check }).toEqual({ check: undefined, ...wanted });
  expect(error.requestId).toMatch(/^[0-9a-f-]{36}$/);
}
