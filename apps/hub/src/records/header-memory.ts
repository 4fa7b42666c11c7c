import {
  decodeHeader,
  LIMITS,
  TIMESTAMP_PATTERN,
  UUID_PATTERN,
  type RecordHeader,
  type RecordId,
} from '#liaison/protocol';

/**
 * A header as nearly all are, with a hole for each member that is another in every record. What stands between the holes is the
 * header's frame: the same for all that one device writes into a channel in one epoch, of one kind, with one mark.
 *
 * Both ends are members of the header itself, in the order of RFC 8785: no string holds a bare quote, and the last brace is the
 * header's own.
 */
const FORM = new RegExp(
  String.raw`^\{"attachments":\[\],"bodySize":([1-9]\d{0,4}),("channel":"[^"\\]+","epoch":\d+,(?:"exercise":true,)?)` +
    `"id":"(${UUID_PATTERN})",(?:"inReplyTo":"(${UUID_PATTERN})",)?("kind":.*?,)` +
    String.raw`"seen":\{"chain":"([A-Za-z0-9_-]{43})","seq":(0|[1-9]\d{0,14})\},("sender":"[^"\\]+",)` +
    `"sentAt":"(${TIMESTAMP_PATTERN})","v":1\\}$`,
);

const MOST_FRAMES = 4096;
const LONGEST = 1024;

/**
 * Reads headers as {@link decodeHeader} does. Of a frame that has been found canonical and valid before, only the holes are looked
 * at: each is valid and canonical by itself, whatever the others hold.
 */
export class HeaderMemory {
  private readonly frames = new Map<string, RecordHeader>();

  /** @throws LiaisonError as {@link decodeHeader}. */
  read(text: string): RecordHeader {
    const found = text.length <= LONGEST ? FORM.exec(text) : null;
    if (found === null) return decodeHeader(text);
    const [, bodySize, channel = '', id, inReplyTo, kind = '', chain = '', seq, sender = '', sentAt = ''] = found;
    const frame = `${inReplyTo === undefined ? '' : 'reply,'}${channel}${kind}${sender}`;
    const known = this.frames.get(frame);
    if (known === undefined || Number(bodySize) > LIMITS.bodyBytes) return this.remember(frame, decodeHeader(text));
    return {
      ...known,
      bodySize: Number(bodySize),
      id: id as RecordId,
      ...(inReplyTo !== undefined && { inReplyTo: inReplyTo as RecordId }),
      seen: { chain, seq: Number(seq) },
      sentAt,
    };
  }

  private remember(frame: string, header: RecordHeader): RecordHeader {
    this.frames.set(frame, header);
    const [oldest] = this.frames.keys();
    if (this.frames.size > MOST_FRAMES && oldest !== undefined) this.frames.delete(oldest);
    return header;
  }
}
