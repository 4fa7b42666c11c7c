import type { Measure } from './measures.js';

export interface Target {
  /** Measure.id. */
  readonly measure: string;
  /** What is compared: the hub's own figure, or its ratio to the bare ceiling. */
  readonly of: 'value' | 'ratio';
  readonly atLeast?: number;
  readonly below?: number;
  /** What we aim for beyond the target. */
  readonly goal?: number;
}

/** What Liaison promises of its speed. The one table: report and documentation read it. */
export const TARGETS: readonly Target[] = [
  { measure: 'room.saturation.messages', of: 'ratio', atLeast: 0.6, goal: 0.8 },
  { measure: 'pairs.saturation.messages', of: 'ratio', atLeast: 0.6, goal: 0.8 },
  { measure: 'room.steady.delivered.p50', of: 'value', below: 5 },
  { measure: 'room.steady.delivered.p99', of: 'value', below: 15 },
  { measure: 'room.saturation.cpu', of: 'value', below: 12 },
  { measure: 'log-cost.messages', of: 'ratio', atLeast: 0.9 },
  // A million in ten seconds.
  { measure: 'log.verify', of: 'value', atLeast: 100_000 },
  { measure: 'client.encrypt', of: 'value', below: 1 },
];

export interface Verdict {
  readonly target: Target;
  readonly met: boolean;
  /** Positive: by how much of the target it is missed; negative: what is left. 0.1 is ten per cent. */
  readonly missedBy: number;
}

/** @returns undefined where the measure has no target or could not be taken. */
export function judge(measure: Measure): Verdict | undefined {
  const target = TARGETS.find(({ measure: id }) => id === measure.id);
  const value = target?.of === 'ratio' ? measure.ratio : measure.value;
  if (target === undefined || value === undefined || Number.isNaN(value)) return undefined;
  const missedBy =
    target.atLeast === undefined ? value / (target.below ?? value) - 1 : (target.atLeast - value) / target.atLeast;
  const met = target.atLeast === undefined ? value < (target.below ?? Infinity) : value >= target.atLeast;
  return { target, met, missedBy };
}
