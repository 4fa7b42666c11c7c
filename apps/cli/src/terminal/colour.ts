/** Gives the text back in a style. */
type Style = (text: string) => string;

/** The few styles of the command line. Colour never carries a meaning that the words do not. */
export interface Palette {
  readonly bold: Style;
  readonly dim: Style;
  readonly red: Style;
  readonly green: Style;
  readonly yellow: Style;
  readonly cyan: Style;
}

const CODES = {
  bold: [1, 22],
  dim: [2, 22],
  red: [31, 39],
  green: [32, 39],
  yellow: [33, 39],
  cyan: [36, 39],
} as const;

/** @param wanted false gives the texts back as they are. */
export function paletteOf(wanted: boolean): Palette {
  const style =
    ([on, off]: readonly [number, number]) =>
    (text: string) =>
      wanted && text !== '' ? `\u001b[${on}m${text}\u001b[${off}m` : text;
  return {
    bold: style(CODES.bold),
    dim: style(CODES.dim),
    red: style(CODES.red),
    green: style(CODES.green),
    yellow: style(CODES.yellow),
    cyan: style(CODES.cyan),
  };
}
