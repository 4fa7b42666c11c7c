import { sealToPublicKey, sha256, sign } from '#liaison/crypto';
import {
  type ChannelId,
  encodeHistoryPage,
  fromBase64url,
  grantSignedBytes,
  historyContext,
  type HistoryOrder,
  type HistoryPage,
  LiaisonError,
  timestampOf,
  toBase64url,
  utf8,
} from '#liaison/protocol';
import { breach } from '../breach.js';
import { memberViews } from '../client-reader.js';
import type { ClientParts } from '../client-parts.js';
import { jsonOf, type Transaction } from '../transaction.js';
import type { RecordDraft } from '../views.js';
import type { GivenHistory, HistoryGift } from './client-history.js';
import { type DraftedPage, type Giving, PageDraft, placesOf, type Withheld } from './giving-page.js';
import { type AskedHistory, HISTORY_KEYS } from './history-keys.js';
import { plainMarking } from './requesting.js';

/** How far a grant got. */
interface Progress {
  readonly after: number;
  readonly given: number;
  readonly withheld: number;
  readonly done: boolean;
}

const NOTHING: Progress = { after: 0, given: 0, withheld: 0, done: false };

export type GivingParts = Pick<ClientParts, 'device' | 'book' | 'trust' | 'hub' | 'outbox'> & {
  /** Takes the outbox to the hub. */
  readonly submit: () => Promise<void>;
};

/** Gives a device the past of channels, a page at a time. What was done is remembered with each page, so that a crash repeats nothing but a question. */
export class HistoryGiving {
  constructor(private readonly parts: GivingParts) {}

  /** @throws LiaisonError `not-found` where the device has not asked, or for nothing that is held here. */
  async give(gift: HistoryGift): Promise<GivenHistory[]> {
    const asked = await this.#request(gift);
    const wanted = asked.lacks.filter(({ channel }) => gift.channel === undefined || channel === gift.channel);
    const given: GivenHistory[] = [];
    for (const { channel, before } of wanted) {
      const giving = await this.#giving(gift, { channel, before });
      if (giving !== undefined) given.push(await this.#giveChannel(gift, asked, giving));
    }
    if (given.length > 0) return given;
    throw new LiaisonError('not-found', 'It asks for no channel that both of you are members of.');
  }

  #request({ to }: HistoryGift): Promise<AskedHistory> {
    return this.parts.device.transact(async (transaction) => {
      const newest = (await transaction.stored(HISTORY_KEYS.askedBy(to))).at(-1);
      if (newest !== undefined) return jsonOf(newest.value) as AskedHistory;
      const message = `${to} has not asked for history. On that device: liaison history request. Then synchronise.`;
      throw new LiaisonError('not-found', message);
    });
  }

