import type { ProofView } from '#liaison/client';
import type { ErasedRecordView } from '../desk/erased-records.js';
import type { Desk } from '../desk/open-desk.js';
import { safeText } from '../terminal/safe-text.js';
import type { Terminal } from '../terminal/terminal.js';
import { momentIn } from '../terminal/time-text.js';
import type { Answer } from './answer.js';
import { channelName } from './channel-answer.js';
import { markingText } from './marking-text.js';
import { proofJson, proofLine } from './proof-text.js';

/** A record whose content was erased: what is left of it. */
export function erasedAnswer(
  { channel, seq, header, card }: ErasedRecordView,
  proof: ProofView,
  { timeZone }: Pick<Desk, 'timeZone'>,
  { palette }: Terminal,
): Answer {
  return {
    json: {
      record: { id: header.id, channel: channel.id, seq, header, erased: card.whatHappened, log: proofJson(proof) },
    },
    lines: () => [
      palette.bold(markingText(header.marking)),
      '',
      palette.bold(safeText(card.whatHappened)),
      card.whoCanMend,
      '',
      `from      ${header.sender}`,
      `in        ${channelName(channel)}, as no. ${seq}`,
      `kind      ${header.kind}, ${header.priority}`,
      `sent      ${momentIn(header.sentAt, timeZone)}`,
      `id        ${header.id}`,
      '',
      proofLine(proof, timeZone),
    ],
  };
}
