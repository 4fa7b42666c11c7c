import { nodeRecordHashing } from '#liaison/crypto.node';
import {
  type ChannelEvent,
  type CommitReceipt,
  type Receipt,
  type RecordEnvelope,
  toBase64url,
  utf8,
} from '#liaison/protocol';

/** What the devices of one channel sent, and what the hub told them: the side of the story that no crash takes back. */
export class Told {
  /** By record id: header hashes (base64url) of the encryptions that were sent. */
  readonly sent = new Map<string, Set<string>>();
  readonly receipts: Receipt[] = [];
  /** base64url. */
  readonly commitsSent = new Set<string>();
  readonly commitReceipts: { readonly commit: string; readonly receipt: CommitReceipt }[] = [];
  readonly pushed: ChannelEvent[] = [];
  /** How far a greeting said that the channel is durable. */
  readonly greeted: number[] = [];

  sends(id: string, { header }: RecordEnvelope): void {
    const hash = toBase64url(nodeRecordHashing.headerHash(utf8(header)));
    const known = this.sent.get(id);
    if (known === undefined) this.sent.set(id, new Set([hash]));
    else known.add(hash);
  }

  /** Records of which nothing was heard yet. */
  unanswered(): number {
    const answered = new Set(this.receipts.map(({ id }) => id as string));
    return [...this.sent.keys()].filter((id) => !answered.has(id)).length;
  }
}
