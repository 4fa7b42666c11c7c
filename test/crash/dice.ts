import { seededRandom } from '#liaison/testing';

/** Repeatable chance: the same seed gives the same choices. */
export class Dice {
  private readonly random;

  constructor(seed: string) {
    this.random = seededRandom(seed);
  }

  /** A whole number, both ends included. */
  between(least: number, most: number): number {
    const [a = 0, b = 0, c = 0, d = 0] = this.random.bytes(4);
    return least + ((a * 2 ** 24 + b * 2 ** 16 + c * 2 ** 8 + d) % (most - least + 1));
  }

  pick<T>(choices: readonly T[]): T {
    return choices[this.between(0, choices.length - 1)]!;
  }
}
