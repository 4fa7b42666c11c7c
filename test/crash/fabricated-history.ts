import { CHAIN_START } from '#liaison/crypto';
import { nodeChainHashing, nodeRecordHashing } from '#liaison/crypto.node';
import {
  ChannelId,
  CommitReceipt,
  DeviceAddress,
  encodeHeader,
  Receipt,
  RecordHeader,
  toBase64url,
  utf8,
} from '#liaison/protocol';
import type { History } from './history-check.js';
import type { StoredChannel, StoredEvent } from './stored-channel.js';
import { Told } from './told.js';

const CHANNEL = ChannelId.parse('0192f000-0000-7000-8000-000000000001');
const SENDER = DeviceAddress.parse('bg:petrova:desk-1');
const AT = '2026-11-21T18:00:00.000Z';
const COMMIT = toBase64url(utf8('a commit'));

/** Honest: two records of epoch 0, a commit, two records of epoch 1. All were acknowledged and pushed. */
export function honestHistory(): History & { readonly told: Told; readonly stored: StoredChannel } {
  const told = new Told();
  const events: StoredEvent[] = [];
  let chain: Uint8Array = CHAIN_START;
  const place = (eventHash: Uint8Array) => {
    const seq = events.length + 1;
    chain = nodeChainHashing.nextChainHash(chain, seq, eventHash);
    return { channel: CHANNEL, seq, at: AT, chain: toBase64url(chain) };
  };
  for (const epoch of [0, 0, undefined, 1, 1]) {
    if (epoch === undefined) events.push(commitEvent(place(nodeChainHashing.commitEventHash(utf8('a commit'))), told));
    else events.push(recordEvent(epoch, events.length + 1, place, told));
  }
  const served = events.map(({ event }) => event);
  told.pushed.push(...served);
  told.greeted.push(2, 5);
  return { told, stored: { epoch: 1, lastSeq: 5, chain: toBase64url(chain), events }, served };
}

type PlaceOf = (eventHash: Uint8Array) => { channel: ChannelId; seq: number; at: string; chain: string };

function recordEvent(epoch: number, number: number, placeOf: PlaceOf, told: Told): StoredEvent {
  const id = `0192f000-0000-7000-8000-00000000010${number}`;
  const header = headerText(id, epoch);
  const [body, mls] = [utf8(`body ${number}`), utf8(`mls ${number}`)];
  const hashes = nodeRecordHashing.recordHashes({ header: utf8(header), body, mls });
  const place = placeOf(nodeChainHashing.recordEventHash(hashes));
  const signature = toBase64url(new Uint8Array(64));
  const record = { header, body: toBase64url(body), mls: toBase64url(mls), signature };
  const headerHash = toBase64url(hashes.headerHash);
  told.sends(id, record);
  const { at: storedAt, ...position } = place;
  told.receipts.push(Receipt.parse({ ...position, id, index: place.seq - 1, storedAt, headerHash, duplicate: false }));
  const bodyHash = toBase64url(hashes.bodyHash);
  return { event: { ...place, type: 'record', record }, recordId: id, headerHash, bodyHash };
}

function commitEvent(place: ReturnType<PlaceOf>, told: Told): StoredEvent {
  told.commitsSent.add(COMMIT);
  const { channel, seq, at: storedAt } = place;
  const receipt = CommitReceipt.parse({ channel, seq, epoch: 1, storedAt, duplicate: false });
  told.commitReceipts.push({ commit: COMMIT, receipt });
  return { event: { ...place, type: 'commit', epoch: 0, committer: SENDER, commit: COMMIT } };
}

function headerText(id: string, epoch: number): string {
  return encodeHeader(
    RecordHeader.parse({
      v: 1,
      id,
      channel: CHANNEL,
      epoch,
      kind: 'message',
      sender: SENDER,
      sentAt: AT,
      marking: { classification: 'RESTRICTED', handling: [], caveats: [] },
      priority: 'routine',
      retention: { reviewDays: 180 },
      attachments: [],
      bodySize: 6,
      seen: { seq: 0, chain: toBase64url(CHAIN_START) },
    }),
  );
}
