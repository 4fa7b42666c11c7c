import { Inject, Injectable } from '@nestjs/common';
import type { Pool, PoolClient } from 'pg';
import {
  decodeHeader,
  depositSignedBytes,
  LIMITS,
  timestampOf,
  type ChannelId,
  type Clock,
  type CustodyDeposit,
  type DepositOutcome,
  type DepositListing,
  type DeviceAddress,
  type RecordId,
  type StoredDeposit,
} from '#liaison/protocol';
import type { LogAct } from '#liaison/tlog';
import type { AuthenticatedDevice } from '../access/authenticated-device.js';
import { ChannelAccess, mayRead } from '../channels/channel-access.js';
import { inTransaction } from '../database/in-transaction.js';
import { PG_POOL } from '../database/tokens.js';
import { LogAppender } from '../log/log-appender.js';
import { CLOCK } from '../ports.js';
import { encode } from '../records/wire-event.js';
import { RosterService } from '../roster/roster.service.js';
import { grantedAmong } from '../history/granted-places.js';
import { PublishedCustodyKeys } from './published-custody-keys.js';
import { isSignedBy, SIGNER_COLUMNS, signerOf, signerValues, type SignerRow } from './signed-act.js';

/** Of different devices: one that deposits a wrong key is not in the way of a right one. */
const DEPOSITS_PER_KEY = 2;

const PLACES = `
  SELECT e.channel, e.record_id AS record, e.seq::float8 AS seq, e.header_hash
  FROM channel_events e JOIN unnest($1::uuid[], $2::uuid[]) AS asked (channel, record)
    ON e.channel = asked.channel AND e.record_id = asked.record`;
const ENTRIES = 'SELECT index::float8 AS index, entry FROM log_entries WHERE index = ANY ($1::int8[])';
const KNOWN = `
  SELECT d.channel, d.record_id AS record, d.key_id, d.device, d.log_index::float8 AS index
  FROM custody_deposits d JOIN unnest($2::uuid[], $3::uuid[]) AS asked (channel, record)
    ON d.channel = asked.channel AND d.record_id = asked.record
  WHERE d.contact_point = $1 ORDER BY d.log_index`;
const ADD = `
  INSERT INTO custody_deposits (channel, record_id, contact_point, key_id, seq, sealed, ${SIGNER_COLUMNS})
  VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)`;
const LIST = `
  SELECT d.channel, d.record_id AS record, d.seq::float8 AS seq, e.at, e.header, d.key_id, d.device,
    d.log_index::float8 AS index
  FROM custody_deposits d JOIN channel_events e ON e.channel = d.channel AND e.seq = d.seq
  WHERE d.contact_point = $1 AND d.log_index >= $2 AND ($3::uuid IS NULL OR d.channel = $3)
  ORDER BY d.log_index LIMIT $4`;
const OF_RECORD = `
  SELECT d.key_id, d.sealed, d.device, d.signed_at, d.signature, d.certificate, d.log_index::float8 AS index,
    e.header_hash
  FROM custody_deposits d JOIN channel_events e ON e.channel = d.channel AND e.seq = d.seq
  WHERE d.contact_point = $1 AND d.channel = $2 AND d.record_id = $3 ORDER BY d.log_index`;

interface Place {
  readonly channel: ChannelId;
  readonly record: RecordId;
  readonly seq: number;
  readonly header_hash: Buffer;
}

type Outcome = { readonly index: number } | { readonly refused: string };

/** Deposits of one call that may be stored, with the place of each record. */
interface Accepted {
  readonly deposit: CustodyDeposit;
  readonly seq: number;
}

/** Content keys that the hub cannot open, kept for the contact point whose devices deposited them. */
@Injectable()
export class Deposits {
  constructor(
    @Inject(PG_POOL) private readonly pool: Pool,
    @Inject(CLOCK) private readonly clock: Clock,
    private readonly access: ChannelAccess,
    private readonly rosters: RosterService,
    private readonly published: PublishedCustodyKeys,
    private readonly appender: LogAppender,
  ) {}

