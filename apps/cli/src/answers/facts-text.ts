import type { Json } from '#liaison/protocol';
import { safeText } from '../terminal/safe-text.js';

/** Facts as an indented outline: one member a line, short lists on one line. */
export function factsLines(facts: unknown, indent = 0): string[] {
  return lines(facts as Json, indent);
}

function lines(value: Json, indent: number): string[] {
  if (isList(value)) return value.flatMap((item, index) => member(`${index + 1}.`, item, indent));
  if (typeof value === 'object' && value !== null) {
    return Object.entries(value).flatMap(([name, item]) =>
      item === undefined ? [] : member(`${safeName(name)}:`, item, indent),
    );
  }
  return [' '.repeat(indent) + scalar(value)];
}

function member(label: string, value: Json, indent: number): string[] {
  const space = ' '.repeat(indent);
  const inline = inlineText(value);
  return inline === undefined ? [`${space}${label}`, ...lines(value, indent + 2)] : [`${space}${label} ${inline}`];
}

/** Scalars, and lists of nothing but scalars. */
function inlineText(value: Json): string | undefined {
  if (isList(value))
    return value.every((item) => !isStructure(item)) ? value.map(scalar).join(', ') || '(none)' : undefined;
  return isStructure(value) ? undefined : scalar(value);
}

function scalar(value: Json): string {
  if (typeof value === 'boolean') return value ? 'yes' : 'no';
  return safeText(typeof value === 'string' ? value : JSON.stringify(value));
}

/** `nextMovement` as `next movement`. */
function safeName(name: string): string {
  return safeText(
    name.replaceAll(/([a-z])([A-Z])/g, (_, before: string, after: string) => `${before} ${after.toLowerCase()}`),
  );
}

function isStructure(value: Json): boolean {
  return typeof value === 'object' && value !== null;
}

function isList(value: Json): value is readonly Json[] {
  return Array.isArray(value);
}
