import type { Direction } from './direction.js';

/** Text and how it runs. `language` is `und` for references, numbers and addresses of machines. */
export interface Words {
  readonly value: string;
  readonly direction: Direction;
  readonly language: string;
}

/** What the author wrote, one step away from the translation that is shown. */
export interface TranslationNote {
  readonly original: Words;
  readonly translator: string;
  readonly method: 'human' | 'machine' | 'machine-reviewed';
  /** RFC 3339. */
  readonly at: string;
  /** One line that says all this in the reader's language. */
  readonly note: string;
}

export interface ValueRow extends Words {
  readonly kind: 'value';
  readonly label: string;
  /** Groups around it, from 0. */
  readonly depth: number;
  readonly isTranslation: boolean;
  readonly translation?: TranslationNote;
  /** RFC 6901, into the facts. */
  readonly pointer?: string;
  /** A stricter mark of this fact alone, in one line. */
  readonly marking?: string;
  /** True where the form has no place for it: shown as it was sent. */
  readonly isRaw?: true;
}

/** Opens a group; its rows follow, one deeper. */
export interface HeadingRow {
  readonly kind: 'heading';
  readonly label: string;
  readonly depth: number;
  readonly pointer: string;
  readonly marking?: string;
}

export type Row = ValueRow | HeadingRow;

export interface Section {
  readonly id: string;
  readonly label: string;
  readonly rows: readonly Row[];
}

/** What a reader must know before reading. Stands above everything. */
export interface Notice {
  readonly code: string;
  readonly text: string;
}

/** A record as a reader sees it: all text is safe to put on a screen as text, none of it is markup. */
export interface StructuredView {
  /** Of labels and page. */
  readonly language: string;
  readonly direction: Direction;
  readonly title: string;
  /** For head and foot of every page: the originator's own marking first. */
  readonly banner: string;
  readonly notices: readonly Notice[];
  readonly sections: readonly Section[];
}
