import { countryOf } from '#liaison/policy';
import type { ContactPointId, Roster } from '#liaison/protocol';
import { builtinCatalogue, type Catalogue, type Labels, loadLabels, loadPack } from '#liaison/templates';

/** Who looks at a record: in which language, by which clock, with which forms. */
export interface Reader {
  readonly labels: Labels;
  readonly catalogue: Catalogue;
  /** IANA. */
  readonly timeZone: string;
  /** What a contact point is called in this language. */
  readonly nameOf: (contactPoint: string) => string;
}

/** What the languages of a reader are chosen from. */
interface ReadingChoice {
  readonly roster: Roster;
  readonly me: ContactPointId;
  readonly timeZone: string;
  /** As the officer asked (`--lang`), or the environment (LIAISON_LANG). */
  readonly wanted?: string | undefined;
  readonly catalogue?: Catalogue;
}

/** Without a device: by UTC, contact points by their ids. */
export async function languageReader(language: string, catalogue: Catalogue): Promise<Reader> {
  const labels = await loadLabels(language, catalogue);
  return { labels, catalogue, timeZone: 'UTC', nameOf: (contactPoint) => contactPoint };
}

/** The language that was asked for, else the first of the contact point's that there are labels in; English where there is none. */
export async function readerOf(choice: ReadingChoice): Promise<Reader> {
  const { roster, me, timeZone, wanted, catalogue = builtinCatalogue() } = choice;
  const own = roster.contactPoints.find(({ id }) => id === me)?.languages ?? [];
  const labels = await loadLabels(await firstWithLabels(wanted === undefined ? own : [wanted]), catalogue);
  return { labels, catalogue, timeZone, nameOf: (contactPoint) => nameIn(labels, roster, contactPoint) };
}

/** @returns `en` where none of them has labels. */
async function firstWithLabels(languages: readonly string[]): Promise<string> {
  for (const language of languages) if ((await loadPack(language)) !== undefined) return language;
  return 'en';
}

/** The name that the roster has in this language, else the country's, else the roster's English name. */
function nameIn(labels: Labels, roster: Roster, contactPoint: string): string {
  const point = roster.contactPoints.find(({ id }) => id === contactPoint);
  if (point === undefined) return contactPoint;
  const { names, id } = point;
  const name = names[labels.language] ?? names[labels.language.split('-')[0] ?? ''];
  const country = id.length === 2 ? countryOf(id) : undefined;
  return name ?? (country === undefined ? undefined : labels.country(country.toUpperCase())) ?? names['en'] ?? id;
}
