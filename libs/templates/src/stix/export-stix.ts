import { canonicalJson, type Marking } from '#liaison/protocol';
import {
  type CarriedRecord,
  carriedRecord,
  encodeCarried,
  type ExportableRecord,
  type ExportOptions,
  type Loss,
  titleOf,
} from '../interchange/carried-record.js';
import { type FactLine, factLines, linesText } from '../interchange/fact-lines.js';
import { objectOf, present, stringOf } from '../interchange/json-values.js';
import { lossesOf } from '../interchange/losses.js';
import { type FactsRead, readFacts } from '../interchange/read-facts.js';
import { stepsOf } from '../pointer.js';
import { BundleWriter } from './bundle-writer.js';
import { extension } from './extension-definitions.js';
import { putIndicators } from './indicators.js';
import { liaisonStixId, type StixBundle } from './stix-object.js';
import { writeEntity } from './write-entity.js';

export interface StixExport {
  readonly bundle: StixBundle;
  /** Empty where the bundle holds everything. */
  readonly losses: readonly Loss[];
}

/**
 * A record as a STIX 2.1 bundle. The same record gives the same bundle. Asks nobody whether the record may leave: `mayExport` of libs/policy
 * does, before.
 */
export function exportStix(record: ExportableRecord, options: ExportOptions = {}): StixExport {
  const carried = carriedRecord(record);
  const { bundle, lines } = writeBundle(carried, options);
  const words = 'STIX has no property for it: it stands as words in a note.';
  return { bundle, losses: lossesOf({ record, carried, lines, words }, options) };
}

export interface WrittenBundle {
  readonly bundle: StixBundle;
  /** Facts that are words only. */
  readonly lines: readonly FactLine[];
}

/** Also what an import compares a bundle with, to see whether somebody changed it. */
export function writeBundle(carried: CarriedRecord, options: ExportOptions): WrittenBundle {
  const { header, body } = carried;
  const read = readFacts(carried, options);
  const writer = new BundleWriter(
    {
      scope: `${header.channel}/${header.id}`,
      at: header.sentAt,
      marking: header.marking,
      factMarkings: body.factMarkings ?? {},
    },
    header.contactPoint,
  );
  const report = writer.id('report', 'report');
  const placed = putEntities(writer, read);
  putTexts(writer, read, placed, report, body.language);
  const lines = factLines(body.facts, new Set(placed.held));
  if (lines.length > 0) putLines(writer, lines, report);
  putTranslations(writer, carried, read, report);
  if (mayAlert(header.kind, header.marking)) putIndicators(writer, read.entities, header.sentAt);
  putSighting(writer, carried, placed);
  putReport(writer, carried, options.carryRecord !== false);
  return { bundle: writer.bundle(), lines };
}

interface PlacedFacts {
  /** Object of a fact, by pointer. */
  readonly ids: Map<string, string>;
  /** Pointers that stand in an object. */
  readonly held: string[];
}

function putEntities(writer: BundleWriter, { entities }: FactsRead): PlacedFacts {
  const ids = new Map<string, string>();
  const held: string[] = [];
  for (const entity of entities) {
    const native = writeEntity(entity);
    if (native === undefined) continue;
    const id = writer.putFact(native, entity.pointer);
    ids.set(entity.pointer, id);
    held.push(
      ...Object.keys(native.selectors).map((name) => (name === '' ? entity.pointer : `${entity.pointer}/${name}`)),
    );
    const owner = entity.owner === undefined ? undefined : ids.get(entity.owner);
    if (owner !== undefined && owner !== id)
      writer.put(
        'relationship',
        `of${entity.pointer}`,
        { relationship_type: 'related-to', source_ref: owner, target_ref: id },
        [entity.pointer],
      );
  }
  return { ids, held };
}

function putTexts(
  writer: BundleWriter,
  { texts }: FactsRead,
  placed: PlacedFacts,
  report: string,
  language: string,
): void {
  for (const { pointer, text, language: own, owner } of texts) {
    const about = owner === undefined ? undefined : placed.ids.get(owner);
    const abstract = stepsOf(pointer).join(' / ');
    writer.put(
      'note',
      `text${pointer}`,
      { abstract, content: text, lang: own ?? language, object_refs: [about ?? report] },
      [pointer],
    );
    placed.held.push(pointer);
  }
}

function putLines(writer: BundleWriter, lines: readonly FactLine[], report: string): void {
  writer.put(
    'note',
    'facts',
    { abstract: 'Other facts', content: linesText(lines), object_refs: [report] },
    lines.map(({ pointer }) => pointer),
  );
}

