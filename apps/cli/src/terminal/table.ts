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

const INDENT = '  ';

/**
 * Lines of a plain table, no wider than `width`: where the fixed columns do not fit, a row goes on in further lines, set in.
 * @param rows cells of safe text (safe-text.ts), one for each column.
 */
export function table(columns: readonly Column[], rows: readonly (readonly Cell[])[], width: number): string[] {
  return tableRows(columns, rows, width).flat();
}

/** As {@link table}: the lines of the header, and of each row. */
export function tableRows(columns: readonly Column[], rows: readonly (readonly Cell[])[], width: number): string[][] {
  const widths = columns.map((column, index) =>
    Math.max(displayWidth(column.title), ...rows.map((row) => displayWidth(row[index]?.text ?? ''))),
  );
  const flexible = columns.findIndex((column) => column.flexible);
  if (flexible >= 0) {
    const others = widths.reduce((sum, each, index) => sum + (index === flexible ? 0 : each + GAP.length), 0);
    // Where even that is too little the row is folded, and the column has a line to itself.
    if (width - others >= LEAST_FLEXIBLE) widths[flexible] = Math.min(widths[flexible] ?? 0, width - others);
  }
  const header = columns.map((column) => ({ text: column.title }));
  const whole = widths.reduce((sum, each) => sum + each + GAP.length, -GAP.length);
  return [header, ...rows].map((row) => (whole <= width ? [rowLine(row, widths)] : foldedRow(row, widths, width)));
}

/** As many cells on each line as it has room for, under those of the header. */
function foldedRow(row: readonly Cell[], widths: readonly number[], width: number): string[] {
  const lines: number[][] = [];
  let room = 0;
  for (const [index, each] of widths.entries()) {
    const wanted = Math.min(each, width - INDENT.length) + GAP.length;
    if (lines.length === 0 || wanted - GAP.length > room) {
      room = lines.length === 0 ? width : width - INDENT.length;
      lines.push([]);
    }
    room -= wanted;
    lines.at(-1)?.push(index);
  }
  return lines.map((indexes, line) => {
    const cells = indexes.map((index) => row[index] ?? { text: '' });
    const room = indexes.map((index) => Math.min(widths[index] ?? 0, width - INDENT.length));
    return (line === 0 ? '' : INDENT) + rowLine(cells, room);
  });
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
