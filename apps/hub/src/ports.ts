import type { Clock, RandomSource } from '#liaison/protocol';

/** Injection tokens of what the outside world supplies. */
export const CLOCK = Symbol('Clock');
export const RANDOM = Symbol('RandomSource');

export interface Ports {
  readonly clock: Clock;
  readonly random: RandomSource;
}
