import { type ContactPointId, fromBase64url, type RecordHeader, toHex } from '#liaison/protocol';
import { markingText } from '../answers/marking-text.js';
import { contentOnly, recordView, viewLines } from '../answers/record-page.js';
import type { Palette } from '../terminal/colour.js';
import { panelColumns, sideBySide } from '../terminal/columns.js';
import { isolatedLine, safeText } from '../terminal/safe-text.js';
import type { Terminal } from '../terminal/terminal.js';
import { exactTime } from '../terminal/time-text.js';
import type { Moment, PlayedRecord, Reading } from './play-record.js';

/** A line for each thing that happens, as it happens. */
export function momentLine(moment: Moment, palette: Palette): string {
  switch (moment.type) {
    case 'wrote':
      return `${exactTime(new Date(moment.at).toISOString())}  ${palette.bold(moment.planned.from)} writes: ${moment.planned.kind}, ${moment.planned.priority}`;
    case 'stored':
      return `  ${after(moment.after)}  hub   receipt: durable, no. ${moment.seq} of the channel`;
    case 'read':
      return `  ${after(moment.after)}  ${moment.contactPoint.padEnd(4)}  ${moment.identical ? palette.green('decrypted: exactly what was sent') : palette.red('decrypted: NOT what was sent')}`;
    case 'acknowledged':
      return `  ${after(moment.after)}  ${moment.contactPoint.padEnd(4)}  acknowledged, and the sender knows`;
    case 'alarm':
      return palette.red(`ALARM at ${moment.contactPoint}: ${moment.alarm.check} ${safeText(moment.alarm.message)}`);
  }
}

/** What the officer wrote | what the hub stored | what the recipients read. */
export function recordPanels(record: PlayedRecord, terminal: Terminal): string[] {
  const { planned, hub } = record;
  return [
    '',
    ...sideBySide(
      [
        { title: `${planned.from} WROTE`, lines: writtenLines(record, panelColumns(3, terminal.columns)) },
        { title: 'THE HUB STORED', lines: storedLines(record) },
        { title: 'THEY READ', lines: record.readings.flatMap((reading) => readingLines(reading)) },
      ],
      terminal.columns,
    ),
    '',
    terminal.palette.dim(
      `Of ${hub.bytes.header + hub.bytes.body + hub.bytes.mls + hub.bytes.signature} bytes the hub can read ${hub.bytes.header}: the header.`,
    ),
    '',
    ...record.readings.flatMap((reading) => readPage(reading, terminal)),
  ];
}

const LINES_SHOWN = 28;

function writtenLines({ id, planned, hub, writer }: PlayedRecord, columns: number): string[] {
  const { kind, priority, marking, clock, body } = planned;
  const view = recordView({ header: { ...hub.header, id }, body }, writer);
  return [
    `${kind}, ${priority}, in ${body.language}`,
    markingText(marking),
    ...(clock === undefined ? [] : [clockText(clock)]),
    '',
    ...cut(viewLines(contentOnly(view), columns, writer)).map(isolatedLine),
  ];
}

/** What a desk sees: the record in its own language, by its own clock. */
function readPage({ contactPoint, device, read, reader }: Reading, { columns, palette }: Terminal): string[] {
  if (read?.body.type !== 'content') return [];
  const { header, body } = read;
  const { labels, timeZone } = reader;
  const language = new Intl.DisplayNames(['en'], { type: 'language' }).of(labels.language) ?? labels.language;
  const view = recordView({ header, body }, reader);
  return [
    palette.bold(`── ${contactPoint} READS IN ${language.toUpperCase()} ── ${device}, ${timeZone}`),
    '',
    ...cut(viewLines(contentOnly(view), Math.min(columns, PAGE_COLUMNS), reader), header.id),
    '',
  ];
}

const PAGE_COLUMNS = 110;

/** The rest is a command away. */
function cut(lines: readonly string[], id?: string): string[] {
  const more = lines.length - LINES_SHOWN;
  if (more <= 0) return [...lines];
  const where = id === undefined ? '' : `: liaison read ${id}`;
  return [...lines.slice(0, LINES_SHOWN), `… ${more} more lines${where}`];
}

function storedLines({ hub }: PlayedRecord): string[] {
  const { header, bytes } = hub;
  return [
    `no. ${hub.seq} at ${exactTime(hub.storedAt)}`,
    '',
    `header, ${bytes.header} bytes, in clear:`,
    ...headerLines(header),
    '',
    `body, ${bytes.body} bytes, sealed:`,
    `  ${grouped(hub.bodyPrefix)} …`,
    `content key in MLS, ${bytes.mls} bytes:`,
    `  ${grouped(hub.mlsPrefix)} …`,
    `signature, ${bytes.signature} bytes`,
    `chain ${toHex(fromBase64url(hub.chain)).slice(0, 16)}…, in the receipt`,
    '',
    'and nothing else',
  ];
}

function headerLines(header: RecordHeader): string[] {
  return [
    `  kind ${header.kind}, ${header.priority}`,
    `  sender ${header.sender}`,
    `  sent ${exactTime(header.sentAt)}`,
    `  marking ${markingText(header.marking)}`,
    ...(header.clock === undefined ? [] : [`  ${clockText(header.clock)}`]),
    ...(header.inReplyTo === undefined ? [] : [`  in reply to ${header.inReplyTo.slice(0, 13)}…`]),
    `  MLS epoch ${header.epoch}, body ${header.bodySize} bytes`,
    `  review in ${header.retention.reviewDays} days`,
  ];
}

function clockText({ profile, class: urgency, urgencyGround }: NonNullable<RecordHeader['clock']>): string {
  return `clock ${profile}, ${urgency}${urgencyGround === undefined ? '' : `, ${urgencyGround}`}`;
}

function readingLines({
  contactPoint,
  device,
  outcome,
  read,
  readAt,
  readAfter,
  acknowledgedAfter,
}: Reading): string[] {
  if (outcome === 'not-opened' || read === undefined) return [`${contactPoint}  ${device}`, '  NOT OPENED in time', ''];
  const subject = read.body.type === 'content' ? [`  ${safeText(read.body.subject)}`] : [];
  return [
    `${contactPoint}  ${device}`,
    ...subject,
    `  at ${exactTime(readAt ?? '')}, ${after(readAfter ?? 0).trim()}`,
    `  ${OUTCOME_WORDS[outcome]}`,
    acknowledgedAfter === undefined ? '  not acknowledged' : `  acknowledged, ${after(acknowledgedAfter).trim()}`,
    '',
  ];
}

const OUTCOME_WORDS = { identical: 'identical to what was sent', different: 'DIFFERENT from what was sent' } as const;

/** Who read what, in one line. */
export function verdictLine(records: readonly PlayedRecord[], palette: Palette): string {
  const readings = records.flatMap(({ readings: each }) => each);
  const identical = readings.filter(({ outcome }) => outcome === 'identical');
  const text = `${records.length} ${records.length === 1 ? 'record' : 'records'}, ${identical.length} of ${readings.length} readings identical to what was sent.`;
  return identical.length === readings.length ? palette.green(text) : palette.red(text);
}

export function castLine(
  members: readonly ContactPointId[],
  channel: { readonly title?: string | undefined; readonly kind: string },
): string {
  return `${members.length} desks, each a client with its own keys: ${members.join(', ')}. Channel: ${channel.title === undefined ? channel.kind : safeText(channel.title)} (${channel.kind}).`;
}

function after(milliseconds: number): string {
  return `+${milliseconds} ms`.padStart(9);
}

function grouped(hex: string): string {
  return hex.replaceAll(/(.{8})(?=.)/g, '$1 ');
}
