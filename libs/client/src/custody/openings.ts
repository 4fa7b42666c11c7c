import { sign } from '#liaison/crypto';
import {
  approvalSignedBytes,
  type ChannelId,
  contactPointOf,
  type CustodyOpening,
  type DepositListing,
  LiaisonError,
  type LoggedOpening,
  newId,
  openingSignedBytes,
  OpeningRequest,
  type RecordId,
  timestampOf,
  toBase64url,
} from '#liaison/protocol';
import { raiseAlarm } from '../alarms.js';
import { asBreach, breach } from '../breach.js';
import type { Device } from '../device.js';
import type { Hub } from '../hub.js';
import { KEYS } from '../keys.js';
import { jsonOf, type Transaction } from '../transaction.js';
import { type LoggedAct, ProvedActs } from '../log/proved-acts.js';
import type { LogKeeper } from '../log/log-keeper.js';
import type { TrustKeeper } from '../trust-keeper.js';
import { noteAwaited } from './awaited-proof.js';
import { requireLawfulOpening, requireRequest } from './signed-by-administrator.js';

/** A hub that counts on without end is left until the next round. */
const MOST_PAGES = 50;
/** Pages of deposits that are listed: two hundred each. */
const MOST_LISTED = 5000;

export interface OpeningWish {
  readonly channel: ChannelId;
  readonly records: readonly RecordId[];
  readonly reason: string;
  readonly authority: string;
}

/** Asks for deposits of the own contact point, and keeps what others have asked for of records that this device could read. */
export class Openings {
  constructor(
    private readonly device: Device,
    private readonly hub: Hub,
    private readonly trust: TrustKeeper,
    private readonly keeper: LogKeeper,
  ) {}

  /** For an administrator: which records of the contact point have deposits. */
  async deposits(channel?: ChannelId): Promise<DepositListing[]> {
    const found: DepositListing[] = [];
    for (let from = 0, pages = 0; ; pages += 1) {
      const page = await this.hub.call('listDeposits', { query: { from, ...(channel && { channel }) } });
      found.push(...page.deposits);
      if (page.deposits.length === 0 || page.next <= from || pages === MOST_LISTED) return found;
      from = page.next;
    }
  }

  /** @throws LiaisonError `malformed`, `not-found` (CUS-05), `not-allowed`. */
  async request({ records, ...wish }: OpeningWish): Promise<CustodyOpening> {
    const { address, key, clock, random } = this.device;
    const said = { id: newId(clock, random), ...wish, records: [...records], at: timestampOf(clock) };
    const signature = toBase64url(sign('custody-opening', openingSignedBytes(address, said), key));
    const request = OpeningRequest.safeParse({ ...said, signature });
    if (!request.success)
      throw new LiaisonError('malformed', `This is no request: ${request.error.issues[0]?.message ?? ''}.`);
    const opening = await this.hub.call('requestOpening', { body: request.data });
    if ('refused' in opening) throw refusal(opening.refused);
    return opening;
  }

  /**
   * Agrees to the request as it was shown to the officer: what is signed over is its own signature, which is verified first, so that
   * a hub cannot show one request and have another agreed to.
   * @returns the place of the opening in the log.
   * @throws LiaisonError `not-found`, `not-allowed` (CUS-08), `integrity` CLI-81: no administrator of the own contact point asked for it.
   */
  async approve(opening: CustodyOpening): Promise<number> {
    const { address, key, clock } = this.device;
    const { id } = opening;
    requireRequest(opening, contactPointOf(address), await this.device.transact((each) => this.trust.current(each)));
    const said = { opening: id, request: opening.signature, at: timestampOf(clock) };
    const signature = toBase64url(sign('custody-approval', approvalSignedBytes(address, said), key));
    const outcome = await this.hub.call('approveOpening', { body: { ...said, signature } });
    if ('refused' in outcome) throw refusal(outcome.refused);
    return outcome.index;
  }

  /** Of the own contact point, newest first, as the hub shows them. */
  async own(): Promise<CustodyOpening[]> {
    return (await this.hub.call('listOwnOpenings')).openings;
  }

  /** Verified, in the order of the log. */
  async known(channel?: ChannelId): Promise<CustodyOpening[]> {
    const prefix = channel === undefined ? KEYS.openings : KEYS.openingsOf(channel);
    const stored = await this.device.transact((transaction) => transaction.stored(prefix));
    const openings = stored.map(({ value }) => jsonOf(value) as CustodyOpening);
    return openings.sort((a, b) => (a.index ?? 0) - (b.index ?? 0));
  }

