import { displayWidth, pad, shorten } from './safe-text.js';

export interface Column {
  readonly title: string;
  /** Takes what the others leave, and is shortened where that is too little. One column of a table at most. */
  readonly flexible?: boolean;
}

/** A cell: safe text, and how to style it once its width is settled. */
export interface Cell {
  readonly text: string;
  readonly style?: (text: string) => string;
}

const GAP = '  ';
const LEAST_FLEXIBLE = 12;

/**
 * Lines of a plain table, no wider than `width` where the fixed columns allow it.
 * @param rows cells of safe text (safe-text.ts), one for each column.
 */
export function table(columns: readonly Column[], rows: readonly (readonly Cell[])[], width: number): string[] {
  const widths = columns.map((column, index) =>
    Math.max(displayWidth(column.title), ...rows.map((row) => displayWidth(row[index]?.text ?? ''))),
  );
  const flexible = columns.findIndex((column) => column.flexible);
  if (flexible >= 0) {
    const others = widths.reduce((sum, each, index) => sum + (index === flexible ? 0 : each + GAP.length), 0);
    widths[flexible] = Math.min(widths[flexible] ?? 0, Math.max(LEAST_FLEXIBLE, width - others));
  }
  const header = columns.map((column) => ({ text: column.title }));
  return [header, ...rows].map((row) => rowLine(row, widths));
}

function rowLine(row: readonly Cell[], widths: readonly number[]): string {
  return row
    .map(({ text, style }, index) => {
      const room = widths[index] ?? 0;
      const shown = shorten(text, room);
      const styled = style ? style(shown) : shown;
      return index === row.length - 1 ? styled : styled + pad('', room - displayWidth(shown));
    })
    .join(GAP)
    .trimEnd();
}
