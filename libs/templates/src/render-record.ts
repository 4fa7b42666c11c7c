import type { Equivalent } from '#liaison/policy';
import { type ContentBody, contactPointOf, type RecordHeader, type Translation } from '#liaison/protocol';
import { isolateWithin } from './bidi.js';
import { builtinCatalogue, type Catalogue } from './catalogue.js';
import { chooseTranslation, isSameLanguage } from './choose-translation.js';
import type { Labels } from './labels.js';
import { equivalentLines, evaluationLines, type LabelledLine, markingLine, markingLines } from './marking-lines.js';
import { isObject } from './pointer.js';
import { FactsRenderer } from './render-facts.js';
import { RowMaker } from './row-maker.js';
import { momentText } from './time-text.js';
import type { Notice, Row, Section, StructuredView } from './view.js';

/** A header, or that of a draft, which has no times yet. */
export type RenderedHeader = Pick<RecordHeader, 'id' | 'kind' | 'sender' | 'marking' | 'priority'> &
  Partial<RecordHeader>;

export interface RenderRequest {
  readonly header: RenderedHeader;
  readonly body: ContentBody;
  /** Of the reader's language. */
  readonly labels: Labels;
  /** IANA, of the reader. */
  readonly timeZone: string;
  readonly catalogue?: Catalogue;
  /** Translations that came as records of their own. */
  readonly translations?: readonly Translation[];
  /** What a contact point is called; its id where this is left out. */
  readonly nameOf?: (contactPoint: string) => string;
  /** The reader's own term for the marking, or why nothing counts as one (`equivalentMarking` of libs/policy). */
  readonly equivalent?: Equivalent;
  /** A drill: said above everything. */
  readonly isExercise?: boolean;
}

/** A record as this reader sees it. Never throws at what a record holds: what no form explains is shown as it was sent, and said to be. */
export function renderRecord(request: RenderRequest): StructuredView {
  const { header, body, labels } = request;
  const translation = translationFor(request);
  const maker = new RowMaker(labels, request.timeZone, body, translation);
  const facts = factSections(request, maker, translation);
  const sections = [
    section('marking', labels.text('mark.title'), markingRows(request, maker)),
    section('record', labels.text('view.record'), recordRows(request, maker)),
    section('content', labels.text('view.content'), contentRows(body, maker, translation)),
    ...facts.sections,
  ].filter(({ rows }) => rows.length > 0);
  return {
    language: labels.language,
    direction: labels.direction,
    title: facts.title ?? labels.text(`kind.${header.kind}`),
    banner: bannerOf(request),
    notices: [...noticesBefore(request, facts.notices), ...noticesOf(request, maker, translation)],
    sections,
  };
}

function translationFor({ body, labels, translations = [] }: RenderRequest): Translation | undefined {
  if (isSameLanguage(body.language, labels.language)) return undefined;
  return chooseTranslation([...(body.translations ?? []), ...translations], labels.language);
}

function section(id: string, label: string, rows: readonly Row[]): Section {
  return { id, label, rows };
}

/** The record says so itself, wherever it is shown. */
function isOfExercise({ header, isExercise }: RenderRequest): boolean {
  return isExercise === true || header.exercise === true;
}

function bannerOf(request: RenderRequest): string {
  const { header, labels } = request;
  const line = markingLine(header.marking, labels);
  return isOfExercise(request) ? `${labels.text('channel.exercise')} · ${line}` : line;
}

function markingRows({ header, body, labels, nameOf, equivalent }: RenderRequest, maker: RowMaker): readonly Row[] {
  const releasableTo = header.releasableTo?.map((point) => nameOf?.(point) ?? point.toUpperCase());
  const lines: LabelledLine[] = [
    ...markingLines(header.marking, labels),
    ...equivalentLines(header.marking, equivalent, labels, nameOf),
    ...(releasableTo === undefined
      ? []
      : [{ label: labels.text('mark.releasableTo'), value: labels.list(releasableTo) }]),
    ...evaluationLines(body, labels),
  ];
  return lines.map(({ label, value, runs }) => maker.row({ label }, value, runs));
}

