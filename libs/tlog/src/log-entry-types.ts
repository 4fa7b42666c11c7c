/** The six operations that Directive (EU) 2016/680 article 25(1) wants logged, and what keeps them lawful (article 29). */
export const OPERATIONS = [
  'collection',
  'alteration',
  'consultation',
  'disclosure',
  'combination',
  'erasure',
  'administration',
] as const;
export type Operation = (typeof OPERATIONS)[number];

/** Members that a type cannot do without, beside those that every entry has. */
export type RequiredMember =
  | 'channel'
  | 'seq'
  | 'record'
  | 'about'
  | 'device'
  | 'contactPoint'
  | 'headerHash'
  | 'purpose'
  | 'sources'
  | 'consent'
  | 'recipients';

interface EntryType {
  readonly operation: Operation;
  readonly requires: readonly RequiredMember[];
  /** Every member of the community may read it: a fact that each must check for itself. */
  readonly isPublic?: true;
  /** Names a record that has an entry of its own: it takes no place in the channel. */
  readonly isAfterwards?: true;
}

/** The entry of a record's place in its channel: there is one for each. */
const RECORD = ['channel', 'seq', 'record', 'headerHash'] as const;
const ABOUT = [...RECORD, 'about'] as const;
const CONSENT = [...ABOUT, 'consent'] as const;
const MADE_OF = [...RECORD, 'sources', 'recipients'] as const;

/**
 * Every act that the log knows. Article 25(2): consultation and disclosure also say why (`purpose`; for what a channel's
 * membership entitles to, the channel says it) and to whom (`recipients`); time and person every entry has.
 */
