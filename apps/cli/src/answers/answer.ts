import type { Terminal } from '../terminal/terminal.js';

/** What a command has to say: the same for a program and for a person. */
export interface Answer {
  /** The documented shape: apps/cli/README.md. */
  readonly json: object;
  /** For people: safe lines (terminal/safe-text.ts). */
  readonly lines: () => readonly string[];
}

export function give(answer: Answer, terminal: Terminal, json: boolean | undefined): void {
  if (json) terminal.line(jsonText(answer.json, 2));
  else for (const line of answer.lines()) terminal.line(line);
}

// Valid JSON may hold these raw; a terminal would obey them.
const UNSAFE_IN_JSON = /[\u007f-\u009f\u200e\u200f\u061c\u2028-\u202e\u2066-\u2069\ufeff]/g;

/** JSON that may be shown on a terminal too: the same value, with controls written as escapes. */
export function jsonText(value: object, indent = 0): string {
  return JSON.stringify(value, null, indent).replaceAll(
    UNSAFE_IN_JSON,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
