import { type Marking, type Priority, utf8 } from '#liaison/protocol';
import { base64 } from '@scure/base';
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
import { lossesOf } from '../interchange/losses.js';
import { markingWords } from '../interchange/marking-words.js';
import { type Entity, type FactsRead, readFacts } from '../interchange/read-facts.js';
import { stepsOf } from '../pointer.js';
import { EventWriter, OWN_ORGANISATION_ONLY } from './event-writer.js';
import { type MispEvent, mispUuid } from './misp-event.js';
import { evaluationTags, exerciseTags, markingTags } from './misp-tags.js';
import { type Relation, writeEntity } from './write-entity.js';

export interface MispExport {
  readonly event: MispEvent;
  /** Empty where the event holds everything. */
  readonly losses: readonly Loss[];
}

/**
 * A record as an event of MISP core format. The same record gives the same event. Asks nobody whether the record may leave: `mayExport` of
 * libs/policy does, before.
 */
export function exportMisp(record: ExportableRecord, options: ExportOptions = {}): MispExport {
  const carried = carriedRecord(record);
  const { event, lines } = writeEvent(carried, options);
  const words = 'MISP has no attribute for it: it stands as words.';
  return { event, losses: lossesOf({ record, carried, lines, words }, options) };
}

export interface WrittenEvent {
  readonly event: MispEvent;
  /** Facts that are words only. */
  readonly lines: readonly FactLine[];
}

/** Also what an import compares an event with, to see whether somebody changed it. */
export function writeEvent(carried: CarriedRecord, options: ExportOptions): WrittenEvent {
  const { header, body } = carried;
  const read = readFacts(carried, options);
  const scope = `${header.channel}/${header.id}`;
  const timestamp = String(Math.floor(Date.parse(header.sentAt) / 1000));
  const writer = new EventWriter({
    scope,
    timestamp,
    factMarkings: body.factMarkings ?? {},
    alertable: alertable(header),
  });
  if (options.carryRecord !== false) putRecord(writer, carried);
  putDissemination(writer, carried);
  putAssessment(writer, carried);
  if (body.text !== undefined) writer.putAttribute('text', { type: 'text', value: body.text, comment: 'Text' });
  const held = [...putEntities(writer, read.entities), ...putTexts(writer, read)];
  const lines = factLines(body.facts, new Set(held));
  if (lines.length > 0)
    writer.putAttribute(
      'facts',
      { type: 'text', value: linesText(lines), comment: 'Other facts' },
      lines.map(({ pointer }) => pointer),
    );
  putTranslations(writer, carried, read);
  return { event: eventOf(carried, writer, scope, timestamp), lines };
}

function eventOf(carried: CarriedRecord, writer: EventWriter, scope: string, timestamp: string): MispEvent {
  const { header, body } = carried;
  const organisation = { name: header.contactPoint, uuid: mispUuid(`contact-point/${header.contactPoint}`) };
  return {
    Event: {
      ...{ uuid: mispUuid(`${scope}/event`), info: titleOf(carried), date: header.sentAt.slice(0, 10), timestamp },
      // How grave it is, a record does not say; its priority is in its dissemination.
      threat_level_id: '4',
      analysis: '2',
      distribution: OWN_ORGANISATION_ONLY,
      published: false,
      ...{ Org: organisation, Orgc: organisation },
      Tag: [...exerciseTags(header), ...markingTags(header.marking), ...evaluationTags(body)],
      ...{ Attribute: writer.attributes, Object: writer.objects },
    },
  };
}

const DETECTABLE = ['url', 'ip-dst', 'md5', 'sha1', 'sha256', 'sha384', 'sha512', 'sha3-256', 'sha3-512'];

/**
 * `to_ids` feeds detection that blocks and warns, which the other side notices: only where the originator allows action towards it (PAP GREEN
 * or CLEAR).
 */
function alertable({
  kind,
  marking,
}: {
  kind: CarriedRecord['header']['kind'];
  marking: Marking;
}): ReadonlySet<string> {
  const isAllowed = marking.pap === 'GREEN' || marking.pap === 'CLEAR';
  return new Set(isAllowed && (kind === 'alert' || kind === 'bulletin') ? DETECTABLE : []);
}

function putRecord(writer: EventWriter, carried: CarriedRecord): void {
  writer.putObject('record', 'liaison-record', [
    { relation: 'record', value: 'liaison-record.json', data: base64.encode(utf8(encodeCarried(carried))) },
    { relation: 'marking', value: markingWords(carried.header.marking) },
  ]);
}

const PRECEDENCE: Readonly<Record<Priority, string>> = {
  routine: 'ROUTINE',
  urgent: 'IMMEDIATE',
  flash: 'FLASH',
};

function putDissemination(writer: EventWriter, { header }: CarriedRecord): void {
  const { classification, handlingText } = header.marking;
  writer.putObject('dissemination', 'intelligence-dissemination', [
    { relation: 'dissemination-id', value: header.id },
    { relation: 'dissemination-time', value: header.sentAt },
    { relation: 'originator', value: header.contactPoint },
    ...(header.releasableTo ?? []).map((value) => ({ relation: 'recipient', value })),
    { relation: 'precedence', value: PRECEDENCE[header.priority] },
    { relation: 'method', value: 'message' },
    // MISP's list of classifications has no RESTRICTED: the tag says it.
    ...(classification === 'RESTRICTED' ? [] : [{ relation: 'classification', value: classification }]),
    ...(handlingText === undefined ? [] : [{ relation: 'handling-instructions', value: handlingText }]),
    ...(header.inReplyTo === undefined ? [] : [{ relation: 'related-report', value: header.inReplyTo }]),
  ]);
}

