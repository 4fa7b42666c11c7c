import { directionOf } from './bidi.js';
import type { Direction } from './direction.js';
import { isolateAs } from './isolate.js';
import type { Labels } from './labels.js';
import { widthOf, wrap } from './text-layout.js';
import type { Row, Section, StructuredView, ValueRow } from './view.js';

/** Makes a line of a terminal run from the right: its first strong character decides (UAX #9 rule P2). */
const RIGHT_TO_LEFT_MARK = '\u200f';
const NARROWEST = 40;

/**
 * For terminals and files. The marking stands first and last.
 * @param columns width of a line; at least 40.
 * @returns lines that end in a line feed.
 */
export function plainText(
  view: StructuredView,
  columns: number,
  labels: Pick<Labels, 'text' | 'languageName'>,
): string {
  const page = new PlainPage(view, Math.max(NARROWEST, columns), labels);
  const banner = page.paragraph(view.banner, '');
  const lines = [
    ...banner,
    '',
    ...page.paragraph(view.title, ''),
    ...view.notices.flatMap((notice) => page.paragraph(notice.text, '! ')),
    ...view.sections.flatMap((section) => ['', ...page.section(section)]),
    '',
    ...banner,
  ];
  return (
    lines.map((line) => (view.direction === 'rtl' && line !== '' ? `${RIGHT_TO_LEFT_MARK}${line}` : line)).join('\n') +
    '\n'
  );
}

/** Only values have lines of their own: they are indented, where a forged heading is seen to be a value. */
function oneLine(text: string): string {
  return text.replaceAll('\n', ' ');
}

class PlainPage {
  private readonly labelColumns: number;

  constructor(
    private readonly view: StructuredView,
    private readonly columns: number,
    private readonly labels: Pick<Labels, 'text' | 'languageName'>,
  ) {
    this.labelColumns = Math.min(30, Math.floor(columns / 3));
  }

  paragraph(text: string, start: string): readonly string[] {
    return wrap(oneLine(text), this.columns - start.length).map(
      (line, index) => (index === 0 ? start : ' '.repeat(start.length)) + line,
    );
  }

  section(section: Section): readonly string[] {
    const lines = section.rows.flatMap((row, index) => this.row(row, section.rows[index - 1]));
    return [...this.paragraph(section.label, '== '), ...lines];
  }

  private row(row: Row, before: Row | undefined): readonly string[] {
    const indent = '  '.repeat(Math.min(row.depth, 6));
    const marking = row.marking === undefined ? [] : this.paragraph(row.marking, `${indent}[!] `);
    if (row.kind === 'heading') return [...this.paragraph(row.label, `${indent}- `), ...marking];
    const isRepeated = before?.kind === 'value' && before.label === row.label && before.depth === row.depth;
    return [...this.labelled(isRepeated ? '' : `${row.label}:`, row, indent), ...marking];
  }

  private labelled(label: string, row: ValueRow, indent: string): readonly string[] {
    const room = this.labelColumns - indent.length;
    const wide = Math.max(20, this.columns - this.labelColumns - 1);
    const value = this.value(row, wide);
    // The second line of a name that came with the record must not look like a label of ours.
    const hang = row.isRaw === true ? '  ' : '';
    const names = wrap(oneLine(label), room - hang.length).map((line, index) => (index === 0 ? line : hang + line));
    const blank = ' '.repeat(this.labelColumns + 1);
    const [last = ''] = names.slice(-1);
    const head = names.slice(0, -1).map((line) => indent + line);
    const pad = ' '.repeat(Math.max(1, this.labelColumns + 1 - indent.length - widthOf(last)));
    return [...head, ...value.map((line, index) => (index === 0 ? indent + last + pad + line : blank + line))];
  }

  private value(row: ValueRow, columns: number): readonly string[] {
    const shown = this.directed(row.value, row.direction, columns);
    if (row.translation === undefined) return shown;
    const { original, note } = row.translation;
    const title = this.labels.text('translation.original', { language: this.labels.languageName(original.language) });
    return [
      ...shown,
      ...wrap(`[${note}]`, columns),
      ...wrap(`[${title}]`, columns),
      ...this.directed(original.value, original.direction, columns),
    ];
  }

  /** Isolated where it runs otherwise than the page, or could take what follows with it. */
  private directed(text: string, direction: Direction, columns: number): readonly string[] {
    const lines = wrap(text, columns);
    const isForeign =
      direction !== this.view.direction || lines.some((line) => directionOf(line) !== this.view.direction);
    return isForeign ? lines.map((line) => (line === '' ? line : isolateAs(direction, line))) : lines;
  }
}
