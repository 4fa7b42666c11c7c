import { createHash } from 'node:crypto';
import { ChannelId, ConsentTerms, type DeviceAddress, RecordId, toBase64url } from '#liaison/protocol';
import { type LogAct, LOG_ENTRY_TYPES, type LogEntryType } from '#liaison/tlog';
import { CONTACT_POINTS, HASSAN, NAGY, NOW, PETROVA } from './community.js';

/** What happens in the golden log: a founding, then one alert after the other, and each kind of act at least once. */

export const CHANNEL = ChannelId.parse('019aa8b0-1000-7c3d-8a21-0f4e5d6c7b8a');
const DEVICES = [PETROVA, HASSAN, NAGY];

type Act = Omit<LogAct, 'at'>;

export const recordOf = (number: number): RecordId =>
  RecordId.parse(`019aa8b2-7c00-7a4e-9f10-${number.toString(16).padStart(12, '0')}`);
const hashOf = (text: string): string => toBase64url(createHash('sha256').update(text).digest());

/** One act of each type, with everything that the type needs. */
export function actOfType(type: LogEntryType): Act {
  const members = {
    channel: CHANNEL,
    seq: 7,
    record: recordOf(7),
    about: recordOf(5),
    device: HASSAN,
    contactPoint: CONTACT_POINTS[0],
  };
  const sources = [{ channel: CHANNEL, record: recordOf(3) }];
  const around = {
    headerHash: hashOf('header 7'),
    purpose: 'Article 40 case 17/2026',
    recipients: [HASSAN, NAGY],
    sources: type === 'record.compiled' ? [...sources, { channel: CHANNEL, record: recordOf(4) }] : sources,
    consent: ConsentTerms.parse({
      state: type.startsWith('consent.') ? type.slice('consent.'.length) : 'asked',
      act: 'forward',
      recipients: CONTACT_POINTS.slice(0, 1),
      to: CONTACT_POINTS.slice(1, 2),
      answers: recordOf(6),
    }),
  };
  const required = new Set<string>(LOG_ENTRY_TYPES[type].requires);
  const only = <Members extends object>(from: Members): Partial<Members> =>
    Object.fromEntries(Object.entries(from).filter(([name]) => required.has(name))) as Partial<Members>;
  return { type, actor: PETROVA, subject: only(members), ...only(around) };
}

const FOUNDING: Act[] = [
  { type: 'log.started', actor: 'hub', subject: {} },
  { type: 'roster.published', actor: PETROVA, subject: { version: 1 } },
  ...CONTACT_POINTS.map((contactPoint): Act => ({
    type: 'crl.published',
    actor: 'hub',
    subject: { contactPoint, version: 1 },
  })),
  ...DEVICES.map((each): Act => ({
    type: 'session.started',
    actor: each,
    subject: { device: each },
    details: { proof: 'device-signature' },
  })),
  { type: 'channel.created', actor: PETROVA, subject: { channel: CHANNEL, epoch: 0 } },
  { type: 'commit.ordered', actor: PETROVA, subject: { channel: CHANNEL, seq: 1, epoch: 1 }, details: { added: 2 } },
];

/** A record is stored, delivered to the two others, and opened by one of them. */
function exchange(number: number): Act[] {
  const sender = DEVICES[number % 3] as DeviceAddress;
  const recipients = DEVICES.filter((each) => each !== sender);
  const subject = { channel: CHANNEL, seq: number + 2, record: recordOf(number) };
  return [
    { type: 'record.stored', actor: sender, subject, headerHash: hashOf(`header ${number}`) },
    { type: 'record.delivered', actor: 'hub', subject, recipients },
    { type: 'record.opened', actor: recipients[0] as DeviceAddress, subject },
  ];
}

/** As many acts as asked for, a second and a half apart. */
export function acts(count: number): LogAct[] {
  const everyType = (Object.keys(LOG_ENTRY_TYPES) as LogEntryType[]).map(actOfType);
  const all = [...FOUNDING, ...everyType];
  for (let number = 0; all.length < count; number += 1) all.push(...exchange(number));
  return all.slice(0, count).map((act, index) => ({ ...act, at: new Date(NOW + index * 1500).toISOString() }));
}
