import type { Measure, Section } from './measures.js';
import { judge, type Target } from './targets.js';

const COLUMNS = [34, 12, 12, 7] as const;

/** The one table: every line with its ratio to the bare ceiling, and what was promised of it. */
export function table(sections: readonly Section[]): string {
  const head = row('', 'Liaison', 'ceiling', 'ratio', 'target');
  return sections
    .flatMap(({ title, measures }) => ['', title, ...measures.map(line)])
    .reduce((text, each) => `${text}\n${each}`, head);
}

function line(measure: Measure): string {
  const { name, unit, value, ceiling, ratio } = measure;
  return row(
    `  ${name}`,
    `${figure(value)} ${unit}`,
    ceiling === undefined ? '' : `${figure(ceiling)} ${unit}`,
    ratio === undefined ? '' : ratio.toFixed(2),
    verdictText(measure),
  );
}

function row(name: string, value: string, ceiling: string, ratio: string, target: string): string {
  const [first, second, third, fourth] = COLUMNS;
  return `${name.padEnd(first)}${value.padStart(second)}${ceiling.padStart(third)}${ratio.padStart(fourth)}   ${target}`.trimEnd();
}

function verdictText(measure: Measure): string {
  const verdict = judge(measure);
  if (verdict === undefined) return '';
  const share = `${Math.abs(verdict.missedBy * 100).toFixed(0)} %`;
  const goal = verdict.target.goal === undefined ? '' : `, goal ${verdict.target.goal}`;
  return `${wish(verdict.target)}${goal}: ${verdict.met ? `met, ${share} to spare` : `MISSED by ${share}${alsoMissed(measure) ? ', as does the bare ceiling' : ''}`}`;
}

/** An absolute target that even the bare ceiling misses here says more of the machine than of the hub. */
function alsoMissed(measure: Measure): boolean {
  const { ratio: _ratio, ...absolute } = measure;
  const verdict = judge({ ...absolute, value: measure.ceiling ?? Number.NaN });
  return verdict?.target.of === 'value' && !verdict.met;
}

function wish({ of, atLeast, below }: Target): string {
  const what = of === 'ratio' ? 'ratio ' : '';
  return atLeast === undefined ? `${what}< ${below ?? ''}` : `${what}>= ${atLeast}`;
}

function figure(value: number): string {
  if (Number.isNaN(value)) return '?';
  const digits = Math.abs(value) >= 100 ? 0 : Math.abs(value) >= 10 ? 1 : 2;
  return value.toFixed(digits);
}
