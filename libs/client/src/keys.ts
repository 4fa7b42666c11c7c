import type { ChannelId, ContactPointId, RecordId } from '#liaison/protocol';

/** Where things lie in the store. Places are padded so that the order of keys is the order of the channel. */
export const KEYS = {
  identity: 'identity',
  certificate: 'certificate',
  roster: 'trust/roster',
  formerPoints: 'trust/former-points',
  signInPolicy: 'trust/sign-in-policy',
  /** When this device last asked for a second proof. */
  proofAskedAt: 'session/proof-asked-at',
  /** Since when the hub lets this device in that has not proved. */
  letInUnproved: 'session/let-in-unproved',
  crls: 'trust/crl/',
  crl: (contactPoint: ContactPointId) => `trust/crl/${contactPoint}`,
  crlBounds: (contactPoint: ContactPointId) => `trust/crl-bounds/${contactPoint}`,
  channels: 'channel/',
  channel: (channel: ChannelId) => `channel/${channel}`,
  group: (channel: ChannelId) => `group/${channel}`,
  pendingCommit: (channel: ChannelId) => `pending/${channel}`,
  pendingGroup: (channel: ChannelId) => `pending-group/${channel}`,
  changes: (channel: ChannelId) => `change/${channel}/`,
  change: (channel: ChannelId, seq: number) => `change/${channel}/${padded(seq)}`,
  chainBlock: (channel: ChannelId, block: number) => `chain/${channel}/${padded(block)}`,
  allRecords: 'record/',
  records: (channel: ChannelId) => `record/${channel}/`,
  record: (channel: ChannelId, seq: number) => `record/${channel}/${padded(seq)}`,
  /** By channel: the hub keeps ids apart within one channel only, and a member of another may use any. */
  place: (channel: ChannelId, record: RecordId) => `place/${channel}/${record}`,
  acknowledgements: (channel: ChannelId, record: RecordId) => `acknowledgement/${channel}/${record}/`,
  acknowledgement: (channel: ChannelId, record: RecordId, seq: number) =>
    `acknowledgement/${channel}/${record}/${padded(seq)}`,
  /** @param hash SHA-256, base64url. */
  senderCertificate: (hash: string) => `sender-certificate/${hash}`,
  openItems: 'outbox/open/',
  openItem: (record: RecordId) => `outbox/open/${record}`,
  doneItems: 'outbox/done/',
  doneItem: (record: RecordId) => `outbox/done/${record}`,
  receipt: (channel: ChannelId, seq: number) => `receipt/${channel}/${padded(seq)}`,
  checkpoint: 'log/checkpoint',
  restoration: 'log/restoration',
  logEvidence: (size: number) => `log/evidence/${padded(size)}`,
  awaitedProofs: 'log/awaited/',
  awaitedProof: (channel: ChannelId, record: RecordId) => `log/awaited/${channel}/${record}`,
  receiptProof: (channel: ChannelId, record: RecordId) => `log/proof/${channel}/${record}`,
  openedEvents: 'log/opened/',
  openedEvent: (at: string, record: RecordId) => `log/opened/${at}/${record}`,
  exportedEvents: 'log/exported/',
  exportedEvent: (at: string, record: RecordId) => `log/exported/${at}/${record}`,
  erasures: 'log/erasures',
  erasuresAwaited: 'log/erasure-awaited/',
  erasureAwaited: (channel: ChannelId, seq: number) => `log/erasure-awaited/${channel}/${padded(seq)}`,
  custodyDeposits: 'custody/deposit/',
  custodyDeposit: (channel: ChannelId, record: RecordId) => `custody/deposit/${channel}/${record}`,
  depositsSent: 'custody/sent/',
  depositSent: (channel: ChannelId, record: RecordId) => `custody/sent/${channel}/${record}`,
  depositsRefused: 'custody/refused/',
  depositRefused: (channel: ChannelId, record: RecordId) => `custody/refused/${channel}/${record}`,
  custodyBackfill: 'custody/backfill',
  custodyKeySeen: 'custody/key-seen',
  openingsNext: 'custody/openings-next',
  openingsAwaited: 'custody/openings-awaited',
  openings: 'custody/opening/',
  openingsOf: (channel: ChannelId) => `custody/opening/${channel}/`,
  opening: (channel: ChannelId, id: string) => `custody/opening/${channel}/${id}`,
  holdsNext: 'custody/holds-next',
  holdsNextOf: (channel: ChannelId) => `custody/holds-next-of/${channel}`,
  holdsAwaited: 'custody/holds-awaited',
  holds: 'custody/hold/',
  holdsOf: (channel: ChannelId) => `custody/hold/${channel}/`,
  hold: (channel: ChannelId, id: string) => `custody/hold/${channel}/${id}`,
  keyPackages: 'key-package/',
  keyPackage: (reference: string) => `key-package/${reference}`,
  /** When the hub last had no more Welcomes for this device, by its own clock. */
  welcomesAskedAt: 'welcomes-asked-at',
  joinedWelcome: (hash: string) => `welcome/${hash}`,
  alarms: 'alarm/',
  settledAlarms: 'settled-alarm/',
  settledAlarm: (at: string, id: string) => `settled-alarm/${at}/${id}`,
  alarmsOf: (channel: ChannelId | undefined, check: string) => `alarm/${channel ?? 'hub'}/${check}/`,
  /** @param place a place of the channel, or what tells alarms apart that are of none. */
  alarm: (channel: ChannelId | undefined, check: string, place: number | string) =>
    `alarm/${channel ?? 'hub'}/${check}/${typeof place === 'number' ? padded(place) : place}`,
  furtherAlarms: (channel: ChannelId | undefined, check: string) => `alarm/${channel ?? 'hub'}/${check}/further`,
} as const;

function padded(number: number): string {
  return String(number).padStart(16, '0');
}
