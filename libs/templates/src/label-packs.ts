/** Languages that labels exist in, English first: it is the source of the others. */
export const LABEL_LANGUAGES = ['en', 'fr', 'bg', 'hu', 'bs', 'mk', 'az', 'ar', 'ckb', 'ur', 'bn', 'it'] as const;
export type LabelLanguage = (typeof LABEL_LANGUAGES)[number];
export type LabelPack = Readonly<Record<string, string>>;

/** Each language is fetched when it is first asked for, so a client pays for those it shows. */
const PACKS: Readonly<Record<LabelLanguage, () => Promise<{ readonly default: LabelPack }>>> = {
  en: () => import('../labels/en.json', { with: { type: 'json' } }),
  fr: () => import('../labels/fr.json', { with: { type: 'json' } }),
  bg: () => import('../labels/bg.json', { with: { type: 'json' } }),
  hu: () => import('../labels/hu.json', { with: { type: 'json' } }),
  bs: () => import('../labels/bs.json', { with: { type: 'json' } }),
  mk: () => import('../labels/mk.json', { with: { type: 'json' } }),
  az: () => import('../labels/az.json', { with: { type: 'json' } }),
  ar: () => import('../labels/ar.json', { with: { type: 'json' } }),
  ckb: () => import('../labels/ckb.json', { with: { type: 'json' } }),
  ur: () => import('../labels/ur.json', { with: { type: 'json' } }),
  bn: () => import('../labels/bn.json', { with: { type: 'json' } }),
  it: () => import('../labels/it.json', { with: { type: 'json' } }),
};

/** @returns the pack of a language, or of its base (`ar` for `ar-IQ`); undefined where there is none. */
export async function loadPack(language: string): Promise<LabelPack | undefined> {
  const base = language.split('-')[0];
  const known =
    LABEL_LANGUAGES.find((candidate) => candidate === language) ??
    LABEL_LANGUAGES.find((candidate) => candidate === base);
  return known === undefined ? undefined : (await PACKS[known]()).default;
}
