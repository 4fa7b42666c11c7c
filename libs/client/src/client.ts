import type { ChannelId, DeviceAddress, RecordId, RenewalRequest, Session, SignedRoster } from '#liaison/protocol';
import type { Alarm, SettledAlarm } from './alarm.js';
import type { ClientCustody } from './custody/client-custody.js';
import type { Administration } from './enrolment/enrolment-desk.js';
import type { ClientHistory } from './history/client-history.js';
import type { ClientLife } from './life/client-life.js';
import type { ClientLog } from './log/client-log.js';
import type { ClientMarks } from './marks/client-marks.js';
import type { ClientSecondFactor } from './sessions/client-second-factor.js';
import type { ClientSessions } from './sessions/client-sessions.js';
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

/** One device's client. Its methods may be called concurrently; they take their turns at the store. */
export interface LiaisonClient {
  readonly device: DeviceAddress;
  /** DER of its newest certificate, which may have been fetched since its profile was written. */
  readonly certificate: Uint8Array;
  /** Asks for a certificate by file, where the hub is not the way. */
  renewalRequest(): RenewalRequest;
  /** Takes a certificate that came by file; the next {@link sync} puts it into every channel. @throws LiaisonError `integrity` (ENR-17). */
  takeCertificate(certificate: Uint8Array): Promise<void>;
  /** Called by every other operation when needed. @throws LiaisonError `integrity` CLI-02 where the hub names another origin. */
  signIn(): Promise<Session>;
  /** Roster, CRLs, Welcomes, all channels' events, pending commits, the outbox, KeyPackages: one round of everything. */
  sync(): Promise<SyncReport>;
  /** Stays connected, with jittered back-off, until {@link close} or {@link disconnect}. Resolves once live the first time. */
  connect(): Promise<void>;
  disconnect(): void;
  channels(): Promise<ChannelView[]>;
  channel(id: ChannelId): Promise<ChannelView>;
  members(channel: ChannelId): Promise<MemberView[]>;
  createChannel(plan: ChannelPlan): Promise<ChannelView>;
  /**
   * @param purpose why, for hub, log and members: never content.
   * @returns the devices that could not be added, for they have no KeyPackage.
   */
  addMembers(
    channel: ChannelId,
    devices: readonly DeviceAddress[],
    purpose?: string,
  ): Promise<{ readonly missing: readonly DeviceAddress[] }>;
  removeMembers(channel: ChannelId, devices: readonly DeviceAddress[], purpose?: string): Promise<void>;
  /** A fresh leaf key: heals the channel after a suspected compromise of this device. */
  updateKeys(channel: ChannelId): Promise<void>;
  /** Joins again by external commit where this device's state is lost. What was sent before stays unreadable here. */
  rejoin(channel: ChannelId): Promise<ChannelView>;
  /** Puts the record into the outbox and tries to send it. The item says how far it got; later syncs carry on. */
  send(draft: RecordDraft): Promise<OutboxItem>;
  acknowledge(channel: ChannelId, record: RecordId, state: 'read' | 'acknowledged'): Promise<OutboxItem>;
  outbox(): Promise<OutboxItem[]>;
  records(channel: ChannelId, range?: { readonly afterSeq?: number; readonly limit?: number }): Promise<RecordView[]>;
  /** @throws LiaisonError `not-found`. */
  read(channel: ChannelId, record: RecordId): Promise<RecordView>;
  /** How far each member's device says it has got. The hub's word. */
  delivery(
    channel: ChannelId,
  ): Promise<{ readonly device: DeviceAddress; readonly seq: number; readonly at: string }[]>;
  /** Those that no officer has settled. */
  alarms(channel?: ChannelId): Promise<Alarm[]>;
  /** An officer has looked into it: it leaves the alarms for the history. With the last one of a channel its dispute ends. @throws LiaisonError `not-found`. */
  settleAlarm(id: string, reason: string): Promise<Alarm>;
  /** The history of alarms, in the order in which they were settled. */
  settledAlarms(): Promise<SettledAlarm[]>;
  /** An officer has looked into the alarms of the channel: sending goes on. The alarms stay. @throws LiaisonError `not-allowed` for a halted channel. */
  settleDispute(channel: ChannelId): Promise<void>;
  /** What becomes of channels: rules, roles, closing, who is in them, what was broken in them. */
  readonly life: ClientLife;
  /** What marks allow, and the acts that change them: forward, consent, remark, withdraw, four eyes. */
  readonly marks: ClientMarks;
  /** The past of channels, for who was not there. */
  readonly history: ClientHistory;
  /** For a device whose duties hold `administrator`: the hub refuses others. */
  readonly administration: Administration;
  /** The hub's log: checkpoints, proofs, what was opened. */
  readonly log: ClientLog;
  /** Keys in custody of the own contact point, openings, legal holds. */
  readonly custody: ClientCustody;
  /** Where this officer is signed in, and the lock of all their devices. */
  readonly sessions: ClientSessions;
  /** The second proof of sessions, and what the contact point demands. */
  readonly secondFactor: ClientSecondFactor;
  /** The newest roster that was verified. */
  roster(): Promise<SignedRoster>;
  /** @returns how to stop listening. */
  listen(listener: (event: ClientEvent) => void): () => void;
  close(): Promise<void>;
}
