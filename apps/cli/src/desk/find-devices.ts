import {
  contactPointOf,
  ContactPointId,
  DeviceAddress,
  DeviceDirectory,
  LiaisonError,
  OfficerAddress,
  officerOf,
} from '#liaison/protocol';
import type { Desk } from './open-desk.js';

/**
 * Devices by their address, or all of a contact point. The hub is asked which there are, not believed who they are: the
 * client verifies each certificate before it adds one.
 * @throws LiaisonError `usage` for a name that is neither, `not-found` for a contact point without devices.
 */
export async function findDevices(desk: Desk, names: readonly string[]): Promise<DeviceAddress[]> {
  const found: DeviceAddress[] = [];
  for (const name of names)
    found.push(...(name.includes(':') ? [await oneDevice(desk, name)] : await allOf(desk, name)));
  return [...new Set(found)].filter((device) => device !== desk.client.device);
}

/**
 * A device by its address, or by its officer where that has one.
 * @throws LiaisonError `usage`, `not-found`.
 */
export async function findDeviceOf(desk: Desk, name: string): Promise<DeviceAddress> {
  const officer = OfficerAddress.safeParse(name);
  if (!officer.success) return oneDevice(desk, name);
  const known = (await devicesOf(desk, desk.me)).filter((device) => officerOf(device) === officer.data);
  const [only] = known;
  if (only === undefined) throw new LiaisonError('not-found', `No device of ${name} has signed in here.`);
  if (known.length === 1) return only;
  throw new LiaisonError('usage', `${name} has several devices. Say which one: ${known.join(', ')}.`);
}

async function allOf(desk: Desk, name: string): Promise<DeviceAddress[]> {
  const contactPoint = ContactPointId.safeParse(name);
  if (!contactPoint.success) throw new LiaisonError('usage', `This is no contact point: ${JSON.stringify(name)}.`);
  const devices = await devicesOf(desk, contactPoint.data);
  if (devices.length > 0) return devices;
  throw new LiaisonError('not-found', `No device of ${name} has signed in yet, so none can be added.`);
}

async function oneDevice(desk: Desk, name: string): Promise<DeviceAddress> {
  const device = deviceNamed(name);
  const known = await devicesOf(desk, contactPointOf(device));
  if (known.includes(device)) return device;
  const others = known.length === 0 ? '' : ` Those that have: ${known.join(', ')}.`;
  throw new LiaisonError('not-found', `No such device has signed in: ${device}.${others}`);
}

/** @throws LiaisonError `not-found` for a contact point that the roster does not name. */
async function devicesOf({ client, transport, roster }: Desk, contactPoint: ContactPointId): Promise<DeviceAddress[]> {
  if (!roster.contactPoints.some(({ id }) => id === contactPoint))
    throw new LiaisonError('not-found', `The roster names no contact point ${contactPoint}.`);
  const { token } = await client.signIn();
  const answer = await transport.request('listDevices', { params: { contactPoint } }, token);
  return DeviceDirectory.parse(answer).devices.map(({ device }) => device);
}

function deviceNamed(name: string): DeviceAddress {
  const parsed = DeviceAddress.safeParse(name);
  if (parsed.success) return parsed.data;
  throw new LiaisonError('usage', `This is no device: ${JSON.stringify(name)}. Write for example hu:kovacs:desk-1.`);
}
