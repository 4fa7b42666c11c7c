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
  'channel' | 'seq' | 'record' | 'attachment' | 'device' | 'contactPoint' | 'headerHash' | 'purpose' | 'recipients';

interface EntryType {
  readonly operation: Operation;
  readonly requires: readonly RequiredMember[];
  /** Every member of the community may read it: a fact that each must check for itself. */
  readonly isPublic?: true;
}

const RECORD = ['channel', 'seq', 'record', 'headerHash'] as const;
const ATTACHMENT = ['channel', 'record', 'attachment'] as const;

/**
 * Every act that the log knows. Article 25(2): consultation and disclosure also say why (`purpose`; for what a channel's
 * membership entitles to, the channel says it) and to whom (`recipients`); time and person every entry has.
 */
export const LOG_ENTRY_TYPES = {
  'record.stored': { operation: 'collection', requires: RECORD },
  'attachment.stored': { operation: 'collection', requires: ATTACHMENT },
  'report.received': { operation: 'collection', requires: ['contactPoint'] },

  'record.superseded': { operation: 'alteration', requires: RECORD },
  'record.withdrawn': { operation: 'alteration', requires: RECORD },
  'clock.changed': { operation: 'alteration', requires: ['channel', 'record'] },
  'retention.changed': { operation: 'alteration', requires: ['channel', 'purpose'] },

  'record.opened': { operation: 'consultation', requires: ['channel', 'record'] },
  'attachment.opened': { operation: 'consultation', requires: ATTACHMENT },
  'custody.opened': { operation: 'consultation', requires: ['channel', 'record', 'contactPoint', 'purpose'] },
  'log.read': { operation: 'consultation', requires: ['purpose'] },

  'record.delivered': { operation: 'disclosure', requires: ['channel', 'seq', 'recipients'] },
  'attachment.delivered': { operation: 'disclosure', requires: [...ATTACHMENT, 'recipients'] },
  'record.forwarded': { operation: 'disclosure', requires: ['channel', 'record', 'recipients', 'purpose'] },
  'record.granted': { operation: 'disclosure', requires: ['channel', 'record', 'recipients', 'purpose'] },
  'record.exported': { operation: 'disclosure', requires: ['channel', 'record', 'recipients', 'purpose'] },

  'match.evaluated': { operation: 'combination', requires: ['contactPoint', 'purpose'] },
  'records.linked': { operation: 'combination', requires: ['channel', 'record', 'purpose'] },

  'record.erased': { operation: 'erasure', requires: ['channel', 'record', 'purpose'] },
  'attachment.erased': { operation: 'erasure', requires: [...ATTACHMENT, 'purpose'] },
  'channel.erased': { operation: 'erasure', requires: ['channel', 'purpose'] },

  'log.started': { operation: 'administration', requires: [], isPublic: true },
  'roster.published': { operation: 'administration', requires: [], isPublic: true },
  'crl.published': { operation: 'administration', requires: ['contactPoint'], isPublic: true },
  'enrolment.invited': { operation: 'administration', requires: ['device', 'contactPoint'] },
  'enrolment.requested': { operation: 'administration', requires: ['device', 'contactPoint'] },
  'enrolment.approved': { operation: 'administration', requires: ['device', 'contactPoint'] },
  'enrolment.refused': { operation: 'administration', requires: ['device', 'contactPoint'] },
  'session.started': { operation: 'administration', requires: ['device'] },
  'session.refused': { operation: 'administration', requires: ['device'] },
  'session.ended': { operation: 'administration', requires: ['device'] },
  'key-packages.published': { operation: 'administration', requires: ['device'] },
  'key-packages.claimed': { operation: 'administration', requires: ['device'] },
  'channel.created': { operation: 'administration', requires: ['channel'] },
  'commit.ordered': { operation: 'administration', requires: ['channel', 'seq'] },
  'removal.proposed': { operation: 'administration', requires: ['channel', 'seq', 'device', 'purpose'] },
  'custody.deposited': { operation: 'administration', requires: ['channel', 'record', 'contactPoint'] },
} as const satisfies Record<string, EntryType>;

export type LogEntryType = keyof typeof LOG_ENTRY_TYPES;

export function operationOf(type: LogEntryType): Operation {
  return LOG_ENTRY_TYPES[type].operation;
}

export function requirementsOf(type: LogEntryType): readonly RequiredMember[] {
  return LOG_ENTRY_TYPES[type].requires;
}

export function isPublicType(type: LogEntryType): boolean {
  return 'isPublic' in LOG_ENTRY_TYPES[type];
}
