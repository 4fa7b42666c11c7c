import { IntlMessageFormat } from 'intl-messageformat';
import { isolateWithin } from './bidi.js';
import { builtinCatalogue, type Catalogue } from './catalogue.js';
import { type Direction, direction } from './direction.js';
import { displayableLine } from './displayable.js';
import { type LabelPack, loadPack } from './label-packs.js';

/** Values that a label's ICU message names. Times are formatted before. */
export type LabelValues = Readonly<Record<string, string | number>>;

/** Everything that a language says: labels of templates and codes, and names of countries, languages and currencies. */
export interface Labels {
  readonly language: string;
  readonly direction: Direction;
  /** The English text where this language has none, and the key itself where nobody has one: never nothing. */
  text(key: string, values?: LabelValues): string;
  has(key: string): boolean;
  /** Whether the list of that id has the code. */
  knowsCode(list: string, code: string): boolean;
  /** Of an ISO 3166-1 alpha-2 code. */
  country(code: string): string;
  /** Of a BCP 47 tag or ISO 639 code. */
  languageName(code: string): string;
  /** Of an ISO 4217 code. */
  currency(code: string): string;
  number(value: number): string;
  /** `A, B, C`: commas, as engines know the word for `and` in fewer languages than ours. */
  list(items: readonly string[]): string;
}

/**
 * @param language BCP 47. One without labels reads in English.
 * @param catalogue whose packs' labels count too.
 */
export async function loadLabels(language: string, catalogue: Catalogue = builtinCatalogue()): Promise<Labels> {
  const [own, english] = await Promise.all([loadPack(language), loadPack('en')]);
  return labelsOf({ language: own === undefined ? 'en' : language, own: own ?? {}, english: english ?? {}, catalogue });
}

interface LabelSource {
  readonly language: string;
  readonly own: LabelPack;
  readonly english: LabelPack;
  readonly catalogue: Catalogue;
}

/** A message and the language that it is in, which decides its plurals. */
interface Found {
  readonly message: string;
  readonly language: string;
  /** Words of a template pack: shown as they stand. */
  readonly isPlain: boolean;
}

export function labelsOf({ language, own, english, catalogue }: LabelSource): Labels {
  const names = nameFinder(language);
  const base = direction(language);
  const messages = new Map<string, (values: LabelValues) => string>();
  const find = (key: string): Found | undefined =>
    found(ownEntry(own, key), language, false) ??
    found(catalogue.packText(language, key), language, true) ??
    found(ownEntry(english, key), 'en', false) ??
    found(catalogue.packText('en', key), 'en', true);
  const numbers = new Intl.NumberFormat(language);
  return {
    language,
    direction: base,
    has: (key) => find(key) !== undefined,
    knowsCode: (list, code) => catalogue.codeList(list)?.codes.some((known) => known.code === code) ?? false,
    text: (key, values = {}) => {
      const format = messages.get(key) ?? formatter(find(key), key);
      messages.set(key, format);
      return format(isolated(base, values));
    },
    ...names,
    number: (value) => numbers.format(value),
    list: (items) =>
      listOf(
        language,
        items.map((item) => isolateWithin(base, item)),
      ),
  };
}

/** Own members only: a key from a record must not reach `constructor`. */
function ownEntry(pack: LabelPack, key: string): string | undefined {
  return Object.hasOwn(pack, key) ? pack[key] : undefined;
}

function found(message: string | undefined, language: string, isPlain: boolean): Found | undefined {
  return message === undefined ? undefined : { message, language, isPlain };
}

function formatter(source: Found | undefined, key: string): (values: LabelValues) => string {
  if (source === undefined) return () => key;
  const { message, language, isPlain } = source;
  if (isPlain) return () => displayableLine(message).text;
  if (!/[{}']/.test(message)) return () => message;
  const format = new IntlMessageFormat(message, language, undefined, { ignoreTag: true });
  return (values) => {
    try {
      return String(format.format(values));
    } catch {
      return message;
    }
  };
}

function isolated(base: Direction, values: LabelValues): LabelValues {
  return Object.fromEntries(
    Object.entries(values).map(([name, value]) => [
      name,
      typeof value === 'string' ? isolateWithin(base, value) : value,
    ]),
  );
}

/** Codes of people without a state and user-assigned codes come from labels, everything else from the engine's own data. */
function nameFinder(language: string): Pick<Labels, 'country' | 'languageName' | 'currency'> {
  const of = (type: Intl.DisplayNamesType): ((code: string) => string) => {
    const names = [language, 'en'].map((tag) => new Intl.DisplayNames([tag], { type, fallback: 'none' }));
    return (code) => names.map((display) => nameOf(display, code)).find((name) => name !== undefined) ?? code;
  };
  return { country: of('region'), languageName: of('language'), currency: of('currency') };
}

function nameOf(display: Intl.DisplayNames, code: string): string | undefined {
  try {
    return display.of(code);
  } catch {
    return undefined;
  }
}

function listOf(language: string, items: readonly string[]): string {
  return new Intl.ListFormat(language, { type: 'unit', style: 'short' }).format(items);
}
