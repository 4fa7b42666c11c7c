import { expect } from '@jest/globals';
import {
  type Alarm,
  type ChannelPlan,
  type DeviceProfile,
  httpTransport,
  type LiaisonClient,
  memoryStore,
  type MemoryStore,
  openClient,
  type OpenedRecord,
  type OutboxItem,
  type ProofPrompt,
  type RecordDraft,
  type RecordView,
} from '#liaison/client';
import { systemRandom } from '#liaison/crypto.node';
import {
  type ChannelId,
  type ContactPointId,
  contactPointOf,
  type DeviceAddress,
  LiaisonError,
  type RecordBody,
  type RecordId,
} from '#liaison/protocol';
import type { MovableClock } from './movable-clock.js';
import { LyingHub } from './lying-hub.js';

export interface ActorOptions {
  readonly profile: DeviceProfile;
  readonly clock: MovableClock;
  readonly hubUrl: string;
}

const MARKING: RecordDraft['marking'] = { classification: 'RESTRICTED', handling: [], caveats: [] };

/** An officer's desk in a test: what they do, and what they must see. */
export class Actor {
  /** What stands between this desk and the hub. */
  readonly hub: LyingHub;
  store: MemoryStore = memoryStore();
  /** False where somebody else, such as a browser, needs the time that this desk waits. */
  movesTime = true;
  /** Where a test says when a wait is over: @returns undefined for one that it leaves to the clock. */
  waitsUntil: (milliseconds: number) => Promise<void> | undefined = () => undefined;
  /** From the next start on: what its officer does when the hub asks for a second proof. Default: nothing, the call is refused. */
  onSecondFactor: ProofPrompt | undefined;
  readonly #repeated = new Set<() => void>();
  #client: LiaisonClient | undefined;

  constructor(private readonly options: ActorOptions) {
    this.hub = new LyingHub(httpTransport({ hubUrl: options.hubUrl }));
  }

  get device(): DeviceAddress {
    return this.options.profile.device;
  }

  get profile(): DeviceProfile {
    return this.options.profile;
  }

  get contactPoint(): ContactPointId {
    return contactPointOf(this.device);
  }

  /** By its clock: milliseconds since 1970. */
  get now(): number {
    return this.options.clock.now();
  }

