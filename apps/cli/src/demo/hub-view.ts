import {
  ChannelEvent,
  type ChannelId,
  decodeHeader,
  fromBase64url,
  LiaisonError,
  type RecordHeader,
  type RecordId,
  toHex,
} from '#liaison/protocol';
import type { Actor } from './actor.js';

/** All that the hub holds of a record: what it can read, and how much of what it cannot. */
export interface HubView {
  readonly seq: number;
  readonly storedAt: string;
  readonly header: RecordHeader;
  readonly bytes: { readonly header: number; readonly body: number; readonly mls: number; readonly signature: number };
  /** Hex of the first bytes of what it cannot read. */
  readonly bodyPrefix: string;
  readonly mlsPrefix: string;
  readonly chain: string;
}

const PREFIX_BYTES = 24;

/** The record as the hub gives it out: these very bytes are its row in the database. */
export async function hubViewOf(actor: Actor, channel: ChannelId, record: RecordId): Promise<HubView> {
  const answer = await actor.transport.request('getRecord', { params: { channel, record } }, await actor.token());
  const event = ChannelEvent.parse(answer);
  if (event.type !== 'record')
    throw new LiaisonError('integrity', 'The hub answers with something else than a record.');
  const { header, body, mls, signature } = event.record;
  const [bodyBytes, mlsBytes] = [fromBase64url(body), fromBase64url(mls)];
  return {
    seq: event.seq,
    storedAt: event.at,
    header: decodeHeader(header),
    bytes: {
      header: header.length,
      body: bodyBytes.length,
      mls: mlsBytes.length,
      signature: fromBase64url(signature).length,
    },
    bodyPrefix: toHex(bodyBytes.subarray(0, PREFIX_BYTES)),
    mlsPrefix: toHex(mlsBytes.subarray(0, PREFIX_BYTES)),
    chain: event.chain,
  };
}
