import {
  type ChannelId,
  type DeviceAddress,
  LiaisonError,
  type RecordId,
  type RenewalRequest,
  type Session,
  type SignedRoster,
  timestampOf,
} from '#liaison/protocol';
import type { Alarm, SettledAlarm } from './alarm.js';
import { titleDraft } from './channel-title.js';
import type { LiaisonClient } from './client.js';
import type { ClientParts } from './client-parts.js';
import { ClientReader, memberViews } from './client-reader.js';
import { DeviceCustody } from './custody/device-custody.js';
import { Disputes } from './disputes.js';
import { DraftQueue } from './draft-queue.js';
import { EnrolmentDesk } from './enrolment/enrolment-desk.js';
import { renewalRequest } from './enrolment/renewal.js';
import { Faults } from './faults.js';
import type { ClientHistory } from './history/client-history.js';
import { DeviceHistory } from './history/device-history.js';
import { DeviceLife } from './life/device-life.js';
import type { ClientLog } from './log/client-log.js';
import { DeviceLog } from './log/device-log.js';
import type { ClientMarks } from './marks/client-marks.js';
import { DeviceMarks } from './marks/device-marks.js';
import type { ClientSecondFactor } from './sessions/client-second-factor.js';
import { DeviceSessions } from './sessions/device-sessions.js';
import { OnlineDevice } from './online-device.js';
import { SyncRound } from './sync-round.js';

import type {
  ChannelPlan,
  ChannelView,
  ClientEvent,
  MemberView,
  OutboxItem,
  RecordDraft,
  RecordView,
  SyncReport,
} from './views.js';

/** The parts of a client put together; see {@link LiaisonClient} for the contract. */
export class DeviceClient implements LiaisonClient {
  readonly #reader: ClientReader;
  readonly #drafts: DraftQueue;
  readonly #faults: Faults;
  readonly #disputes: Disputes;
  readonly administration: EnrolmentDesk;
  readonly #log: DeviceLog;
  readonly #marks: DeviceMarks;
  readonly custody: DeviceCustody;
  readonly sessions: DeviceSessions;
  readonly #history: DeviceHistory;
  readonly life: DeviceLife;
  readonly #round: SyncRound;
  readonly #online: OnlineDevice;

