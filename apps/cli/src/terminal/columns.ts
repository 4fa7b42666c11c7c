import { displayWidth, pad, wrap } from './safe-text.js';

/** One of the things that are shown side by side: plain or safe lines. */
export interface Panel {
  readonly title: string;
  readonly lines: readonly string[];
}

const BAR = ' │ ';
const LEAST_COLUMNS = 34;
const STACKED_INDENT = 3;

/** How wide each of so many panels is. */
export function panelColumns(panels: number, width: number): number {
  const room = Math.floor((width - BAR.length * (panels - 1)) / panels);
  return room < LEAST_COLUMNS ? Math.max(20, width - STACKED_INDENT) : room;
}

/** Panels side by side where the screen is wide enough for all, else one under the other. */
export function sideBySide(panels: readonly Panel[], width: number): string[] {
  const room = Math.floor((width - BAR.length * (panels.length - 1)) / panels.length);
  return room < LEAST_COLUMNS ? stacked(panels, width) : beside(panels, room);
}

function beside(panels: readonly Panel[], room: number): string[] {
  const columns = panels.map((panel) => [
    panel.title,
    '─'.repeat(displayWidth(panel.title)),
    ...panel.lines.flatMap((line) => wrapIndented(line, room)),
  ]);
  const height = Math.max(...columns.map((column) => column.length));
  return Array.from({ length: height }, (_, row) =>
    columns
      .map((column) => pad(column[row] ?? '', room))
      .join(BAR)
      .trimEnd(),
  );
}

function stacked(panels: readonly Panel[], width: number): string[] {
  return panels.flatMap((panel) => [
    `── ${panel.title}`,
    ...panel.lines
      .flatMap((line) => wrapIndented(line, Math.max(20, width - STACKED_INDENT)))
      .map((line) => `   ${line}`.trimEnd()),
  ]);
}

/** Continuation lines stand two columns further in than the line that they continue. */
function wrapIndented(line: string, room: number): string[] {
  if (displayWidth(line) <= room) return [line];
  const indent = /^ */.exec(line)?.[0] ?? '';
  const [first = '', ...rest] = wrap(line.slice(indent.length), room - indent.length - 2);
  return [indent + first, ...rest.map((each) => `${indent}  ${each}`)];
}
