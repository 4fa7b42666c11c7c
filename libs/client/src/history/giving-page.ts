import { explainReasons, mayGiveHistory, reasonsOf, standingOf } from '#liaison/policy';
import {
  type ChannelId,
  type Classification,
  contactPointOf,
  type DeviceAddress,
  type HistoryPage,
  LIMITS,
  type RecordId,
} from '#liaison/protocol';
import type { ChannelState } from '../channel-state.js';
import type { Device } from '../device.js';
import { KEYS } from '../keys.js';
import { MARK_KEYS } from '../marks/mark-keys.js';
import { loadFile } from '../marks/stored-file.js';
import type { StoredRecord } from '../stored-record.js';
import { jsonOf, type Transaction } from '../transaction.js';
import type { Trust } from '../trust.js';
import { keptCertificate } from './record-opening.js';

/** What one page of keys may weigh before it is sealed: characters of JSON. */
const PAGE_CHARS = 36_000;
/** What a key takes of it beside its sender's certificate, and what a refusal takes beside its words. */
const KEY_CHARS = 320;
const WITHHELD_CHARS = 260;

export type KeyOfHistory = HistoryPage['keys'][number];
export type Withheld = HistoryPage['withheld'][number];

/** Of one channel, to one device. */
export interface Giving {
  readonly state: ChannelState;
  readonly to: DeviceAddress;
  readonly clearance: Classification;
  /** Places from here on it can read itself. */
  readonly before: number;
  /** Milliseconds since 1970: what was stored earlier is not given. */
  readonly from: number | undefined;
  /** Places of single records; undefined for all. */
  readonly places: readonly number[] | undefined;
}

/** A page before the hub was asked. */
export interface DraftedPage {
  readonly certificates: readonly string[];
  readonly keys: readonly KeyOfHistory[];
  readonly withheld: readonly Withheld[];
  /** The last place that was looked at. */
  readonly through: number;
  readonly last: boolean;
}

/** One page of what a device is given: as many places as fit, each judged. */
export class PageDraft {
  readonly #certificates = new Map<string, { readonly der: string; readonly number: number }>();
  readonly #keys: KeyOfHistory[] = [];
  readonly #withheld: Withheld[] = [];
  #chars = 0;

  constructor(
    private readonly device: Device,
    private readonly transaction: Transaction,
    private readonly trust: Trust,
    private readonly giving: Giving,
  ) {}

  async after(place: number): Promise<DraftedPage> {
    const entries = await this.#entries(place);
    let through = place;
    for (const stored of entries) {
      if (this.#chars >= PAGE_CHARS) return this.#drafted(through, false);
      await this.#take(stored);
      through = placeOf(stored);
    }
    return this.#drafted(through, entries.length < LIMITS.grantsPerCall);
  }

  #drafted(through: number, last: boolean): DraftedPage {
    const certificates = [...this.#certificates.values()].map(({ der }) => der);
    return { certificates, keys: this.#keys, withheld: this.#withheld, through, last };
  }

  async #entries(after: number): Promise<StoredRecord[]> {
    const { state, before, places } = this.giving;
    const limit = LIMITS.grantsPerCall;
    if (places !== undefined) {
      const wanted = places.filter((place) => place > after && place < before).slice(0, limit);
      const found = await Promise.all(
        wanted.map((place) => this.transaction.getJson<StoredRecord>(KEYS.record(state.id, place))),
      );
      return found.filter((stored) => stored !== undefined);
    }
    const entries = await this.transaction.stored(KEYS.records(state.id), {
      after: KEYS.record(state.id, after),
      limit,
    });
    return entries.map(({ value }) => jsonOf(value) as StoredRecord).filter((stored) => placeOf(stored) < before);
  }

  async #take(stored: StoredRecord): Promise<void> {
    if (stored.outcome === 'failed') {
      this.#withholdFailed(stored);
      return;
    }
    const { record, opening } = stored;
    if (record.header.kind === 'grant') return;
    const against = await this.#against(stored);
    const certificate = opening && (await keptCertificate(this.transaction, opening.certificate));
    if (against !== undefined) this.#withhold(record, against);
    else if (opening === undefined || certificate === undefined)
      this.#withhold(record, { by: this.device.address, why: 'This device kept no key of it.' });
    else {
      const { contentKey, bodyHash } = opening;
      const number = this.#certificateNumber(opening.certificate, certificate);
      const { headerHash, seq, header } = record;
      this.#keys.push({ record: header.id, seq, contentKey, headerHash, bodyHash, certificate: number });
      this.#chars += KEY_CHARS;
    }
  }

  async #against({
    record,
  }: Extract<StoredRecord, { outcome: 'opened' }>): Promise<{ readonly by: string; readonly why: string } | undefined> {
    const { state, to, clearance, from } = this.giving;
    const { header, storedAt } = record;
    const at = this.device.clock.now();
    const ref = { channel: state.id, record: header.id };
    const standing = standingOf(await loadFile(this.transaction, [ref]), ref, at);
    if (standing === undefined) return { by: this.device.address, why: 'This device cannot tell how it is marked.' };
    const decision = mayGiveHistory({
      actor: this.device,
      source: standing.source,
      classification: standing.marking.classification,
      kind: header.kind,
      history: header.history,
      profile: state.profile,
      storedAt: Date.parse(storedAt),
      recipient: { contactPoint: contactPointOf(to), clearance },
      agreements: this.trust.roster.agreements ?? [],
      at,
    });
    if (!decision.allowed)
      return { by: standing.source.originators.join(', '), why: explainReasons(reasonsOf(decision)) };
    if (from === undefined || Date.parse(storedAt) >= from) return undefined;
    return { by: this.device.address, why: `It gives what was stored from ${new Date(from).toISOString()} on.` };
  }

  #withholdFailed({ seq, header, card, withdrawn }: Extract<StoredRecord, { outcome: 'failed' }>): void {
    if (header === undefined || header.kind === 'grant') return;
    const by = withdrawn?.by ?? this.device.address;
    this.#withhold({ seq, header }, { by, why: card.whatHappened });
  }

  #withhold(
    { seq, header }: { readonly seq: number; readonly header: { readonly id: RecordId } },
    { by, why }: { readonly by: string; readonly why: string },
  ): void {
    const words = why.replaceAll(/[\u0000-\u001f\u007f]/g, ' ').slice(0, 400);
    this.#withheld.push({ record: header.id, seq, by: by.slice(0, 120), why: words });
    this.#chars += WITHHELD_CHARS + words.length;
  }

  #certificateNumber(hash: string, der: string): number {
    const known = this.#certificates.get(hash);
    if (known !== undefined) return known.number;
    const number = this.#certificates.size;
    this.#certificates.set(hash, { der, number });
    this.#chars += der.length;
    return number;
  }
}

/** Places of these records, and of what was said of them: nobody is given a record without the consents and marks that go with it. */
export async function placesOf(
  transaction: Transaction,
  channel: ChannelId,
  records: readonly RecordId[],
): Promise<{ readonly places: readonly number[]; readonly unknown: readonly RecordId[] }> {
  const places = new Set<number>();
  const unknown: RecordId[] = [];
  for (const record of records) {
    const place = await transaction.getJson<{ seq: number }>(KEYS.place(channel, record));
    if (place === undefined) unknown.push(record);
    else places.add(place.seq);
    for (const { key } of await transaction.stored(MARK_KEYS.about(channel, record)))
      places.add(Number(key.slice(-16)));
  }
  return { places: [...places].sort((a, b) => a - b), unknown };
}

function placeOf(stored: StoredRecord): number {
  return stored.outcome === 'failed' ? stored.seq : stored.record.seq;
}
