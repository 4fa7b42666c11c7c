import { LiaisonError } from '../src/index.js';

/** The LiaisonError with which `act` refuses; anything else it does fails the test. */
export function refusalOf(act: () => unknown): LiaisonError {
  try {
    act();
  } catch (error) {
    if (error instanceof LiaisonError) return error;
    throw error;
  }
  throw new Error('It was accepted, but must be refused.');
}
