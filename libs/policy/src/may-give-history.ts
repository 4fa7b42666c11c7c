import {
  type ChannelProfile,
  hasRole,
  HISTORY_BY_DEFAULT,
  type HistoryRule,
  isWithin,
  type RecordHeader,
  type RecordKind,
} from '#liaison/protocol';
import type { Actor } from './actor.js';
import { consentedRecipients } from './coverage.js';
import { allOf, decide, reason, type Decision, type Reason } from './decision.js';
import { mayGrant, type PassingOn } from './may-pass-on.js';
import type { Source } from './source.js';

export interface GivingHistory extends Omit<PassingOn, 'recipients'> {
  readonly source: Source;
  readonly kind: RecordKind;
  /** The record's own, as marked now. */
  readonly classification: RecordHeader['marking']['classification'];
  /** Of the record's header: what it adds to the channel's rule. */
  readonly history?: HistoryRule | undefined;
  readonly profile: ChannelProfile;
  /** Milliseconds since 1970: when the hub stored the record. */
  readonly storedAt: number;
  /** Who is to read it. */
  readonly recipient: Actor;
}

/** A record from before its reader's time: by the rules for history, by its marks and consents, by who is to read it. */
export function mayGiveHistory(context: GivingHistory): Decision {
  const { recipient, profile, classification } = context;
  const { contactPoint, clearance } = recipient;
  return allOf([
    decide([
      againstRules(context),
      isWithin(classification, clearance) ? undefined : reason('above-clearance', { classification, clearance }),
      hasRole(profile, contactPoint, 'read') ? undefined : reason('no-role', { contactPoint, role: 'read' }),
    ]),
    mayGrant({ ...context, recipients: [contactPoint] }),
  ]);
}

/** What was said of a record goes where the record goes: without its consents and marks nobody could heed them. */
const SAID_OF_OTHERS: readonly RecordKind[] = ['consent', 'marking', 'withdrawal'];

/** The channel's rule and the record's own: each has to let it through. One's own information is one's own to give. */
function againstRules(context: GivingHistory): Reason | undefined {
  const { source, kind, actor, profile, history } = context;
  const { originators } = source;
  if (SAID_OF_OTHERS.includes(kind)) return undefined;
  if (originators.every((originator) => originator === actor.contactPoint)) return undefined;
  const rules = [profile.history ?? HISTORY_BY_DEFAULT, ...(history === undefined ? [] : [history])];
  const against = rules.find((rule) => !lets(rule, context));
  return against === undefined ? undefined : reason('history-rule', { rule: nameOf(against), originators });
}

function lets(rule: HistoryRule, { source, actor, recipient, storedAt }: GivingHistory): boolean {
  switch (rule.rule) {
    case 'full':
      return true;
    case 'from-date':
      return storedAt >= Date.parse(rule.date);
    case 'per-item':
      return consentedRecipients(source, 'grant', actor.contactPoint)(recipient.contactPoint);
    case 'from-join':
      return false;
  }
}

function nameOf(rule: HistoryRule): string {
  return rule.rule === 'from-date' ? `${rule.rule} ${rule.date.slice(0, 10)}` : rule.rule;
}