const RELIABILITY = {
  A: 'A - Completely reliable',
  B: 'B - Usually reliable',
  C: 'C - Fairly reliable',
  D: 'D - Not usually reliable',
  E: 'E - Unreliable',
  F: 'F - Reliability cannot be judged',
} as const;
const CREDIBILITY = {
  '1': '1 - Confirmed by other sources',
  '2': '2 - Probably true',
  '3': '3 - Possibly true',
  '4': '4 - Doubtfully true',
  '5': '5 - Improbable',
  '6': '6 - Truth cannot be judged',
} as const;

/** MISP's object is of the Admiralty scale: other scales are words in it. */
function putAssessment(writer: EventWriter, { body }: CarriedRecord): void {
  const { sourceEvaluation, informationEvaluation, originalEvaluation } = body;
  const europol = `Europol 4x4: ${sourceEvaluation ?? '-'}${informationEvaluation ?? '-'}`;
  const isEuropol = sourceEvaluation !== undefined || informationEvaluation !== undefined;
  const relations: Relation[] = [
    ...(isEuropol ? [{ relation: 'source-summary', value: europol }] : []),
    ...(originalEvaluation?.scheme === 'admiralty'
      ? [
          { relation: 'source-reliability', value: RELIABILITY[originalEvaluation.source] },
          { relation: 'information-credibility', value: CREDIBILITY[originalEvaluation.information] },
        ]
      : []),
    ...(originalEvaluation?.scheme === '3x5x2'
      ? [
          { relation: 'source-summary', value: 'UK 3x5x2' },
          { relation: 'evaluation', value: `3x5x2: ${Object.values(originalEvaluation).slice(1).join(' ')}` },
        ]
      : []),
  ];
  if (relations.length > 0) writer.putObject('assessment', 'intelligence-source-assessment', onceEach(relations));
}

/** The object takes one value of each. */
function onceEach(relations: readonly Relation[]): Relation[] {
  const merged = new Map<string, string>();
  for (const { relation, value } of relations)
    merged.set(relation, merged.has(relation) ? `${merged.get(relation) ?? ''}; ${value}` : value);
  return [...merged].map(([relation, value]) => ({ relation, value }));
}

/** @returns pointers that stand in an object or attribute. */
function putEntities(writer: EventWriter, entities: readonly Entity[]): string[] {
  const persons = entities.filter(({ type }) => type === 'person').map(({ pointer }) => `${pointer}/`);
  const uuids = new Map<string, string>();
  return entities.flatMap((entity) => {
    const { pointer } = entity;
    const isOfPerson = persons.some((person) => pointer.startsWith(person));
    return writeEntity(entity).flatMap((native, index) => {
      const name = `facts${pointer}/${index}`;
      const uuid =
        'attribute' in native
          ? writer.putAttribute(name, native.attribute, [pointer], !isOfPerson)
          : writer.putObject(name, native.object, native.relations, pointer);
      if (index === 0) uuids.set(pointer, uuid);
      const owner = entity.owner === undefined ? undefined : uuids.get(entity.owner);
      if (owner !== undefined) writer.relate(owner, uuid);
      const members = 'attribute' in native ? [''] : native.relations.flatMap(({ member }) => member ?? []);
      return members.map((member) => (member === '' ? pointer : `${pointer}/${member}`));
    });
  });
}

function putTexts(writer: EventWriter, { texts }: FactsRead): string[] {
  return texts.map(({ pointer, text, language }) => {
    const place = stepsOf(pointer).join(' / ');
    const comment = language === undefined ? place : `${place} (${language})`;
    writer.putAttribute(`text${pointer}`, { type: 'text', value: text, comment }, [pointer]);
    return pointer;
  });
}

/** One object a text and language. */
function putTranslations(writer: EventWriter, { body }: CarriedRecord, { texts }: FactsRead): void {
  const originals = new Map(texts.map((text) => [text.pointer, text]));
  for (const [index, translation] of (body.translations ?? []).entries()) {
    const { language, translator, method, subject, text, facts = {} } = translation;
    const put = (
      name: string,
      original: string | undefined,
      from: string,
      translated: string,
      pointer?: string,
    ): void => {
      writer.putObject(
        `translation/${index}/${name}`,
        'translation',
        [
          { relation: 'original-language', value: from },
          ...(original === undefined ? [] : [{ relation: 'original-text', value: original }]),
          { relation: 'translation-language', value: language },
          { relation: 'translated-text', value: translated },
          { relation: 'translation-type', value: method === 'human' ? 'Manual translation' : 'Automated translation' },
          { relation: 'translation-service', value: translator },
        ],
        pointer,
      );
    };
    if (subject !== undefined) put('subject', body.subject, body.language, subject);
    if (text !== undefined) put('text', body.text, body.language, text);
    for (const [pointer, translated] of Object.entries(facts)) {
      const original = originals.get(pointer);
      put(`facts${pointer}`, original?.text, original?.language ?? body.language, translated, pointer);
    }
  }
}