function recordRows({ header, labels, timeZone, nameOf }: RenderRequest, maker: RowMaker): readonly Row[] {
  const point = contactPointOf(header.sender);
  const at = (name: string): { label: string } => ({ label: labels.text(`view.${name}`) });
  const sender = `${nameOf?.(point) ?? point.toUpperCase()} (${isolateWithin(labels.direction, header.sender)})`;
  return [
    maker.row(at('kind'), labels.text(`kind.${header.kind}`)),
    maker.row(at('priority'), labels.text(`priority.${header.priority}`)),
    maker.row(at('sender'), sender),
    ...(header.sentAt === undefined ? [] : [maker.row(at('sentAt'), momentText(header.sentAt, timeZone), 'ltr')]),
    ...(header.clock === undefined ? [] : clockRows(header.clock, labels, maker)),
    ...(header.inReplyTo === undefined ? [] : [maker.row(at('inReplyTo'), header.inReplyTo, 'ltr')]),
    ...(header.derivedFrom === undefined
      ? []
      : [maker.row(at('derivedFrom'), labels.text('view.sources', { count: header.derivedFrom.length }))]),
    ...(header.release === undefined ? [] : [maker.row(at('release'), header.release.by, 'ltr')]),
    ...(header.attachments === undefined || header.attachments.length === 0
      ? []
      : [maker.row(at('attachments'), labels.text('view.files', { count: header.attachments.length }))]),
    ...(header.retention === undefined
      ? []
      : [maker.row(at('reviewDays'), labels.text('view.days', { count: header.retention.reviewDays }))]),
    maker.row(at('id'), header.id, 'ltr'),
  ];
}

function clockRows(clock: NonNullable<RecordHeader['clock']>, labels: Labels, maker: RowMaker): readonly Row[] {
  const label = labels.text('view.clock');
  const key = `clock.profile-${clock.profile}`;
  const profile = labels.has(key) ? labels.text(key) : clock.profile;
  const ground = clock.urgencyGround;
  return [
    maker.row({ label }, labels.text(`clock.${clock.class}`)),
    maker.row({ label }, labels.text('clock.profile', { profile })),
    ...(ground === undefined
      ? []
      : [maker.row({ label: labels.text('field.urgencyGround') }, labels.text(`code.urgency-grounds.${ground}`))]),
  ];
}

function contentRows(body: ContentBody, maker: RowMaker, translation: Translation | undefined): readonly Row[] {
  const { labels } = maker;
  const subject = maker.freeRow(
    { label: labels.text('view.subject') },
    maker.line(body.subject),
    translation?.subject === undefined ? undefined : maker.line(translation.subject),
  );
  if (body.text === undefined) return [subject];
  return [subject, maker.freeRow({ label: labels.text('view.text') }, body.text, translation?.text)];
}

interface FactsShown {
  readonly title?: string;
  readonly sections: readonly Section[];
  readonly notices: readonly Notice[];
}

function factSections(request: RenderRequest, maker: RowMaker, translation: Translation | undefined): FactsShown {
  const { body, labels, catalogue = builtinCatalogue() } = request;
  if (body.facts === undefined) return { sections: [], notices: [] };
  const renderer = new FactsRenderer(maker, body, translation);
  const template = body.template && catalogue.template(body.template.id, body.template.version);
  const { facts } = body;
  if (template === undefined || !isObject(facts)) {
    const rows = renderer.raw(facts);
    return { sections: [section('facts', labels.text('view.facts'), rows)], notices: [unknownForm(body, labels)] };
  }
  const sections = renderer.sections(template, facts);
  const count = renderer.misfits;
  const notices = count === 0 ? [] : [{ code: 'invalidFacts', text: labels.text('notice.invalidFacts', { count }) }];
  return { title: labels.text(`template.${template.id}`), sections, notices };
}

function unknownForm(body: ContentBody, labels: Labels): Notice {
  if (body.template === undefined) return { code: 'rawFacts', text: labels.text('notice.rawFacts') };
  const { id, version } = body.template;
  return { code: 'unknownTemplate', text: labels.text('notice.unknownTemplate', { id, version: String(version) }) };
}

function noticesBefore(request: RenderRequest, notices: readonly Notice[]): readonly Notice[] {
  const { labels } = request;
  const exercise = isOfExercise(request) ? [{ code: 'exercise', text: labels.text('notice.exercise') }] : [];
  return [...exercise, ...notices];
}

function noticesOf(
  { labels }: RenderRequest,
  maker: RowMaker,
  translation: Translation | undefined,
): readonly Notice[] {
  const originals = [...maker.untranslated].map((language) => labels.languageName(language));
  const names = { language: labels.languageName(labels.language), original: labels.list(originals) };
  return [
    ...(translation?.method === 'machine' ? [{ code: 'machine', text: labels.text('translation.machine') }] : []),
    ...(originals.length > 0 ? [{ code: 'untranslated', text: labels.text('translation.none', names) }] : []),
    ...(maker.hasHidden ? [{ code: 'hidden', text: labels.text('notice.hidden') }] : []),
  ];
}