  /**
   * Refuses single deposits for good: CUS-01 not signed by the caller's device, CUS-02 no such record that it may read,
   * CUS-03 its contact point has no custody key, CUS-04 no version of the roster named this one as its contact point's. One that is
   * there already answers with its entry.
   */
  async deposit(caller: AuthenticatedDevice, deposits: readonly CustodyDeposit[]): Promise<DepositOutcome[]> {
    const places = await this.places(caller, deposits);
    const keyIds = await this.published.keyIdsOf(caller.contactPoint);
    const outcomes = new Map<CustodyDeposit, Outcome>();
    const accepted: Accepted[] = [];
    for (const deposit of deposits) {
      const place = places.get(keyOf(deposit));
      const refused = this.refusalOf(caller, deposit, place, keyIds);
      if (refused !== undefined || place === undefined) outcomes.set(deposit, { refused: refused ?? 'CUS-02' });
      else accepted.push({ deposit, seq: place.seq });
    }
    if (accepted.length > 0) await this.store(caller, accepted, outcomes);
    return this.withEntries(deposits.map((deposit) => outcomes.get(deposit) ?? { refused: 'CUS-02' }));
  }

  /** For an administrator, of their own contact point; to everybody else there are none. */
  async list(
    caller: AuthenticatedDevice,
    { from, channel }: { readonly from: number; readonly channel?: ChannelId | undefined },
  ): Promise<DepositListing[]> {
    if (!caller.duties.includes('administrator')) return [];
    const { rows } = await this.pool.query<ListedRow>(LIST, [
      caller.contactPoint,
      from,
      channel ?? null,
      LIMITS.depositsPerCall,
    ]);
    return rows.map(({ at, header, key_id: keyId, ...row }) => {
      const { kind, sender } = decodeHeader(header);
      return { ...row, storedAt: at.toISOString(), kind, sender, keyId };
    });
  }

  async ofRecord(contactPoint: string, channel: ChannelId, record: RecordId): Promise<StoredDeposit[]> {
    const { rows } = await this.pool.query<StoredRow>(OF_RECORD, [contactPoint, channel, record]);
    return rows.map((row) => ({
      ...signerOf(row),
      headerHash: encode(row.header_hash),
      keyId: row.key_id,
      sealed: encode(row.sealed),
      index: row.index,
    }));
  }

  private refusalOf(
    caller: AuthenticatedDevice,
    { signature, ...said }: CustodyDeposit,
    place: Place | undefined,
    keyIds: ReadonlySet<string>,
  ): 'CUS-01' | 'CUS-02' | 'CUS-03' | 'CUS-04' | undefined {
    const signed = depositSignedBytes(caller.device, said);
    const at = { signed, now: this.clock.now() };
    if (!isSignedBy(caller, 'custody-deposit', { ...said, signature }, at)) return 'CUS-01';
    if (place === undefined || encode(place.header_hash) !== said.headerHash) return 'CUS-02';
    const point = this.rosters.required().contactPoint(caller.contactPoint);
    if (point?.custodyKey === undefined) return 'CUS-03';
    return keyIds.has(said.keyId) ? undefined : 'CUS-04';
  }

  /** With the entry that says so: the device keeps its own copy until the log holds it. */
  private async withEntries(outcomes: readonly Outcome[]): Promise<DepositOutcome[]> {
    const indexes = outcomes.flatMap((outcome) => ('index' in outcome ? [outcome.index] : []));
    const { rows } = await this.pool.query<{ index: number; entry: string }>(ENTRIES, [indexes]);
    const entries = new Map(rows.map(({ index, entry }) => [index, entry]));
    return outcomes.map((outcome) =>
      'index' in outcome ? { index: outcome.index, entry: entries.get(outcome.index) ?? '' } : outcome,
    );
  }

