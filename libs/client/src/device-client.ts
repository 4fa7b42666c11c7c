import {
  type ChannelId,
  type DeviceAddress,
  isWithin,
  LiaisonError,
  type RecordId,
  type Session,
  type SignedRoster,
  timestampOf,
} from '#liaison/protocol';
import type { Alarm } from './alarm.js';
import { raiseAlarm } from './alarms.js';
import type { ChannelAdmin } from './channel-admin.js';
import type { ChannelBook } from './channel-book.js';
import { keysUsedUp } from './channel-state.js';
import type { CommitDesk } from './commit-desk.js';
import type { Reading } from './channel-reading.js';
import type { LiaisonClient } from './client.js';
import { ClientReader, memberViews } from './client-reader.js';
import type { Device } from './device.js';
import type { Hub, Wait } from './hub.js';
import type { HubRemovals } from './hub-removals.js';
import type { ClientLog } from './log/client-log.js';
import { DeviceLog } from './log/device-log.js';
import type { LogKeeper } from './log/log-keeper.js';
import type { KeyPackageShelf } from './key-packages.js';
import { isPassing, LiveConnection } from './live-connection.js';
import type { Outbox } from './outbox.js';
import type { Rejoining } from './rejoining.js';
import { Submission } from './submission.js';
import { add, nothing, type Synchroniser } from './synchroniser.js';
import type { TrustKeeper } from './trust-keeper.js';
import type {
  ChannelPlan,
  ChannelView,
  ClientEvent,
  MemberView,
  OutboxItem,
  Problem,
  RecordDraft,
  RecordView,
  SyncReport,
} from './views.js';
import type { WelcomeDesk } from './welcomes.js';
import type { StoredItem } from './outbox-item.js';

interface Parts {
  readonly device: Device;
  readonly trust: TrustKeeper;
  readonly hub: Hub;
  readonly book: ChannelBook;
  readonly synchroniser: Synchroniser;
  readonly outbox: Outbox;
  readonly desk: CommitDesk;
  readonly admin: ChannelAdmin;
  readonly rejoining: Rejoining;
  readonly removals: HubRemovals;
  readonly welcomes: WelcomeDesk;
  readonly shelf: KeyPackageShelf;
  readonly keeper: LogKeeper;
  readonly wait: Wait;
}

interface WaitingDraft {
  readonly draft: RecordDraft;
  readonly settle: (result: StoredItem | LiaisonError) => void;
  readonly fail: (error: unknown) => void;
}

/** The parts of a client put together; see {@link LiaisonClient} for the contract. */
export class DeviceClient implements LiaisonClient {
  readonly #reader: ClientReader;
  readonly #submission: Submission;
  readonly #log: DeviceLog;
  readonly #drafts: WaitingDraft[] = [];
  #live: LiveConnection | undefined;
  /** Of the sync that runs. */
  #problems: Problem[] = [];

