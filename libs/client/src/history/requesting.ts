import { generateAgreementKey } from '#liaison/crypto';
import {
  type ChannelId,
  isHomeOfOne,
  isWithin,
  LiaisonError,
  type Marking,
  newId,
  RecordId,
  timestampOf,
  toBase64url,
} from '#liaison/protocol';
import type { ChannelBook } from '../channel-book.js';
import type { ChannelState } from '../channel-state.js';
import type { Device } from '../device.js';
import { KEYS } from '../keys.js';
import type { StoredRecord } from '../stored-record.js';
import { jsonOf, type Transaction } from '../transaction.js';
import type { RecordDraft } from '../views.js';
import { HISTORY_KEYS, type OwnRequest } from './history-keys.js';

const SCAN = 500;
const MOST_CHANNELS = 500;
/** What a device could not open for want of keys, or was not given. */
const WITHOUT_KEYS = new Set(['CLI-50', 'CLI-52', 'CLI-55']);

/** Prepares a request for history: its private key is stored before the request leaves. */
export class Requesting {
  constructor(
    private readonly device: Device,
    private readonly book: ChannelBook,
  ) {}

  /** @throws LiaisonError `not-found` without a home channel, `usage` where nothing is missing. */
  draft({ purpose, channel }: { readonly purpose: string; readonly channel?: ChannelId }): Promise<RecordDraft> {
    const { device, book } = this;
    return device.transact(async (transaction) => {
      const states = (await book.states(transaction)).filter(({ membership }) => membership === 'member');
      const carrier = carrierOf(states, device, channel);
      const wanted = channel === undefined ? states : states.filter(({ id }) => id === channel);
      const lacks = await lackingIn(transaction, wanted);
      if (lacks.length === 0) throw new LiaisonError('usage', 'This device lacks nothing of what it is a member of.');
      const id = RecordId.parse(newId(device.clock, device.random));
      const key = generateAgreementKey(device.random);
      const request: OwnRequest = {
        v: 1,
        id,
        carrier: carrier.id,
        publicKey: toBase64url(key.publicKey),
        privateKey: toBase64url(key.privateKey),
        purpose,
        at: timestampOf(device.clock),
        lacks,
      };
      transaction.putJson(HISTORY_KEYS.request(id), request);
      const body = { v: 1, type: 'history-request', key: request.publicKey, purpose, lacks } as const;
      return { id, channel: carrier.id, kind: 'grant', marking: plainMarking(carrier), body };
    });
  }
}

/** It says which channels there are, and no more; the keys in the answers are sealed to one device. */
export function plainMarking({ profile }: Pick<ChannelState, 'profile'>): Marking {
  const classification = isWithin('RESTRICTED', profile.ceiling) ? 'RESTRICTED' : 'UNCLASSIFIED';
  return { classification, handling: [], caveats: [] };
}

/** Among colleagues where there is a home channel; else in the channel that is meant. */
function carrierOf(states: readonly ChannelState[], { contactPoint }: Device, channel: ChannelId | undefined) {
  const home = states.find(
    ({ profile }) => profile.kind === 'home' && isHomeOfOne(profile) && profile.releasableTo[0] === contactPoint,
  );
  const carrier = home ?? states.find(({ id }) => id === channel);
  if (carrier !== undefined) return carrier;
  const message =
    'This device is in no home channel of its contact point: have a colleague add it there (kind home), or name one channel, whose members are then asked.';
  throw new LiaisonError('not-found', message);
}

async function lackingIn(transaction: Transaction, states: readonly ChannelState[]): Promise<OwnRequest['lacks']> {
  const lacks: { channel: ChannelId; before: number }[] = [];
  for (const state of states) {
    const before = Math.max(state.joinedAt ?? 1, await beyondUnread(transaction, state.id));
    if (before > 1 && lacks.length < MOST_CHANNELS) lacks.push({ channel: state.id, before });
  }
  return lacks;
}

/** The place after the last one that this device could not open for want of keys; 1 where there is none. */
async function beyondUnread(transaction: Transaction, channel: ChannelId): Promise<number> {
  let beyond = 1;
  for (let after = ''; ;) {
    const entries = await transaction.stored(KEYS.records(channel), { after, limit: SCAN });
    for (const { value } of entries) {
      const stored = jsonOf(value) as StoredRecord;
      if (stored.outcome === 'failed' && WITHOUT_KEYS.has(stored.card.check)) beyond = stored.seq + 1;
    }
    const last = entries.at(-1);
    if (last === undefined || entries.length < SCAN) return beyond;
    after = last.key;
  }
}