/** One object a translation and text: STIX keeps translations beside what they translate. */
function putTranslations(writer: BundleWriter, { header, body }: CarriedRecord, read: FactsRead, report: string): void {
  const texts = new Set(read.texts.map(({ pointer }) => pointer));
  for (const [index, translation] of (body.translations ?? []).entries()) {
    const { language, subject, text, method, translator } = translation;
    const put = (
      object: string,
      contents: ReturnType<typeof present>,
      name: string,
      pointers: readonly string[],
    ): void => {
      writer.put(
        'language-content',
        `translation/${index}${name}`,
        {
          object_ref: object,
          object_modified: header.sentAt,
          contents: { [language]: contents },
          labels: [method, `translator: ${translator}`],
        },
        pointers,
      );
    };
    const whole = present({ name: subject, description: text });
    if (Object.keys(whole).length > 0) put(report, whole, '', []);
    for (const [pointer, content] of Object.entries(translation.facts ?? {}))
      if (texts.has(pointer)) put(writer.id('note', `text${pointer}`), { content }, pointer, [pointer]);
      else putStrayTranslation(writer, `${index}${pointer}`, { pointer, content, language, report });
  }
}

/** Of a fact that is no text of the form. */
function putStrayTranslation(
  writer: BundleWriter,
  name: string,
  { pointer, content, language, report }: Readonly<Record<'pointer' | 'content' | 'language' | 'report', string>>,
): void {
  const abstract = `Translation: ${stepsOf(pointer).join(' / ')}`;
  writer.put('note', `translation/${name}`, { abstract, content, lang: language, object_refs: [report] }, [pointer]);
}

/**
 * Indicators are made to be fed to detection that blocks and warns, which the other side notices: only where the originator allows action
 * towards it (PAP GREEN or CLEAR).
 */
function mayAlert(kind: CarriedRecord['header']['kind'], { pap }: Marking): boolean {
  return (kind === 'alert' || kind === 'bulletin') && (pap === 'GREEN' || pap === 'CLEAR');
}

function putSighting(writer: BundleWriter, { header, body }: CarriedRecord, placed: PlacedFacts): void {
  if (header.kind !== 'sighting' || header.inReplyTo === undefined) return;
  const { seenAt } = objectOf(body.facts) ?? {};
  const places = [...placed.ids.values()].filter((id) => id.startsWith('location--'));
  const seen = stringOf(seenAt) ?? header.sentAt;
  const isMoment = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/.test(seen);
  writer.put('sighting', 'sighting', {
    sighting_of_ref: liaisonStixId('report', `${header.channel}/${header.inReplyTo}/report`),
    ...(isMoment && { first_seen: seen, last_seen: seen }),
    where_sighted_refs: places.length === 0 ? [writer.creator] : [...new Set(places)],
  });
}

function putReport(writer: BundleWriter, carried: CarriedRecord, isCarried: boolean): void {
  const { header, body } = carried;
  const references = [...new Set(writer.contents())];
  if (isCarried) writer.use('record');
  writer.put('report', 'report', {
    lang: body.language,
    name: titleOf(carried),
    description: body.text,
    published: header.sentAt,
    report_types: [header.kind],
    labels: labelsOf(carried),
    confidence: confidenceOf(body.originalEvaluation),
    external_references: [{ source_name: 'liaison', external_id: `${header.channel}/${header.id}` }],
    object_refs: references,
    extensions: isCarried ? extension('record', { record: encodeCarried(carried) }) : undefined,
  });
}

function labelsOf({ header, body }: CarriedRecord): string[] {
  const { sourceEvaluation, informationEvaluation, originalEvaluation, template } = body;
  return [
    ...(header.exercise === true ? ['EXERCISE'] : []),
    `priority: ${header.priority}`,
    ...(template === undefined ? [] : [`template: ${template.id}`]),
    ...(sourceEvaluation === undefined && informationEvaluation === undefined
      ? []
      : [`Europol 4x4: ${sourceEvaluation ?? '-'}${informationEvaluation ?? '-'}`]),
    ...(originalEvaluation === undefined ? [] : [`evaluation: ${canonicalJson(originalEvaluation)}`]),
  ];
}

/** STIX 2.1 appendix A gives the Admiralty scale's credibility a number; it gives Europol's none. */
function confidenceOf(evaluation: CarriedRecord['body']['originalEvaluation']): number | undefined {
  if (evaluation?.scheme !== 'admiralty' || evaluation.information === '6') return undefined;
  return 110 - 20 * Number(evaluation.information);
}
