import { type ChannelId, type ContactPointId, contactPointOf, type DeviceAddress, officerOf } from '#liaison/protocol';
import type { Duty } from '#liaison/crypto';
import type { LogEntry } from './log-entry.js';
import { isPublicType, operationOf } from './log-entry-types.js';

/** The events of a channel that a member may see, by sequence number, both inclusive. */
export interface Membership {
  readonly channel: ChannelId;
  readonly from: number;
  readonly until?: number;
}

/** Who asks to read the log, as the hub knows them from certificate and memberships. */
export interface LogViewer {
  readonly device: DeviceAddress;
  readonly duties: readonly Duty[];
  /** The device's own. */
  readonly memberships: readonly Membership[];
  /** Of all devices of its contact point: asked for an auditor only. */
  readonly contactPointMemberships: readonly Membership[];
}

/**
 * Whether an entry may be shown to the viewer; the others it sees as hashes. An officer reads what was done by, to or
 * for their devices and in their channels while they were members; an administrator also what administers the contact point's devices; an
 * auditor all that touches the contact point. Nobody reads for another contact point.
 */
export function concerns(entry: LogEntry, viewer: LogViewer): boolean {
  if (isPublicType(entry.type)) return true;
  if (namesOfficer(entry, viewer.device) || isWithin(entry, viewer.memberships)) return true;
  const contactPoint = contactPointOf(viewer.device);
  if (viewer.duties.includes('auditor')) {
    return namesContactPoint(entry, contactPoint) || isWithin(entry, viewer.contactPointMemberships);
  }
  const administers = operationOf(entry.type) === 'administration' || entry.type === 'custody.opened';
  return viewer.duties.includes('administrator') && administers && namesContactPoint(entry, contactPoint);
}

function namesOfficer(entry: LogEntry, device: DeviceAddress): boolean {
  return devicesOf(entry).some((named) => officerOf(named) === officerOf(device));
}

function namesContactPoint(entry: LogEntry, contactPoint: ContactPointId): boolean {
  if (entry.subject.contactPoint === contactPoint || entry.recipients?.includes(contactPoint) === true) return true;
  return devicesOf(entry).some((named) => contactPointOf(named) === contactPoint);
}

/** Whether it names the officer (`contact point:officer`) or the device: what is listed under a person. */
export function namesPerson(entry: LogEntry, person: string): boolean {
  return devicesOf(entry).some((name) => name === person || name.startsWith(`${person}:`));
}

/** Whether the record is what it was done to, what it speaks of, or what it was made of. */
export function namesRecord({ subject, sources = [] }: LogEntry, record: string): boolean {
  return subject.record === record || subject.about === record || sources.some((source) => source.record === record);
}

/** Actor, second officer, subject and recipients that are devices: an address has colons, a contact point has none. */
function devicesOf({ actor, releasedBy, subject, recipients = [] }: LogEntry): DeviceAddress[] {
  const named: (string | undefined)[] = [actor, releasedBy, subject.device, ...recipients];
  return named.filter((name): name is DeviceAddress => name?.includes(':') === true);
}

/** An entry without a sequence number concerns who was ever a member: it tells no more than that something was done. */
function isWithin({ subject: { channel, seq } }: LogEntry, memberships: readonly Membership[]): boolean {
  if (channel === undefined) return false;
  return memberships.some(
    (membership) =>
      membership.channel === channel &&
      (seq === undefined || (seq >= membership.from && seq <= (membership.until ?? Number.MAX_SAFE_INTEGER))),
  );
}