  /** By channel and record, those that the caller may read, or was granted. */
  private async places(
    caller: AuthenticatedDevice,
    deposits: readonly CustodyDeposit[],
  ): Promise<ReadonlyMap<string, Place>> {
    const channels = new Map((await this.access.all(caller)).map((each) => [each.channel, each]));
    const { rows } = await this.pool.query<Place>(PLACES, namesOf(deposits));
    const readable: Place[] = [];
    for (const [channel, membership] of channels) {
      const places = rows.filter((place) => place.channel === channel);
      const before = places.filter(({ seq }) => !mayRead(membership, seq)).map(({ seq }) => seq);
      const granted = before.length === 0 ? new Set() : await grantedAmong(this.pool, caller.device, channel, before);
      readable.push(...places.filter(({ seq }) => mayRead(membership, seq) || granted.has(seq)));
    }
    return new Map(readable.map((place) => [keyOf(place), place]));
  }

  private async store(
    caller: AuthenticatedDevice,
    accepted: readonly Accepted[],
    outcomes: Map<CustodyDeposit, Outcome>,
  ): Promise<void> {
    await inTransaction(this.pool, async (client) => {
      // Two calls of one device, one after the other: else both could find a deposit new.
      await client.query('SELECT FROM devices WHERE device = $1 FOR UPDATE', [caller.device]);
      const fresh = await this.unknown(client, caller, accepted, outcomes);
      const acts = fresh.map((each) => this.actOf(caller, each));
      const first = (await this.appender.append(client, acts)) ?? 0;
      for (const [offset, { deposit, seq }] of fresh.entries()) {
        const { channel, record, keyId, sealed } = deposit;
        const bytes = Buffer.from(sealed, 'base64url');
        const signer = signerValues(caller, deposit, first + offset);
        await client.query(ADD, [channel, record, caller.contactPoint, keyId, seq, bytes, ...signer]);
        outcomes.set(deposit, { index: first + offset });
      }
    });
    this.appender.committed();
  }

  /** Those that are to be stored; of the others, `outcomes` learns the place. */
  private async unknown(
    client: PoolClient,
    { contactPoint, device }: AuthenticatedDevice,
    accepted: readonly Accepted[],
    outcomes: Map<CustodyDeposit, Outcome>,
  ): Promise<Accepted[]> {
    const names = namesOf(accepted.map(({ deposit }) => deposit));
    const { rows } = await client.query<KnownRow>(KNOWN, [contactPoint, ...names]);
    const taken = new Set<string>();
    return accepted.filter(({ deposit }) => {
      const name = `${keyOf(deposit)} ${deposit.keyId}`;
      const there = rows.filter((row) => keyOf(row) === keyOf(deposit) && row.key_id === deposit.keyId);
      const own = there.find((row) => row.device === device);
      const known = own ?? (there.length >= DEPOSITS_PER_KEY ? there[0] : undefined);
      if (known !== undefined) outcomes.set(deposit, { index: known.index });
      const isNew = known === undefined && !taken.has(name);
      taken.add(name);
      return isNew;
    });
  }

  private actOf(
    { device, contactPoint }: AuthenticatedDevice,
    { deposit: { channel, record, keyId }, seq }: Accepted,
  ): LogAct {
    return {
      type: 'custody.deposited',
      at: timestampOf(this.clock),
      actor: device,
      subject: { channel, record, seq, contactPoint },
      details: { keyId },
    };
  }
}

interface KnownRow {
  readonly channel: ChannelId;
  readonly record: RecordId;
  readonly key_id: string;
  readonly device: DeviceAddress;
  readonly index: number;
}

interface ListedRow extends KnownRow {
  readonly seq: number;
  readonly at: Date;
  readonly header: string;
}

interface StoredRow extends SignerRow {
  readonly key_id: string;
  readonly sealed: Buffer;
  readonly header_hash: Buffer;
  readonly index: number;
}

function keyOf({ channel, record }: { readonly channel: ChannelId; readonly record: RecordId }): string {
  return `${channel} ${record}`;
}

function namesOf(deposits: readonly CustodyDeposit[]): [string[], string[]] {
  return [deposits.map(({ channel }) => channel), deposits.map(({ record }) => record)];
}