  /**
   * What nobody lawfully asked for is an alarm, and leads nowhere; so is what the log does not hold where the hub says. Each counts once the
   * log is proved to hold an entry of every record of it. A hub that counts on without end is left until the next round.
   */
  async follow(): Promise<void> {
    const { device, hub } = this;
    const acts = new ProvedActs(this.keeper);
    for (let page = 0; page < MOST_PAGES; page += 1) {
      const from =
        (await device.transact((transaction) => transaction.getJson<{ next: number }>(KEYS.openingsNext)))?.next ?? 0;
      const { openings } = await hub.call('listOpenings', { query: { from } });
      requireOrder(openings, from);
      const lawful: LoggedOpening[] = [];
      for (const each of openings)
        if (await device.transact((inside) => this.#isLawful(inside, each))) lawful.push(each);
      const found = await proveOpenings(acts, lawful);
      const next = await device.transact(async (transaction) => {
        for (const each of found.proved) await this.#take(transaction, each);
        await this.#note(transaction, found, lawful);
        const last = found.proved.at(-1)?.opening.index;
        const after = last === undefined ? from : last + 1;
        transaction.putJson(KEYS.openingsNext, { next: after });
        return after;
      });
      if (next === from) return;
    }
  }

  /** A proof that is wrong is an alarm at once, one that does not come in time later. */
  async #note(transaction: Transaction, { proved, fault }: ProvedOpenings, shown: readonly LoggedOpening[]) {
    const { clock } = this.device;
    if (fault !== undefined) await raiseAlarm(transaction, clock, fault);
    const waiting = shown[proved.length];
    const awaited = { isWaiting: waiting !== undefined, place: waiting?.index, consequence: UNCOVERED };
    await noteAwaited(transaction, clock, { key: KEYS.openingsAwaited, ...awaited });
  }

  /** @returns whether an administrator asked for it; without is an alarm. */
  async #isLawful(transaction: Transaction, opening: CustodyOpening, logged: LoggedAct = {}): Promise<boolean> {
    try {
      const trust = await this.trust.current(transaction);
      requireLawfulOpening(opening, { trust, rosterSince: Date.parse(trust.roster.issuedAt), ...logged });
      await this.#isKnown(transaction, opening);
      return true;
    } catch (cause) {
      await raiseAlarm(transaction, this.device.clock, asBreach('CLI-81', cause), { channel: opening.channel });
      return false;
    }
  }

  async #take(transaction: Transaction, { opening: shown, logged }: ProvedOpening): Promise<void> {
    const { entries: _, ...opening } = shown;
    const { channel, id } = opening;
    if (!(await this.#isLawful(transaction, opening, logged)) || (await this.#isKnown(transaction, opening))) return;
    transaction.putJson(KEYS.opening(channel, id), opening);
    transaction.tell({ type: 'custody-opening', channel, opening });
  }

  async #isKnown(transaction: Transaction, { channel, id, signature }: CustodyOpening): Promise<boolean> {
    const known = await transaction.getJson<CustodyOpening>(KEYS.opening(channel, id));
    if (known !== undefined && known.signature !== signature) throw breach('CLI-81', `There are two of the id ${id}.`);
    return known !== undefined;
  }
}

interface ProvedOpening {
  readonly opening: LoggedOpening;
  readonly logged: LoggedAct;
}

/** As many as are proved, in their order, and what was wrong with the next. */
interface ProvedOpenings {
  readonly proved: readonly ProvedOpening[];
  readonly fault?: LiaisonError;
}

const UNCOVERED = 'No checkpoint covers it, and it is not shown until one does.';

/** In their order, up to the first that no checkpoint covers, or that the log does not hold. */
async function proveOpenings(acts: ProvedActs, openings: readonly LoggedOpening[]): Promise<ProvedOpenings> {
  const proved: ProvedOpening[] = [];
  try {
    for (const opening of openings) {
      const logged = await proveOpening(acts, opening);
      if (logged === undefined) break;
      proved.push({ opening, logged });
    }
    return { proved };
  } catch (fault) {
    if (fault instanceof LiaisonError && fault.code === 'integrity') return { proved, fault };
    throw fault;
  }
}

/** Each record has its entry, one after the other from the opening's place on. */
async function proveOpening(acts: ProvedActs, opening: LoggedOpening): Promise<LoggedAct | undefined> {
  const { id, channel, device, approval, records, entries, signature, index: first = 0 } = opening;
  // Whoever agreed last has opened it.
  const actor = approval?.device ?? device;
  if (entries.length !== records.length) throw breach('CLI-86', `There is not an entry for each record of ${id}.`);
  let logged: LoggedAct | undefined = {};
  for (const [offset, record] of records.entries()) {
    const subject = { channel, record, contactPoint: contactPointOf(actor) };
    const claimed = { index: first + offset, entry: entries[offset] ?? '' };
    const expected = { type: 'custody.opened', subject, actor, details: { opening: id, signature } } as const;
    logged = await acts.find(claimed, expected);
    if (logged === undefined) return undefined;
  }
  return logged;
}

/** @throws LiaisonError `integrity` CLI-03: places go up, from where was asked. */
function requireOrder(openings: readonly CustodyOpening[], from: number): void {
  let last = from - 1;
  for (const { index = -1 } of openings) {
    if (index <= last) throw breach('CLI-03', 'Call: listOpenings.');
    last = index;
  }
}

function refusal(check: string): LiaisonError {
  const code = check === 'CUS-05' ? 'not-found' : 'not-allowed';
  return new LiaisonError(code, REFUSALS[check] ?? 'The hub refuses the opening.', { check });
}

const REFUSALS: Readonly<Record<string, string>> = {
  'CUS-05': 'There is no such deposit or request of your contact point, or you are no administrator of it.',
  'CUS-06': 'The hub does not take this for signed by this device today: compare your clock.',
  'CUS-09':
    'Your contact point has asked for as much as one may: have a second administrator agree to what waits, or ask again tomorrow.',
  'CUS-07': 'A request with this id is there already.',
  'CUS-08': 'Another administrator than the one who asked has to agree, to this very request.',
};