  get client(): LiaisonClient {
    if (this.#client === undefined) throw new Error(`${this.device} has not started.`);
    return this.#client;
  }

  /** @param store default: the one it had. */
  async starts(store: MemoryStore = this.store): Promise<this> {
    this.#client?.disconnect();
    this.store = store;
    this.#client = await openClient({
      profile: this.options.profile,
      transport: this.hub,
      store,
      clock: this.options.clock,
      random: systemRandom,
      keyPackages: 4,
      wait: (milliseconds) => this.#waits(milliseconds),
      ...(this.onSecondFactor && { onSecondFactor: this.onSecondFactor }),
      repeat: (_milliseconds, task) => {
        this.#repeated.add(task);
        return () => this.#repeated.delete(task);
      },
    });
    return this;
  }

  /** A test need not live through the patience of the product: the time of everybody is moved ahead instead. */
  async #waits(milliseconds: number): Promise<void> {
    if (this.movesTime) this.options.clock.advance(milliseconds);
    await (this.waitsUntil(milliseconds) ??
      new Promise<void>((resolve) => setTimeout(resolve, Math.min(milliseconds, 20))));
  }

  /** What it does every few minutes while it is connected, now and until it is so. */
  async looksUntil(isSo: () => Promise<boolean>): Promise<this> {
    return this.#until(isSo, () => {
      for (const task of this.#repeated) task();
    });
  }

  /** The local data are gone; keys and certificate remain. */
  async losesState(): Promise<void> {
    await this.starts(memoryStore());
  }

  async syncs(): Promise<this> {
    await this.client.sync();
    return this;
  }

  /** Until it is so: the log covers what was just logged within a second or so. */
  async syncsUntil(isSo: () => Promise<boolean>): Promise<this> {
    return this.#until(isSo, () => this.syncs());
  }

  async #until(isSo: () => Promise<boolean>, step: () => unknown): Promise<this> {
    for (let round = 0; round < 100; round += 1) {
      await step();
      if (await isSo()) return this;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    throw new Error(`${this.device} waited in vain.`);
  }

  async opensChannelWith(others: readonly Actor[], plan: Partial<ChannelPlan> = {}): Promise<ChannelId> {
    const { id } = await this.client.createChannel({
      kind: others.length > 1 ? 'multilateral' : 'bilateral',
      ceiling: 'RESTRICTED',
      contactPoints: others.map(({ contactPoint }) => contactPoint),
      devices: others.map(({ device }) => device),
      ...plan,
    });
    for (const other of others) await other.syncs();
    return id;
  }

  async adds(channel: ChannelId, other: Actor): Promise<void> {
    await this.client.addMembers(channel, [other.device]);
    await other.syncs();
  }

  sends(channel: ChannelId, subject: string, draft: Partial<RecordDraft> = {}): Promise<OutboxItem> {
    return this.client.send({ channel, kind: 'message', marking: MARKING, body: messageBody(subject), ...draft });
  }

  async mustSend(channel: ChannelId, subject: string, draft: Partial<RecordDraft> = {}): Promise<OutboxItem> {
    const item = await this.sends(channel, subject, draft);
    expect(item).toMatchObject({ state: 'stored' });
    return item;
  }

  /** After a sync this desk reads a record with this subject, once. */
  async mustRead(channel: ChannelId, subject: string): Promise<OpenedRecord> {
    await this.syncs();
    const found = (await this.opened(channel)).filter(({ body }) => subjectOf(body) === subject);
    expect(found.map(({ body }) => subjectOf(body))).toEqual([subject]);
    const [record] = found;
    if (record === undefined) throw new Error('unreachable');
    return record;
  }

  async mustNotRead(channel: ChannelId, subject: string): Promise<void> {
    await this.syncs();
    expect((await this.subjects(channel)).filter((each) => each === subject)).toEqual([]);
  }

  /** What it reads without asking the hub. */
  async subjects(channel: ChannelId): Promise<string[]> {
    return (await this.opened(channel)).flatMap(({ body }) => subjectOf(body) ?? []);
  }

  async opened(channel: ChannelId): Promise<OpenedRecord[]> {
    return (await this.client.records(channel)).flatMap((view) => (view.outcome === 'opened' ? [view.record] : []));
  }

  async failures(channel: ChannelId): Promise<Extract<RecordView, { outcome: 'failed' }>[]> {
    return (await this.client.records(channel)).flatMap((view) => (view.outcome === 'failed' ? [view] : []));
  }

  async mustSeeAlarm(check: string): Promise<Alarm> {
    const alarms = await this.client.alarms();
    expect(alarms.map((alarm) => alarm.check)).toContain(check);
    const found = alarms.find((alarm) => alarm.check === check);
    if (found === undefined) throw new Error('unreachable');
    return found;
  }

  /** Until the log covers the record, which it does within a second or so of its receipt. */
  async mustProve(channel: ChannelId, record: RecordId): Promise<void> {
    for (let round = 0; ; round += 1) {
      try {
        await this.client.log.prove(channel, record);
        return;
      } catch (error) {
        if (!(error instanceof LiaisonError) || error.code !== 'try-again' || round === 50) throw error;
      }
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }

  async mustSeeNoAlarm(): Promise<void> {
    expect(await this.client.alarms()).toEqual([]);
  }

  async memberDevices(channel: ChannelId): Promise<string[]> {
    return (await this.client.members(channel)).map(({ device }) => device);
  }

  async epoch(channel: ChannelId): Promise<number> {
    return (await this.client.channel(channel)).epoch;
  }

  async authenticator(channel: ChannelId): Promise<string> {
    return (await this.client.channel(channel)).epochAuthenticator;
  }
}

export function messageBody(subject: string): RecordBody {
  return { v: 1, type: 'content', language: 'en', subject };
}

function subjectOf(body: RecordBody): string | undefined {
  return body.type === 'content' ? body.subject : undefined;
}