export const LOG_ENTRY_TYPES = {
  'record.stored': { operation: 'collection', requires: RECORD },

  'record.remarked': { operation: 'alteration', requires: ABOUT },
  'record.withdrawn': { operation: 'alteration', requires: ABOUT },
  'consent.asked': { operation: 'alteration', requires: CONSENT },
  'consent.given': { operation: 'alteration', requires: CONSENT },
  'consent.refused': { operation: 'alteration', requires: CONSENT },
  'consent.revoked': { operation: 'alteration', requires: CONSENT },

  'record.acknowledged': { operation: 'consultation', requires: ABOUT },
  'record.opened': { operation: 'consultation', requires: ['channel', 'record'] },
  'custody.opened': { operation: 'consultation', requires: ['channel', 'record', 'contactPoint', 'purpose'] },
  'log.read': { operation: 'consultation', requires: ['purpose'] },

  'record.forwarded': { operation: 'disclosure', requires: MADE_OF },
  'record.delivered': { operation: 'disclosure', requires: ['channel', 'seq', 'recipients'] },
  'record.granted': {
    operation: 'disclosure',
    requires: [...RECORD, 'recipients', 'purpose'],
    isAfterwards: true,
  },
  'record.exported': { operation: 'disclosure', requires: ['channel', 'record', 'recipients', 'purpose'] },

  'record.compiled': { operation: 'combination', requires: MADE_OF },

  'record.erased': { operation: 'erasure', requires: ['channel', 'record', 'purpose'] },
  'erasure.attested': { operation: 'erasure', requires: ABOUT },

  'log.started': { operation: 'administration', requires: [], isPublic: true },
  'roster.published': { operation: 'administration', requires: [], isPublic: true },
  'crl.published': { operation: 'administration', requires: ['contactPoint'], isPublic: true },
  'sign-in-policy.published': { operation: 'administration', requires: ['contactPoint'], isPublic: true },
  'second-factor.registered': { operation: 'administration', requires: ['device'] },
  'second-factor.removed': { operation: 'administration', requires: ['device'] },
  'second-factor.proved': { operation: 'administration', requires: ['device'] },
  'second-factor.refused': { operation: 'administration', requires: ['device'] },
  'second-factor.locked-out': { operation: 'administration', requires: ['device'] },
  'second-factor.allowed': { operation: 'administration', requires: ['device', 'contactPoint'] },
  'second-factor.reset': { operation: 'administration', requires: ['device', 'contactPoint'] },
  'enrolment.invited': { operation: 'administration', requires: ['device', 'contactPoint'] },
  'enrolment.requested': { operation: 'administration', requires: ['device', 'contactPoint'] },
  'enrolment.approved': { operation: 'administration', requires: ['device', 'contactPoint'] },
  'enrolment.refused': { operation: 'administration', requires: ['device', 'contactPoint'] },
  'enrolment.renewal-requested': { operation: 'administration', requires: ['device', 'contactPoint'] },
  'enrolment.renewed': { operation: 'administration', requires: ['device', 'contactPoint'] },
  'session.started': { operation: 'administration', requires: ['device'] },
  'session.refused': { operation: 'administration', requires: ['device'] },
  'session.ended': { operation: 'administration', requires: ['device'] },
  'officer.locked': { operation: 'administration', requires: ['device', 'contactPoint', 'purpose'] },
  'officer.unlocked': { operation: 'administration', requires: ['device', 'contactPoint', 'purpose'] },
  'key-packages.published': { operation: 'administration', requires: ['device'] },
  'key-packages.claimed': { operation: 'administration', requires: ['device'] },
  'channel.created': { operation: 'administration', requires: ['channel'] },
  'channel.changed': { operation: 'administration', requires: ['channel', 'seq', 'purpose'] },
  'channel.roles': { operation: 'administration', requires: ['channel', 'seq', 'contactPoint', 'purpose'] },
  'channel.handed-over': { operation: 'administration', requires: ['channel', 'seq', 'contactPoint', 'purpose'] },
  'channel.closed': { operation: 'administration', requires: ['channel', 'seq', 'purpose'] },
  'channel.reopened': { operation: 'administration', requires: ['channel', 'seq', 'purpose'] },
  'channel.left': { operation: 'administration', requires: ['channel', 'seq', 'device', 'purpose'] },
  'commit.ordered': { operation: 'administration', requires: ['channel', 'seq'] },
  'removal.proposed': { operation: 'administration', requires: ['channel', 'seq', 'device', 'purpose'] },
  'channel.titled': { operation: 'administration', requires: RECORD },
  'record.released': { operation: 'administration', requires: ABOUT },
  'templates.published': { operation: 'administration', requires: RECORD },
  'custody.deposited': { operation: 'administration', requires: ['channel', 'record', 'contactPoint'] },
  'custody.requested': { operation: 'administration', requires: ['channel', 'contactPoint', 'purpose'] },
  'custody.approved': { operation: 'administration', requires: ['channel', 'contactPoint'] },
  'hold.placed': { operation: 'administration', requires: ['channel', 'contactPoint', 'purpose'] },
  'hold.lifted': { operation: 'administration', requires: ['channel', 'contactPoint', 'purpose'] },
} as const satisfies Record<string, EntryType>;

export type LogEntryType = keyof typeof LOG_ENTRY_TYPES;

/** Types of which one is the entry of each record: they have its header hash, and its place is theirs. */
export type RecordEntryType = {
  [Type in LogEntryType]: (typeof LOG_ENTRY_TYPES)[Type] extends { readonly isAfterwards: true }
    ? never
    : 'headerHash' extends (typeof LOG_ENTRY_TYPES)[Type]['requires'][number]
      ? Type
      : never;
}[LogEntryType];

const RECORD_TYPES: ReadonlySet<string> = new Set(
  Object.entries(LOG_ENTRY_TYPES).flatMap(([type, entry]) =>
    entry.requires.some((member) => member === 'headerHash') && !('isAfterwards' in entry) ? [type] : [],
  ),
);

/** Whether an entry of this type is that of a record's place in its channel: of an event that the hub ordered. */
export function isRecordType(type: LogEntryType): type is RecordEntryType {
  return RECORD_TYPES.has(type);
}

export function operationOf(type: LogEntryType): Operation {
  return LOG_ENTRY_TYPES[type].operation;
}

export function requirementsOf(type: LogEntryType): readonly RequiredMember[] {
  return LOG_ENTRY_TYPES[type].requires;
}

export function isPublicType(type: LogEntryType): boolean {
  return 'isPublic' in LOG_ENTRY_TYPES[type];
}
