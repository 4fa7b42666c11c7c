import type { ChannelId, ReceiptProof, RecordHeader } from '#liaison/protocol';
import type { ChannelState } from '../channel-state.js';
import type { Device } from '../device.js';
import type { Hub } from '../hub.js';
import { KEYS } from '../keys.js';
import type { StoredRecord } from '../stored-record.js';
import { jsonOf, type Transaction } from '../transaction.js';
import type { StoredProof } from './receipt-proofs.js';

/** A record that this device has, at a place that the hub says its channel does not reach. */
export interface LostRecord {
  readonly channel: ChannelId;
  readonly seq: number;
  readonly header: RecordHeader;
  /** That the hub had logged it: to be verified by anybody, without the hub. */
  readonly proof?: ReceiptProof;
}

/** By channel and place. Reads what the hub says of each channel's end; changes nothing. */
export async function lostRecords(device: Device, hub: Hub): Promise<LostRecord[]> {
  const channels = await device.transact((transaction) => transaction.stored(KEYS.channels));
  const lost: LostRecord[] = [];
  for (const { id, seq, membership } of channels.map(({ value }) => jsonOf(value) as ChannelState)) {
    if (membership !== 'member' || seq === 0) continue;
    const query = { after: seq, limit: 1 };
    const { lastSeq } = await hub.call('listEvents', { params: { channel: id }, query });
    if (lastSeq < seq) lost.push(...(await device.transact((transaction) => lostIn(transaction, id, lastSeq))));
  }
  return lost;
}

async function lostIn(transaction: Transaction, channel: ChannelId, lastSeq: number): Promise<LostRecord[]> {
  const beyond = await transaction.stored(KEYS.records(channel), { after: KEYS.record(channel, lastSeq) });
  const lost: LostRecord[] = [];
  for (const stored of beyond.map(({ value }) => jsonOf(value) as StoredRecord)) {
    if (stored.outcome !== 'opened') continue;
    const { header, seq } = stored.record;
    const proof = await transaction.getJson<StoredProof>(KEYS.receiptProof(channel, header.id));
    lost.push({ channel, seq, header, ...(proof && { proof: proof.proof }) });
  }
  return lost;
}
