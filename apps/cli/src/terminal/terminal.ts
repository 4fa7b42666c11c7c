import { type Palette, paletteOf } from './colour.js';

/** Where the command line writes. One per process; tests pass their own. */
export interface Terminal {
  readonly columns: number;
  readonly palette: Palette;
  /** A line of the answer, to standard output. */
  readonly line: (text?: string) => void;
  /** A remark that is not the answer: progress, warnings. To standard error. */
  readonly remark: (text: string) => void;
}

const COLUMNS_WITHOUT_SCREEN = 120;

/** The terminal of this process: colour on a screen only, and never where NO_COLOR (no-color.org) is set. */
export function processTerminal(options: { noColour: boolean; columns: number | undefined }): Terminal {
  const { stdout, stderr } = process;
  return {
    columns: options.columns ?? (stdout.isTTY ? stdout.columns : COLUMNS_WITHOUT_SCREEN),
    palette: paletteOf(stdout.isTTY && !options.noColour),
    line: (text = '') => stdout.write(`${text}\n`),
    remark: (text) => stderr.write(`${text}\n`),
  };
}