  constructor(private readonly parts: Parts) {
    const { device, book, hub, outbox, synchroniser, keeper } = parts;
    this.#reader = new ClientReader(device, book);
    this.#log = new DeviceLog({ device, hub, keeper, guarded: (step) => this.#guarded(step) });
    this.#submission = new Submission(hub, outbox, synchroniser, async (channel) => {
      await synchroniser.channel(channel);
      await this.#doDuties(channel);
    });
  }

  get device(): DeviceAddress {
    return this.parts.device.address;
  }

  get log(): ClientLog {
    return this.#log;
  }

  signIn(): Promise<Session> {
    return this.#guarded(() => this.parts.hub.signIn());
  }

  async sync(): Promise<SyncReport> {
    const { hub, synchroniser, welcomes, shelf } = this.parts;
    const before = (await this.alarms()).length;
    const report = nothing();
    this.#problems = [];
    await this.#tolerated(() => synchroniser.refreshTrust());
    await this.#tolerated(() => shelf.replenish());
    await this.#syncKnown(report);
    const joined = (await this.#tolerated(() => welcomes.joinAll())) ?? [];
    for (const channel of joined) await this.#syncChannel(channel, report);
    await this.#tolerated(async () => synchroniser.noteUnknown((await hub.call('listChannels')).channels));
    await this.#submission.run();
    await this.#syncLog();
    const unsent = await this.#reader.unsent();
    return {
      joined,
      records: report.records,
      failures: report.failures,
      alarms: (await this.alarms()).length - before,
      unsent,
      problems: this.#problems,
    };
  }

  async connect(): Promise<void> {
    const { device, hub, synchroniser, wait } = this.parts;
    this.#live ??= new LiveConnection({
      hub,
      synchroniser,
      wait,
      random: device.random,
      tell: (event) => {
        device.tell(event);
      },
      catchUp: async () => {
        await this.sync();
      },
      useSocket: (socket) => {
        this.#submission.socket = socket;
      },
      onFault: (error) => this.#note(error),
      afterEvents: async (channel) => {
        await this.#doDuties(channel);
        await this.#moveCursor(channel);
      },
    });
    await this.#live.start();
  }

  disconnect(): void {
    this.#live?.stop();
    this.#live = undefined;
  }

  channels(): Promise<ChannelView[]> {
    return this.#reader.channels();
  }

  channel(id: ChannelId): Promise<ChannelView> {
    return this.#reader.channel(id);
  }

  members(channel: ChannelId): Promise<MemberView[]> {
    return this.parts.device.transact(async (transaction) => {
      const { state, group } = await this.parts.book.openAsMember(transaction, channel);
      const trust = await this.parts.trust.current(transaction);
      return memberViews(group, state, trust, this.parts.device.clock.now());
    });
  }

  async createChannel(plan: ChannelPlan): Promise<ChannelView> {
    const id = await this.#guarded(async () => {
      const created = await this.parts.admin.create(plan);
      if (plan.devices !== undefined) await this.#add(created, plan.devices);
      return created;
    });
    if (plan.title !== undefined) await this.#sendTitle(id, plan.title, plan);
    return this.channel(id);
  }

  async addMembers(
    channel: ChannelId,
    devices: readonly DeviceAddress[],
  ): Promise<{ readonly missing: readonly DeviceAddress[] }> {
    return { missing: await this.#guarded(() => this.#add(channel, devices)) };
  }

  removeMembers(channel: ChannelId, devices: readonly DeviceAddress[]): Promise<void> {
    return this.#guarded(() => this.parts.admin.remove(channel, devices));
  }

  updateKeys(channel: ChannelId): Promise<void> {
    return this.#guarded(() => this.parts.admin.update(channel));
  }

  async rejoin(channel: ChannelId): Promise<ChannelView> {
    await this.#guarded(() => this.parts.rejoining.rejoin(channel));
    return this.channel(channel);
  }

  async send(draft: RecordDraft): Promise<OutboxItem> {
    const item = await this.#queue(draft);
    await this.#submission.run();
    return this.#reader.item(item.id);
  }

  async acknowledge(channel: ChannelId, record: RecordId, state: 'read' | 'acknowledged'): Promise<OutboxItem> {
    const view = await this.#reader.read(channel, record);
    if (view.outcome !== 'opened')
      throw new LiaisonError('not-allowed', 'What cannot be opened cannot be acknowledged.');
    const { marking } = view.record.header;
    return this.send({
      channel,
      kind: 'acknowledgement',
      // It says nothing of the content, but it is shown beside it.
      marking: { classification: marking.classification, handling: [], caveats: [] },
      inReplyTo: record,
      body: { v: 1, type: 'acknowledgement', state, at: timestampOf(this.parts.device.clock) },
    });
  }

  outbox(): Promise<OutboxItem[]> {
    return this.#reader.outbox();
  }

  records(
    channel: ChannelId,
    range: { readonly afterSeq?: number; readonly limit?: number } = {},
  ): Promise<RecordView[]> {
    return this.#reader.records(channel, range);
  }

  read(channel: ChannelId, record: RecordId): Promise<RecordView> {
    return this.#reader.read(channel, record);
  }

  async delivery(
    channel: ChannelId,
  ): Promise<{ readonly device: DeviceAddress; readonly seq: number; readonly at: string }[]> {
    return (await this.#guarded(() => this.parts.hub.call('getDelivery', { params: { channel } }))).cursors;
  }

  alarms(channel?: ChannelId): Promise<Alarm[]> {
    return this.#reader.alarms(channel);
  }

  settleDispute(channel: ChannelId): Promise<void> {
    return this.parts.device.transact(async (transaction) => {
      const { state, group } = await this.parts.book.open(transaction, channel);
      if (state.standing === 'halted') {
        throw new LiaisonError(
          'not-allowed',
          'This device refused a change of this channel: only a new lawful change of it, or a new channel, mends that.',
        );
      }
      this.parts.book.save(transaction, { group, state: { ...state, standing: 'good' } });
    });
  }

  roster(): Promise<SignedRoster> {
    return this.parts.device.transact(async (transaction) => (await this.parts.trust.current(transaction)).signed);
  }

  listen(listener: (event: ClientEvent) => void): () => void {
    return this.parts.device.listen(listener);
  }

  async close(): Promise<void> {
    this.disconnect();
    await this.parts.device.close();
  }

  /** A log that is away does not keep records from their readers: what is overdue is an alarm of its own. */
  async #syncLog(): Promise<void> {
    try {
      await this.#tolerated(() => this.#log.synchronise());
    } catch (error) {
      this.#problems.push(problemOf(error));
    }
  }

  async #syncKnown(report: Reading): Promise<void> {
    for (const { id, membership } of await this.channels()) {
      if (membership !== 'removed') await this.#syncChannel(id, report);
    }
  }

  async #syncChannel(id: ChannelId, report: Reading): Promise<void> {
    await this.#tolerated(async () => {
      await this.parts.admin.finishCreation(id);
      const before = (await this.channel(id)).seq;
      add(report, await this.parts.synchroniser.channel(id));
      await this.#doDuties(id);
      if ((await this.channel(id)).seq > before) await this.#moveCursor(id);
    });
  }

  /** What falls to whoever is online: a commit of its own whose fate is unknown, fresh keys, and removals that the hub proposed. */
  async #doDuties(id: ChannelId): Promise<void> {
    const { admin, desk, removals, synchroniser } = this.parts;
    if ((await synchroniser.state(id))?.commitPending === true) await this.#tolerated(() => desk.finishPending(id));
    const state = await synchroniser.state(id);
    if (state?.standing !== 'halted' && state?.membership === 'member' && keysUsedUp(state)) {
      await this.#tolerated(() => admin.update(id));
      void this.#submission.run();
    }
    if (await removals.areWaiting(id)) {
      await this.#tolerated(() => removals.settle(id));
      void this.#submission.run();
    }
  }

  async #moveCursor(id: ChannelId): Promise<void> {
    await this.#tolerated(() => this.parts.synchroniser.moveCursor(id));
  }

  async #add(channel: ChannelId, devices: readonly DeviceAddress[]): Promise<readonly DeviceAddress[]> {
    const { admin, trust, hub } = this.parts;
    const { profile } = await this.channel(channel);
    await trust.refreshRevocations(hub, profile.releasableTo);
    return admin.add(channel, devices);
  }

  async #sendTitle(channel: ChannelId, title: string, plan: ChannelPlan): Promise<void> {
    const { legalBasis, caseNumber } = plan;
    const classification = isWithin('RESTRICTED', plan.ceiling) ? 'RESTRICTED' : plan.ceiling;
    await this.send({
      channel,
      kind: 'profile',
      marking: { classification, handling: [], caveats: [] },
      body: {
        v: 1,
        type: 'channel-title',
        title,
        ...(legalBasis === undefined ? {} : { legalBasis }),
        ...(caseNumber === undefined ? {} : { caseNumber }),
      },
    });
  }

  /** Drafts that come while another transaction runs are encrypted together: one write of the MLS state for all. */
  #queue(draft: RecordDraft): Promise<StoredItem> {
    return new Promise((resolve, reject) => {
      const settle = (result: StoredItem | LiaisonError) => {
        if (result instanceof LiaisonError) reject(result);
        else resolve(result);
      };
      this.#drafts.push({ draft, settle, fail: reject });
      if (this.#drafts.length === 1) queueMicrotask(() => void this.#queueWaiting());
    });
  }

  async #queueWaiting(): Promise<void> {
    const waiting = this.#drafts.splice(0);
    try {
      const results = await this.parts.outbox.queue(waiting.map(({ draft }) => draft));
      waiting.forEach(({ settle }, index) => {
        const result = results[index];
        if (result !== undefined) settle(result);
      });
    } catch (error) {
      for (const { fail } of waiting) fail(error);
    }
  }

  /** A breach becomes an alarm and is still an error for the caller. */
  async #guarded<T>(step: () => Promise<T>): Promise<T> {
    try {
      return await step();
    } catch (error) {
      if (!isPassing(error)) await this.#note(error);
      throw error;
    }
  }

  /** A breach becomes an alarm and the round goes on; the hub being away ends the round. */
  async #tolerated<T>(step: () => Promise<T>): Promise<T | undefined> {
    try {
      return await step();
    } catch (error) {
      if (isPassing(error)) throw error;
      await this.#note(error);
      this.#problems.push(problemOf(error));
      return undefined;
    }
  }

  async #note(error: unknown): Promise<void> {
    if (!(error instanceof LiaisonError) || error.code !== 'integrity') return;
    await this.parts.device.transact((transaction) => raiseAlarm(transaction, this.parts.device.clock, error));
  }
}

/** Only errors of ours say in words what may be shown. */
function problemOf(error: unknown): Problem {
  if (!(error instanceof LiaisonError))
    return { code: 'internal', message: 'Something went wrong inside this client.' };
  const { check } = error.details;
  return { code: error.code, message: error.message, ...(check === undefined ? {} : { check }) };
}
