import { EventEmitter } from 'node:events';
import { LiaisonError } from '#liaison/protocol';

/** socket.io protocol 5. */
const PACKET = { connect: 0, disconnect: 1, event: 2, answer: 3, refusal: 4, binaryEvent: 5, binaryAnswer: 6 } as const;

/** Names that mean something else inside socket.io. */
const RESERVED = new Set(['connect', 'connect_error', 'disconnect', 'disconnecting', 'newListener', 'removeListener']);

const MOST_ATTACHMENTS = 10;

/** Digits of an answer's id: as long as the largest safe integer. */
const LONGEST_ID = 16;

interface Packet {
  readonly type: number;
  readonly nsp?: string;
  readonly id?: number | string;
  readonly data?: unknown;
}

/** What a device sends: the only argument of the event's listener. */
export interface Call {
  readonly args: readonly unknown[];
  /** Names the answer; absent where none is wanted. */
  readonly id: string | undefined;
}

class Encoder {
  encode({ type, nsp, id, data }: Packet): [string] {
    const namespace = nsp === undefined || nsp === '/' ? '' : `${nsp},`;
    return [`${type}${namespace}${id ?? ''}${data === undefined ? '' : JSON.stringify(data)}`];
  }
}

class Decoder extends EventEmitter {
  /** Binary messages that the last packet announced, and that are passed over. */
  private attachments = 0;

  /** @throws LiaisonError `malformed`: socket.io closes the connection then. */
  add(received: unknown): void {
    if ((typeof received === 'string') !== (this.attachments === 0)) throw malformed();
    if (typeof received !== 'string') {
      this.attachments -= 1;
      return;
    }
    const { attachments, packet } = decodePacket(received);
    this.attachments = attachments;
    this.emit('decoded', packet);
  }

  /** Of socket.io's contract: there is nothing to let go of. */
  destroy(): void {
    this.removeAllListeners();
  }
}

/**
 * socket.io's parser for the hub. Binary has no place in our contract: what stands for it in the JSON is an argument that no schema
 * takes. Each event comes with the id of its answer, so that answers need not go through socket.io one by one but leave with
 * what is pushed to the same socket.
 */
export const packetParser = { Encoder, Decoder };

function decodePacket(text: string): { readonly packet: Packet; readonly attachments: number } {
  const written = text.charCodeAt(0) - 48;
  if (!(written >= PACKET.connect && written <= PACKET.binaryAnswer)) throw malformed();
  const { type, attachments, end: nspAt } = readType(written, text);
  const { nsp, end: idAt } = readNamespace(text, nspAt);
  let at = idAt;
  while (isDigit(text.charCodeAt(at))) at += 1;
  if (at - idAt > LONGEST_ID) throw malformed();
  const data = at < text.length ? parse(text.slice(at)) : undefined;
  if (type === PACKET.event) {
    return { attachments, packet: { type, nsp, data: eventOf(data, at > idAt ? text.slice(idAt, at) : undefined) } };
  }
  return { attachments, packet: { type, nsp, ...(data !== undefined && { data: checked(type, data) }) } };
}

/** A binary packet is one of the other kind with the number of its attachments: `51-["event",…]`. */
function readType(type: number, text: string) {
  if (type < PACKET.binaryEvent) return { type, attachments: 0, end: 1 };
  const dash = text.indexOf('-');
  const attachments = Number(text.slice(1, dash));
  if (!(dash > 1 && attachments >= 1 && attachments <= MOST_ATTACHMENTS && Number.isInteger(attachments))) {
    throw malformed();
  }
  return { type: type === PACKET.binaryEvent ? PACKET.event : PACKET.answer, attachments, end: dash + 1 };
}

function readNamespace(text: string, at: number): { readonly nsp: string; readonly end: number } {
  if (text[at] !== '/') return { nsp: '/', end: at };
  const comma = text.indexOf(',', at);
  return comma < 0 ? { nsp: text.slice(at), end: text.length } : { nsp: text.slice(at, comma), end: comma + 1 };
}

function isDigit(code: number): boolean {
  return code >= 48 && code <= 57;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    throw malformed();
  }
}

function checked(type: number, data: unknown): unknown {
  const fits = type === PACKET.answer ? Array.isArray(data) : typeof data === 'object' && data !== null;
  if (!fits || type === PACKET.disconnect) throw malformed();
  return data;
}

function eventOf(data: unknown, id: string | undefined): [string, Call] {
  if (!Array.isArray(data)) throw malformed();
  const [name, ...args] = data as unknown[];
  if (typeof name !== 'string' || RESERVED.has(name)) throw malformed();
  return [name, { args, id }];
}

function malformed(): LiaisonError {
  return new LiaisonError('malformed', 'This is no packet of socket.io that the hub reads.');
}
