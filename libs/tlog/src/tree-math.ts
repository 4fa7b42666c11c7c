import { LiaisonError } from '#liaison/protocol';

/** A perfect subtree: of the leaves from `index · 2^level` on, the next `2^level`. */
export interface TreeNode {
  readonly level: number;
  readonly index: number;
}

/** Leaves from `begin` on, up to and without `end`. */
export interface LeafRange {
  readonly begin: number;
  readonly end: number;
}

/** Whether it is a number of leaves or a place among them that we can count exactly. */
export function isCount(value: number): boolean {
  return Number.isSafeInteger(value) && value >= 0;
}

/** @throws LiaisonError `usage`. */
export function requireCount(what: string, value: number): void {
  if (!isCount(value)) throw new LiaisonError('usage', `The ${what} must be an integer from 0.`);
}

/** RFC 6962's k: the largest power of two smaller than `count`, which is at least 2. */
export function splitPoint(count: number): number {
  let power = 1;
  while (power * 2 < count) power *= 2;
  return power;
}

export function isPowerOfTwo(value: number): boolean {
  let rest = value;
  while (rest > 1 && rest % 2 === 0) rest /= 2;
  return rest === 1;
}

/** The fewest perfect subtrees that cover a range, left to right. */
export function rangeNodes({ begin, end }: LeafRange): TreeNode[] {
  const nodes: TreeNode[] = [];
  for (let at = begin; at < end;) {
    let level = 0;
    let width = 1;
    while (at % (width * 2) === 0 && at + width * 2 <= end) {
      level += 1;
      width *= 2;
    }
    nodes.push({ level, index: at / width });
    at += width;
  }
  return nodes;
}
