import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { IntlMessageFormat } from 'intl-messageformat';
import { describe, expect, it } from '@jest/globals';
import { REASON_CODES, REASON_VALUES } from '#liaison/policy';
import { builtinCatalogue, LABEL_LANGUAGES, type LabelPack, labelKeys, loadLabels, loadPack } from '../src/index.js';

const catalogue = builtinCatalogue();
const english = await packOf('en');
const translations = await Promise.all(
  LABEL_LANGUAGES.filter((language) => language !== 'en').map(
    async (language) => [language, await packOf(language)] as const,
  ),
);

async function packOf(language: string): Promise<LabelPack> {
  return (await loadPack(language)) ?? {};
}

/** The names and the plural categories that a message has: `contactPoints`, `plural:count:few`. */
function partsOf(
  message: string,
  language: string,
): { readonly names: readonly string[]; readonly plurals: readonly string[] } {
  const names = new Set<string>();
  const plurals: string[] = [];
  visit(new IntlMessageFormat(message, language, undefined, { ignoreTag: true }).getAst());
  return { names: [...names].sort(), plurals };

  function visit(elements: readonly unknown[]): void {
    for (const element of elements as readonly {
      type: number;
      value?: string;
      options?: Record<string, { value: unknown[] }>;
    }[]) {
      if (element.type !== 0 && element.type !== 7) names.add(element.value ?? '');
      for (const [category, { value }] of Object.entries(element.options ?? {})) {
        plurals.push(category);
        visit(value);
      }
    }
  }
}

/** Categories that whole numbers of this language have. */
function categoriesOf(language: string): readonly string[] {
  const rules = new Intl.PluralRules(language);
  return [...new Set([...Array(201).keys(), 1000, 1_000_000].map((number) => rules.select(number)))].sort();
}

describe('label packs', () => {
  it('English has every label that is used, and none that is not', () => {
    const wanted = labelKeys(catalogue);
    expect([...wanted].filter((key) => english[key] === undefined)).toEqual([]);
    expect(Object.keys(english).filter((key) => !wanted.has(key))).toEqual([]);
  });

  it.each(translations)('%s has every label of English, and no other', (language, pack) => {
    const wanted = Object.keys(english);
    expect(wanted.filter((key) => pack[key] === undefined)).toEqual([]);
    expect(Object.keys(pack).filter((key) => english[key] === undefined)).toEqual([]);
    expect(language).toMatch(/^[a-z]{2,3}$/);
  });

  it.each(translations)('%s fills in the same names, with the plurals of the language', (language, pack) => {
    const wrong = Object.entries(pack).flatMap(([key, message]) => {
      const wanted = partsOf(english[key] ?? '', 'en');
      const has = partsOf(message, language);
      const categories = wanted.plurals.length === 0 ? [] : categoriesOf(language);
      const isComplete = categories.every((category) => has.plurals.includes(category) || has.plurals.length === 0);
      const isOther = has.plurals.length === 0 || has.plurals.includes('other');
      return has.names.join() === wanted.names.join() && isComplete && isOther ? [] : [`${key}: ${message}`];
    });
    expect(wrong).toEqual([]);
  });

  it.each([['en', english] as const, ...translations])('%s is plain text', (_language, pack) => {
    const odd = Object.entries(pack).filter(
      ([, message]) =>
        message.trim() !== message ||
        message === '' ||
        /['<>\u0000-\u001f\u200e\u200f\u202a-\u202e\u2066-\u2069]/.test(message) ||
        message.length > 200,
    );
    expect(odd).toEqual([]);
  });

  it.each(translations)('%s is a translation, not the English again', (_language, pack) => {
    const same = Object.entries(pack).filter(
      ([key, message]) => message === english[key] && /[a-z]{4}.*[a-z]{4}/.test(message),
    );
    // Names of agencies, platforms and instruments read alike in several languages.
    expect(same.length).toBeLessThan(Object.keys(english).length / 10);
  });

  it('notes for translators speak of labels that exist', () => {
    const path = fileURLToPath(new URL('../labels/en.notes.json', import.meta.url));
    const notes = JSON.parse(readFileSync(path, 'utf8')) as Record<string, string>;
    const keys = Object.keys(english);
    const stray = Object.keys(notes).filter(
      (note) => !keys.some((key) => key === note || (note.endsWith('*') && key.startsWith(note.slice(0, -1)))),
    );
    expect(stray).toEqual([]);
  });

  it('each reason of a rule is said with the values that it has', () => {
    const wrong = REASON_CODES.filter((code) => {
      const { names } = partsOf(english[`reason.${code}`] ?? '', 'en');
      return names.some((name) => !REASON_VALUES[code].includes(name));
    });
    expect(wrong).toEqual([]);
  });

  it('a language without labels reads in English, and a key without label reads as itself', async () => {
    const labels = await loadLabels('xx');
    expect(labels.language).toBe('en');
    expect(labels.text('priority.flash')).toBe('Flash');
    expect(labels.text('no.such-key')).toBe('no.such-key');
    expect(labels.text('constructor')).toBe('constructor');
  });

  it('counts in the plurals of the language and isolates what runs the other way', async () => {
    const labels = await loadLabels('en');
    expect(labels.text('view.days', { count: 1 })).toBe('1 day');
    expect(labels.text('view.days', { count: 30 })).toBe('30 days');
    expect(labels.text('translation.by', { translator: 'مترجم' })).toBe('Translated by \u2068مترجم\u2069');
  });

  it('names countries in each language, Sorani among them', async () => {
    const names = await Promise.all(
      ['ckb', 'bn', 'mk'].map(async (language) => (await loadLabels(language)).country('BG')),
    );
    expect(new Set([...names, 'Bulgaria']).size).toBe(4);
  });
});
