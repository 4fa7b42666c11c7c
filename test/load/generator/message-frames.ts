import { createPrivateKey, type KeyObject, randomBytes, sign } from 'node:crypto';
import { recordSignedBytes } from '#liaison/crypto';
import { nodeRecordHashing, systemClock, systemRandom } from '#liaison/crypto.node';
import { parsePrivateMessage } from '#liaison/mls-framing';
import {
  encodeHeader,
  fromBase64url,
  newId,
  RecordHeader,
  timestampOf,
  toBase64url,
  utf8,
  type RecordEnvelope,
} from '#liaison/protocol';
import type { LoadChannel, RecordTemplate } from './load.js';
import { clientFrame } from './websocket-frames.js';

/** What a message says, on both servers. */
export const BODY_BYTES = 512;
/** Sealed: key commitment 32, nonce 24, tag 16; Padmé leaves 512 bytes as they are. */
export const SEALED_BODY_BYTES = BODY_BYTES + 72;

/** A bare body as large as the JSON of a whole record with such a body: header, MLS message, signature and all. */
export const EVEN_BODY_BYTES = 1_400;

/** @returns the WebSocket frame of `member`'s submission; its acknowledgement id is the message's number in the round. */
export type FrameMaker = (member: number, message: number) => Buffer;

export function frameMaker(channel: LoadChannel): FrameMaker {
  const { records } = channel;
  if (records === undefined) return (_member, message) => submission(message, bareMessage(channel));
  const record = recordMaker(channel.id, records);
  return (member, message) => submission(message, record(member));
}

function submission(message: number, payload: object): Buffer {
  return clientFrame(`42${message}${JSON.stringify(['submit', payload])}`);
}

function bareMessage({ id, bodyBytes = BODY_BYTES }: LoadChannel): object {
  return { channel: id, body: toBase64url(randomBytes(bodyBytes)) };
}

/**
 * Makes records that a hub cannot tell from a client's: fresh ids, canonical headers, hashes, signatures. Sealed bodies are random bytes,
 * and one real PrivateMessage is given each record's header hash, for encrypting hundreds of thousands would take minutes; whoever
 * holds the channel's keys would refuse them.
 */
export function recordMaker(channel: string, template: RecordTemplate): (member: number) => RecordEnvelope {
  const keys = template.senders.map(({ signingSeed }) => privateKeyOf(fromBase64url(signingSeed)));
  const privateMessage = fromBase64url(template.privateMessage);
  return (member) => {
    const header = headerText(channel, template, member);
    const body = randomBytes(SEALED_BODY_BYTES);
    const headerHash = nodeRecordHashing.headerHash(utf8(header));
    const mls = withAuthenticatedData(privateMessage, headerHash);
    const bodyHash = nodeRecordHashing.bodyHash(body);
    const signed = recordSignedBytes({ headerHash, bodyHash, mlsHash: nodeRecordHashing.mlsHash(mls) });
    return {
      header,
      body: toBase64url(body),
      mls: toBase64url(mls),
      signature: toBase64url(sign(null, signed, keys[member]!)),
    };
  };
}

function headerText(channel: string, template: RecordTemplate, member: number): string {
  return encodeHeader(
    RecordHeader.parse({
      v: 1,
      id: newId(systemClock, systemRandom),
      channel,
      epoch: template.epoch,
      kind: 'message',
      sender: template.senders[member]!.device,
      sentAt: timestampOf(systemClock),
      marking: { classification: 'RESTRICTED', handling: [], caveats: [] },
      priority: 'routine',
      retention: { reviewDays: 365 },
      attachments: [],
      bodySize: SEALED_BODY_BYTES,
      seen: template.seen,
    }),
  );
}

/** The same message with other authenticated data of the same length. */
function withAuthenticatedData(privateMessage: Uint8Array, authenticatedData: Uint8Array): Uint8Array {
  const copy = privateMessage.slice();
  const { authenticatedData: place } = parsePrivateMessage(copy);
  place.set(authenticatedData);
  return copy;
}

/** PrivateKeyInfo of Ed25519 (RFC 8410) up to the seed. */
const PKCS8_PREFIX = Buffer.from('302e020100300506032b657004220420', 'hex');

function privateKeyOf(seed: Uint8Array): KeyObject {
  return createPrivateKey({ key: Buffer.concat([PKCS8_PREFIX, seed]), format: 'der', type: 'pkcs8' });
}
