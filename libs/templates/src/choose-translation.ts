import type { Translation } from '#liaison/protocol';

const RANK = { human: 2, 'machine-reviewed': 1, machine: 0 } as const;

/** The translation into a language that a person made or checked, else the newest; undefined where there is none. */
export function chooseTranslation(translations: readonly Translation[], language: string): Translation | undefined {
  return translations
    .filter((translation) => isSameLanguage(translation.language, language))
    .sort((a, b) => RANK[b.method] - RANK[a.method] || b.at.localeCompare(a.at, 'en'))[0];
}

/** `ar` and `ar-IQ` are one language to a reader. */
export function isSameLanguage(a: string, b: string): boolean {
  return a.split('-')[0] === b.split('-')[0];
}
