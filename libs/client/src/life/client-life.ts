import type {
  ChannelId,
  ChannelProfile,
  ChannelRole,
  Classification,
  ContactPointId,
  DeviceAddress,
  RecordId,
} from '#liaison/protocol';
import type { Alarm } from '../alarm.js';
import type { ChannelView, Departure, MemberView, OutboxItem } from '../views.js';

/** What becomes another in the rules of a channel; what is absent stays. */
export interface RuleChange {
  /** Only lower. */
  readonly ceiling?: Classification;
  /** Contact points that may come in besides. */
  readonly releasableTo?: readonly ContactPointId[];
  readonly reviewDays?: number;
  /** Only stricter. */
  readonly fourEyes?: NonNullable<ChannelProfile['fourEyes']>;
  /** Only stricter. */
  readonly history?: NonNullable<ChannelProfile['history']>;
}

export interface ChannelNaming {
  readonly title: string;
  readonly legalBasis?: string;
  readonly caseNumber?: string;
}

/** A member that a commit put out. */
export interface RemovedMember {
  readonly device: DeviceAddress;
  /** The hub proposed it, for a reason that members see in revocation list or roster. */
  readonly byRule: boolean;
  /** With `byRule`: the reason, in words. */
  readonly because?: string;
  /** It has left of its own accord, and has signed so: when by its own clock, and why. */
  readonly left?: Departure;
}

/** One commit that changed members or rules, as this device saw it. */
export interface ChannelChange {
  readonly seq: number;
  /** By the hub's clock. */
  readonly at: string;
  readonly by: DeviceAddress;
  /** Why, in the words of who did it. */
  readonly purpose?: string;
  readonly added: readonly DeviceAddress[];
  readonly removed: readonly RemovedMember[];
  readonly rules?: { readonly before: ChannelProfile; readonly after: ChannelProfile };
}

/** How a device came in; nothing is known of those who were there before this one. */
export interface Entrance {
  readonly at: string;
  readonly seq: number;
  readonly by: DeviceAddress;
  readonly purpose?: string;
}

export interface ChannelMember extends MemberView {
  readonly officer: string;
  readonly since?: Entrance;
  /** Somebody else may be writing as it: its contact point or the co-chairs said so. */
  readonly compromised: boolean;
}

/** Somebody who was a member while this device was. */
export interface PastMember extends RemovedMember {
  readonly at: string;
  readonly seq: number;
  readonly by: DeviceAddress;
  readonly purpose?: string;
}

export interface ChannelMembership {
  readonly members: readonly ChannelMember[];
  readonly past: readonly PastMember[];
}

/** A rule that was broken in a channel. */
export interface Trouble extends Alarm {
  /** Whose record or commit it was, where the place says it and the hub alone is not at fault. Never this device. */
  readonly by?: DeviceAddress;
}

/** What becomes of a channel after it was made. Whoever commits says why: hub, log and members keep the words in clear. */
export interface ClientLife {
  /** @throws LiaisonError `not-allowed` (CLI-34, CLI-37): not by this contact point, or not a lawful change. */
  change(channel: ChannelId, change: RuleChange, purpose: string): Promise<ChannelView>;
  /** What it is called and about: an encrypted record. @throws LiaisonError `not-allowed` (CLI-34). */
  rename(channel: ChannelId, naming: ChannelNaming): Promise<OutboxItem>;
  /** What a contact point may do in it: another list in the place of the one before. @throws LiaisonError as {@link change}. */
  giveRoles(
    channel: ChannelId,
    to: ContactPointId,
    roles: readonly ChannelRole[],
    purpose: string,
  ): Promise<ChannelView>;
  /** The own contact point administers no more, the other does, in one commit. @throws LiaisonError as {@link change}. */
  handOver(channel: ChannelId, to: ContactPointId, purpose: string): Promise<ChannelView>;
  /** Nobody posts any more. @throws LiaisonError as {@link change}. */
  close(channel: ChannelId, purpose: string): Promise<ChannelView>;
  reopen(channel: ChannelId, purpose: string): Promise<ChannelView>;
  /**
   * This device leaves: nothing is delivered to it any more, the keys of the group go, what was read stays. Its contact point is out
   * with its last device. Repeated, or after a crash, it is finished.
   * @throws LiaisonError `not-allowed` (CLI-37, CHN-16) for the last that administers the channel; `unavailable`: the next round does it.
   */
  leave(channel: ChannelId, reason?: string): Promise<ChannelView>;
  /** Out of this device's everyday lists; it is still read and kept. @throws LiaisonError `not-allowed` for one that is open. */
  archive(channel: ChannelId): Promise<ChannelView>;
  unarchive(channel: ChannelId): Promise<ChannelView>;
  /** Who is in it and who was, since when and by whom. */
  membership(channel: ChannelId): Promise<ChannelMembership>;
  /** What changed in it since this device came in. */
  changes(channel: ChannelId): Promise<ChannelChange[]>;
  /** What was broken in it, and whose it was. */
  troubles(channel: ChannelId): Promise<Trouble[]>;
  /**
   * An officer has looked into all of them: the dispute ends.
   * @returns how many. @throws LiaisonError `not-allowed` where the channel is halted.
   */
  settle(channel: ChannelId, reason: string): Promise<number>;
  /** Sends anew what did not go out because its channel was closed. @throws LiaisonError `not-found` where nothing was kept of it. */
  sendKept(record: RecordId): Promise<OutboxItem>;
  /** Throws away what was kept. @throws LiaisonError `not-found`. */
  dropKept(record: RecordId): Promise<void>;
}
