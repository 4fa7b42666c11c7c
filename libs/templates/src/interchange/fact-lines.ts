import type { Json } from '#liaison/protocol';
import { below, isList } from '../pointer.js';
import { isWithinPointer } from './within.js';

/** One value of the facts. */
export interface FactLine {
  readonly pointer: string;
  readonly text: string;
}

/** Every single value of the facts that lies at or under none of `held`, as words. */
export function factLines(facts: Json | undefined, held: ReadonlySet<string>): FactLine[] {
  const lines: FactLine[] = [];
  if (facts !== undefined) collect(facts, '', lines);
  return lines.filter(({ pointer }) => !isHeld(pointer, held));
}

/** `nextMovement / window / from: 2026-…`, one fact a line. */
export function linesText(lines: readonly FactLine[]): string {
  return lines.map(({ pointer, text }) => `${pointer.slice(1).replaceAll('/', ' / ')}: ${text}`).join('\n');
}

function collect(value: Json, pointer: string, lines: FactLine[]): void {
  if (typeof value !== 'object' || value === null) {
    lines.push({ pointer, text: String(value) });
  } else if (isList(value)) {
    for (const [index, item] of value.entries()) collect(item, below(pointer, index), lines);
  } else {
    for (const [name, member] of Object.entries(value))
      if (member !== undefined) collect(member, below(pointer, name), lines);
  }
}

function isHeld(pointer: string, held: ReadonlySet<string>): boolean {
  for (const candidate of held) if (isWithinPointer(pointer, candidate)) return true;
  return false;
}
