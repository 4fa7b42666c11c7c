import type { LiaisonClient, ProofView } from '#liaison/client';
import type { Desk } from '../desk/open-desk.js';
import type { RecordPage } from '../desk/record-page.js';
import type { UnshownRecord } from '../desk/unshown-records.js';
import { safeText } from '../terminal/safe-text.js';
import type { Terminal } from '../terminal/terminal.js';
import { momentIn } from '../terminal/time-text.js';
import type { CustodyOpening } from '#liaison/protocol';
import type { Answer } from './answer.js';
import { openingJson, openingLines } from './custody-answer.js';
import { channelName } from './channel-answer.js';
import { markingText } from './marking-text.js';
import { proofJson, proofLine } from './proof-text.js';
import { PAGE_COLUMNS, viewLines } from './record-page.js';

/** What is known of a record that is not shown like others. */
export interface Known {
  readonly record: UnshownRecord;
  readonly proof: ProofView;
  /** Who has had it opened from custody. */
  readonly openings: readonly CustodyOpening[];
  /** Of a withdrawn record: who says that they destroyed it. */
  readonly attestations: Awaited<ReturnType<LiaisonClient['marks']['attestations']>>;
  /** Of a disputed record: what it says. */
  readonly page?: RecordPage;
}

export function unshownAnswer(known: Known, desk: Pick<Desk, 'timeZone'>, terminal: Terminal): Answer {
  const { record, proof, openings, attestations, page } = known;
  const { channel, seq, header, card, withdrawn, disputed } = record;
  const json = {
    id: header.id,
    channel: channel.id,
    seq,
    header,
    log: proofJson(proof),
    openedFromCustody: openings.map(openingJson),
    ...card,
    ...(card.check === 'CLI-53' && { erased: card.whatHappened }),
    ...(withdrawn && { withdrawn: { ...withdrawn, attestations } }),
    ...(disputed &&
      page && { disputed: { body: disputed.body, readIn: page.reader.labels.language, view: page.view } }),
  };
  return { json: { record: json }, lines: () => lines(known, desk.timeZone, terminal) };
}

function lines({ record, proof, openings, attestations, page }: Known, timeZone: string, terminal: Terminal): string[] {
  const { channel, seq, header, card, withdrawn } = record;
  const { palette } = terminal;
  return [
    palette.bold(markingText(header.marking)),
    '',
    palette.bold(safeText(card.whatHappened)),
    `Who can mend it: ${safeText(card.whoCanMend)}`,
    `Next: ${safeText(card.next)}`,
    ...(withdrawn === undefined ? [] : destructionLines(attestations, timeZone)),
    ...(page === undefined ? [] : disputedLines(page, terminal)),
    '',
    `from      ${header.sender}${isAuthentic(record) ? '' : ' (by its own word: nothing vouches for it)'}`,
    `in        ${channelName(channel)}, as no. ${seq}`,
    `kind      ${header.kind}, ${header.priority}`,
    `sent      ${momentIn(header.sentAt, timeZone)}`,
    ...(withdrawn === undefined ? [] : [`withdrawn ${momentIn(withdrawn.at, timeZone)}, by ${withdrawn.by}`]),
    `id        ${header.id}`,
    '',
    proofLine(proof, timeZone),
    ...openingLines(openings, timeZone),
  ];
}

/** Of what failed its checks before it was read, nobody knows who wrote it. */
function isAuthentic({ withdrawn, disputed, card }: UnshownRecord): boolean {
  return withdrawn !== undefined || disputed !== undefined || ['CLI-53', 'CLI-54'].includes(card.check);
}

function destructionLines(attestations: Known['attestations'], timeZone: string): string[] {
  const said = attestations.map(
    ({ device, state, at }) =>
      `  ${device} ${state === 'destroyed' ? 'destroyed it' : 'held nothing of it'}, ${momentIn(at, timeZone)}`,
  );
  return [
    '',
    'This device destroyed what it held of it: text, facts and translations.',
    ...(said.length === 0 ? ['No device has said so to the others yet.'] : ['Said to all of the channel:', ...said]),
  ];
}

/** The warning stands above what it warns of, and once more beneath. */
function disputedLines({ view, reader }: RecordPage, { palette, columns }: Terminal): string[] {
  return [
    '',
    palette.red('DISPUTED: do not act on what follows, pass it on or use it before this is settled (alarms).'),
    '',
    ...viewLines(view, Math.min(columns, PAGE_COLUMNS), reader),
    '',
    palette.red('DISPUTED: the marks above were found against it.'),
  ];
}
