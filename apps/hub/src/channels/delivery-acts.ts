import { LIMITS, type ChannelId, type DeviceAddress } from '#liaison/protocol';
import type { LogAct } from '#liaison/tlog';

/** A device's cursor, where it stands now. */
export interface MovedCursor {
  readonly channel: ChannelId;
  readonly device: DeviceAddress;
  readonly seq: number;
}

/**
 * `record.delivered`: all of the channel up to `seq`, as far as each recipient may read it, has reached their devices. Those who
 * moved to one place in one batch share an entry, so that the log grows by what was sent rather than by who got it.
 */
export function deliveryActs(moved: readonly MovedCursor[], at: string): LogAct[] {
  const recipients = new Map<string, { readonly subject: LogAct['subject']; readonly devices: DeviceAddress[] }>();
  for (const { channel, device, seq } of moved) {
    if (seq === 0) continue;
    const place = `${channel} ${seq}`;
    const known = recipients.get(place);
    if (known === undefined) recipients.set(place, { subject: { channel, seq }, devices: [device] });
    else known.devices.push(device);
  }
  return [...recipients.values()].flatMap(({ subject, devices }) =>
    inParts(devices).map((part) => ({ type: 'record.delivered', at, actor: 'hub', subject, recipients: part })),
  );
}

/** An entry has room for as many recipients as a channel has members; past members may move too. */
function inParts(devices: readonly DeviceAddress[]): DeviceAddress[][] {
  const parts: DeviceAddress[][] = [];
  for (let from = 0; from < devices.length; from += LIMITS.membersPerChannel) {
    parts.push(devices.slice(from, from + LIMITS.membersPerChannel));
  }
  return parts;
}
