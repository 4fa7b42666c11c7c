import type { Direction } from './direction.js';

/** Values that a label's ICU message names. Times are formatted before. */
export type LabelValues = Readonly<Record<string, string | number>>;

/** Everything that a language says: labels of templates and codes, and names of countries, languages and currencies. */
export interface Labels {
  readonly language: string;
  readonly direction: Direction;
  /** The English text where this language has none, and the key itself where nobody has one: never nothing. */
  text(key: string, values?: LabelValues): string;
  has(key: string): boolean;
  /** Of an ISO 3166-1 alpha-2 code. */
  country(code: string): string;
  /** Of a BCP 47 tag or ISO 639 code. */
  languageName(code: string): string;
  /** Of an ISO 4217 code. */
  currency(code: string): string;
  number(value: number): string;
}