  constructor(private readonly parts: ClientParts) {
    const { device, book, trust, hub, outbox, keeper } = parts;
    this.#reader = new ClientReader(device, book, parts.trust);
    this.administration = new EnrolmentDesk(device, hub, parts.trust);
    this.#drafts = new DraftQueue(outbox);
    this.#faults = new Faults(device);
    this.#disputes = new Disputes(device, book);
    const guarded: Faults['guarded'] = (step) => this.#faults.guarded(step);
    this.custody = new DeviceCustody({ device, hub, trust, keeper, guarded });
    const areHoldsKnown = () => this.custody.followHolds();
    this.#log = new DeviceLog({ device, hub, book, trust, keeper, areHoldsKnown, guarded });
    this.#marks = new DeviceMarks({ device, book, trust, send: (draft) => this.send(draft) });
    this.sessions = new DeviceSessions({ device, hub, trust, guarded: (step) => this.#faults.guarded(step) });
    this.#history = new DeviceHistory(parts, {
      send: (draft) => this.send(draft),
      submit: () => this.#round.submission.run(),
      guarded: (step) => this.#faults.guarded(step),
    });
    this.life = new DeviceLife(parts, {
      view: (channel) => this.channel(channel),
      send: (draft) => this.send(draft),
      guarded: (step) => this.#faults.guarded(step),
    });
    const { custody, administration } = this;
    const beside = { log: this.#log, custody, administration, history: this.#history };
    this.#round = new SyncRound(parts, this.#reader, this.#faults, beside);
    this.#online = new OnlineDevice(parts, this.#round, this.#faults, () => custody.deposit());
  }

  get device(): DeviceAddress {
    return this.parts.device.address;
  }

  get certificate(): Uint8Array {
    return this.parts.device.certificate;
  }

  renewalRequest(): RenewalRequest {
    return renewalRequest(this.parts.device, this.parts.device.clock);
  }

  takeCertificate(certificate: Uint8Array): Promise<void> {
    return this.parts.certificate.take(certificate);
  }

  get marks(): ClientMarks {
    return this.#marks;
  }

  get history(): ClientHistory {
    return this.#history;
  }

  get log(): ClientLog {
    return this.#log;
  }

  get secondFactor(): ClientSecondFactor {
    return this.parts.secondFactor;
  }

  signIn(): Promise<Session> {
    return this.#faults.guarded(() => this.parts.hub.signIn());
  }

  sync(): Promise<SyncReport> {
    return this.#online.sync();
  }

  connect(): Promise<void> {
    return this.#online.connect();
  }

  disconnect(): void {
    this.#online.disconnect();
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
    const id = await this.#faults.guarded(async () => {
      const created = await this.parts.admin.create(plan);
      if (plan.devices !== undefined) await this.#add(created, plan.devices);
      return created;
    });
    const title = titleDraft(id, plan.ceiling, plan);
    if (title !== undefined) await this.send(title);
    return this.channel(id);
  }

  async addMembers(
    channel: ChannelId,
    devices: readonly DeviceAddress[],
    purpose?: string,
  ): Promise<{ readonly missing: readonly DeviceAddress[] }> {
    const present = new Set((await this.members(channel)).map(({ device }) => device));
    const missing = await this.#faults.guarded(() => this.#add(channel, devices, purpose));
    if (devices.some((device) => !present.has(device) && !missing.includes(device))) await this.#nameAgain(channel);
    return { missing };
  }

  removeMembers(channel: ChannelId, devices: readonly DeviceAddress[], purpose?: string): Promise<void> {
    return this.#faults.guarded(() => this.parts.admin.remove(channel, devices, purpose));
  }

  updateKeys(channel: ChannelId): Promise<void> {
    return this.#faults.guarded(() => this.parts.admin.update(channel));
  }

  async rejoin(channel: ChannelId): Promise<ChannelView> {
    await this.#faults.tolerated(() => this.parts.fresh.refresh());
    await this.#faults.guarded(() => this.parts.rejoining.rejoin(channel));
    return this.channel(channel);
  }

  async send(draft: RecordDraft): Promise<OutboxItem> {
    const item = await this.#drafts.add(draft);
    await this.#round.submission.run();
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
    return (await this.#faults.guarded(() => this.parts.hub.call('getDelivery', { params: { channel } }))).cursors;
  }

  alarms(channel?: ChannelId): Promise<Alarm[]> {
    return this.#reader.alarms(channel);
  }

  settleAlarm(id: string, reason: string): Promise<Alarm> {
    return this.#disputes.settleAlarm(id, reason);
  }

  settledAlarms(): Promise<SettledAlarm[]> {
    return this.#reader.settledAlarms();
  }

  settleDispute(channel: ChannelId): Promise<void> {
    return this.#disputes.end(channel);
  }

  roster(): Promise<SignedRoster> {
    return this.parts.device.transact(async (transaction) => (await this.parts.trust.current(transaction)).signed);
  }

  listen(listener: (event: ClientEvent) => void): () => void {
    return this.parts.device.listen(listener);
  }

  async close(): Promise<void> {
    this.disconnect();
    this.#round.end();
    await this.parts.device.close();
  }

  async #add(
    channel: ChannelId,
    devices: readonly DeviceAddress[],
    purpose?: string,
  ): Promise<readonly DeviceAddress[]> {
    const { admin, trust, hub } = this.parts;
    const { profile } = await this.channel(channel);
    await trust.askForRevocations(hub, profile.releasableTo);
    return admin.add(channel, devices, purpose);
  }

  /** Who joins cannot read what was sent before, and with it the title. In a dispute nothing is sent that nobody asked for. */
  async #nameAgain(channel: ChannelId): Promise<void> {
    const view = await this.channel(channel);
    const title = titleDraft(channel, view.profile.ceiling, view);
    if (title === undefined || view.standing !== 'good') return;
    // They are members now, with or without it.
    await this.#faults.tolerated(() => this.send(title));
  }
}