  /** Undefined for a channel that this device or the other is no member of. */
  #giving(
    { to, from, records }: HistoryGift,
    { channel, before }: { readonly channel: ChannelId; readonly before: number },
  ): Promise<Giving | undefined> {
    const { device, book, trust } = this.parts;
    return device.transact(async (transaction) => {
      const known = await book.find(transaction, channel);
      if (known?.group === undefined || known.state.membership !== 'member') return undefined;
      const now = device.clock.now();
      const members = memberViews(known.group, known.state, await trust.current(transaction), now);
      const recipient = members.find((member) => member.device === to);
      if (recipient === undefined) return undefined;
      const places = records && (await chosenPlaces(transaction, channel, records));
      return { state: known.state, to, clearance: recipient.clearance, before, from, places };
    });
  }

  async #giveChannel(gift: HistoryGift, asked: AskedHistory, giving: Giving): Promise<GivenHistory> {
    const channel = giving.state.id;
    const key = HISTORY_KEYS.progress(asked.id, channel, choiceOf(gift));
    for (let progress = await this.#progress(key); ;) {
      progress = await this.#givePage({ gift, asked, giving, key }, progress);
      const { given, withheld, after: through } = progress;
      gift.onProgress?.({ channel, through, before: giving.before, given, withheld });
      if (progress.done) return { channel, given, withheld };
    }
  }

  #progress(key: string): Promise<Progress> {
    return this.parts.device.transact(async (transaction) => (await transaction.getJson<Progress>(key)) ?? NOTHING);
  }

  async #givePage({ gift, asked, giving, key }: Run, before: Progress): Promise<Progress> {
    const { device, trust, outbox, submit } = this.parts;
    const drafted = await device.transact(async (transaction) =>
      new PageDraft(device, transaction, await trust.current(transaction), giving).after(before.after),
    );
    const purpose = gift.purpose ?? asked.purpose;
    const page = await this.#lawful(giving, drafted, purpose);
    const gaps = before.after === 0 ? gapsOf(giving, device.address) : [];
    const draft = await this.#draft(asked, giving, { ...page, gaps, v: 1, last: drafted.last });
    const progress: Progress = {
      after: drafted.through,
      given: before.given + page.keys.length,
      withheld: before.withheld + page.withheld.length,
      done: drafted.last,
    };
    // In one transaction: a page is neither lost nor sent twice, whenever the device stops.
    const [queued] = await outbox.queue([draft], async (transaction, [result]) => {
      if (result instanceof LiaisonError) return;
      if (progress.done) transaction.delete(key);
      else transaction.putJson(key, progress);
      return Promise.resolve();
    });
    if (queued instanceof LiaisonError) throw queued;
    await submit();
    return progress;
  }

  /** The hub logs each grant before the key leaves; what it refuses is withheld, and said to be. */
  async #lawful(
    { state, to }: Giving,
    { keys, withheld, certificates }: DraftedPage,
    purpose: string,
  ): Promise<Pick<HistoryPage, 'keys' | 'withheld' | 'certificates'>> {
    if (keys.length === 0) return { keys: [], withheld: [...withheld], certificates: [] };
    const { device, hub } = this.parts;
    const at = timestampOf(device.clock);
    const grants = keys.map(({ record }): HistoryOrder['grants'][number] => {
      const signed = grantSignedBytes(device.address, { channel: state.id, record, to, at, purpose });
      return { record, signature: toBase64url(sign('history-grant', signed, device.key)) };
    });
    const receipt = await hub.call('grantHistory', {
      params: { channel: state.id },
      body: { to, at, purpose, grants },
    });
    if (receipt.grants.length !== grants.length) throw breach('CLI-03', 'Call: grantHistory.');
    const refused: Withheld[] = [];
    const given = keys.filter(({ record, seq }, place) => {
      const outcome = receipt.grants[place];
      if (outcome !== undefined && !('refused' in outcome)) return true;
      const why = `The hub refuses the grant [${outcome?.refused ?? 'GRT-02'}].`;
      refused.push({ record, seq, by: 'hub', why });
      return false;
    });
    return { keys: given, withheld: [...withheld, ...refused], certificates: [...certificates] };
  }

  async #draft(asked: AskedHistory, { state, to }: Giving, page: HistoryPage): Promise<RecordDraft> {
    const { device, book } = this.parts;
    const { id: request, carrier } = asked;
    const channel = state.id;
    const sealed = sealToPublicKey({
      publicKey: fromBase64url(asked.key),
      context: historyContext({ request, to, by: device.address, channel }),
      plaintext: encodeHistoryPage(page),
      random: device.random,
    });
    const carried = await device.transact(async (transaction) => (await book.openAsMember(transaction, carrier)).state);
    return {
      channel: carrier,
      kind: 'grant',
      marking: plainMarking(carried),
      inReplyTo: request,
      body: { v: 1, type: 'history-keys', to, channel, sealed: toBase64url(sealed) },
    };
  }
}

interface Run {
  readonly gift: HistoryGift;
  readonly asked: AskedHistory;
  readonly giving: Giving;
  readonly key: string;
}

async function chosenPlaces(
  transaction: Transaction,
  channel: ChannelId,
  records: NonNullable<HistoryGift['records']>,
): Promise<readonly number[]> {
  const { places, unknown } = await placesOf(transaction, channel, records);
  if (unknown.length === 0) return places;
  throw new LiaisonError('not-found', `This device holds no such record in this channel: ${unknown.join(', ')}.`);
}

/** What a page does not speak of, place by place. */
function gapsOf({ state, before, places }: Giving, by: string): HistoryPage['gaps'] {
  if (places !== undefined) return [{ from: 1, to: Math.max(1, before - 1), by, why: 'It gives single records only.' }];
  const first = state.joinedAt ?? 1;
  if (first <= 1) return [];
  const to = Math.max(1, Math.min(first, before) - 1);
  return [{ from: 1, to, by, why: 'It was no member itself then, and gives only what it was granted.' }];
}

/** Another choice is another grant, with its own progress. */
function choiceOf({ from, records }: HistoryGift): string {
  if (records !== undefined) return toBase64url(sha256(utf8([...records].sort().join(' '))));
  return from === undefined ? 'full' : `from ${from}`;
}
