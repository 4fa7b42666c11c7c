import * as z from 'zod';
import { toHex } from './bytes.js';
import type { Clock, RandomSource } from './ports.js';

/** Of a lower-case UUID, as a part of a larger pattern. */
export const UUID_PATTERN = '[0-9a-f]{8}-[0-9a-f]{4}-[1-8][0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}';
const UUID = new RegExp(`^${UUID_PATTERN}$`);

/** A contact point: the country code in lower case, or a short name. */
export const ContactPointId = z
  .string()
  .regex(/^[a-z][a-z0-9-]{1,15}$/, 'a contact point id: a lower-case letter, then 1 to 15 of a-z 0-9 -')
  .brand('ContactPointId');
export type ContactPointId = z.infer<typeof ContactPointId>;

/** A device's address `contact point:officer:device`, as in its certificate's SAN `urn:liaison:bg:petrova:desk-1`. */
export const DeviceAddress = z
  .string()
  .regex(
    /^[a-z][a-z0-9-]{1,15}:[a-z0-9][a-z0-9-]{0,31}:[a-z0-9][a-z0-9-]{0,31}$/,
    'a device address: contact point:officer:device',
  )
  .brand('DeviceAddress');
export type DeviceAddress = z.infer<typeof DeviceAddress>;

/** An officer, over all their devices: `bg:petrova`. */
export const OfficerAddress = z
  .string()
  .regex(/^[a-z][a-z0-9-]{1,15}:[a-z0-9][a-z0-9-]{0,31}$/, 'an officer: contact point:officer')
  .brand('OfficerAddress');
export type OfficerAddress = z.infer<typeof OfficerAddress>;

export const ChannelId = z.string().regex(UUID, 'a channel id: a lower-case UUID').brand('ChannelId');
export type ChannelId = z.infer<typeof ChannelId>;

/** An opening or a hold: lower case alone, so that one id has one text, signed or stored. */
export const ActId = z.string().regex(UUID, 'an id: a lower-case UUID');

export const RecordId = z.string().regex(UUID, 'a record id: a lower-case UUID').brand('RecordId');
export type RecordId = z.infer<typeof RecordId>;

/** `smuggling-alert`. */
export const TemplateId = z
  .string()
  .regex(/^[a-z][a-z0-9-]{1,47}$/, 'a template id like smuggling-alert')
  .brand('TemplateId');
export type TemplateId = z.infer<typeof TemplateId>;

export function contactPointOf(device: DeviceAddress | OfficerAddress): ContactPointId {
  return device.slice(0, device.indexOf(':')) as ContactPointId;
}

/** `bg:petrova` of `bg:petrova:desk-1`. */
export function officerOf(device: DeviceAddress): OfficerAddress {
  return device.slice(0, device.lastIndexOf(':')) as OfficerAddress;
}

/** A fresh UUID of version 7 (RFC 9562 section 5.7): ordered by time, which keeps database indexes dense. */
export function newId(clock: Clock, random: RandomSource): string {
  const bytes = random.bytes(16);
  const time = clock.now();
  for (let index = 0; index < 6; index += 1) bytes[index] = Math.floor(time / 2 ** (8 * (5 - index))) & 0xff;
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x70;
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80;
  const hex = toHex(bytes);
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}
