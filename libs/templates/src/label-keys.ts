import { MARKING_AXES, REASON_CODES } from '#liaison/policy';
import {
  Caveat,
  CHANNEL_KINDS,
  ChannelRole,
  CLASSIFICATIONS,
  CONSENT_ACTS,
  ERROR_CODES,
  HandlingCode,
  Pap,
  PRIORITIES,
  RECORD_KINDS,
  RequestedClock,
  RosterContactPoint,
  Tlp,
  Translation,
} from '#liaison/protocol';
import type { Catalogue } from './catalogue.js';
import { compositeOf, leafOf } from './field-types.js';
import { COMPOSITE_TYPES, type Field, LEAF_TYPES, type Template } from './template.js';

/** States that screens name, by family: what a client shows of deadlines, consents, withdrawals, releases and deliveries. */
export const STATES = {
  clock: ['running', 'due-soon', 'overdue', 'suspended', 'extended', 'answered', 'refused', 'withdrawn'],
  consent: ['asked', 'given', 'refused', 'revoked', 'expired'],
  withdrawal: ['withdrawn', 'erased', 'destroyed', 'not-held', 'waiting'],
  fourEyes: ['needed', 'waiting', 'released', 'returned', 'sent'],
  delivery: ['queued', 'sending', 'stored', 'delivered', 'read', 'acknowledged', 'failed', 'cannot-open'],
} as const;

/** Single labels of this version: of rendered records, of checks, and of screens beside them. */
const SINGLE = {
  value: ['yes', 'no', 'since', 'until', 'fromTo', 'none', 'anybody', 'unknownCode'],
  country: ['XXA', 'XXB', 'XXC', 'XXX'],
  code: ['any.other', 'any.unknown', 'any.online'],
  evaluation: ['original', 'approximate', 'conditions', 'scheme-admiralty', 'scheme-3x5x2'],
  mark: [
    ...['title', 'classification', 'national', 'equivalent', 'handling', 'restrictions', 'tlp', 'pap', 'caveats'],
    ...['releasableTo', 'source', 'information', 'factStricter'],
  ],
  source: ['A', 'B', 'C', 'X'],
  information: ['1', '2', '3', '4'],
  channel: ['ceiling', 'exercise', 'members', 'fourEyes'],
  clock: ['due', 'left', 'daysLeft', 'late', 'profile', 'profile-eu-2023-977'],
  delivery: ['acknowledgedBy'],
  consent: ['act', 'recipients', 'to', 'until', 'ask', 'waiting'],
  withdrawal: ['reason', 'attested', 'notice'],
  fourEyes: ['author', 'officer', 'own'],
  remark: ['upgraded', 'downgraded', 'by'],
  translation: ['by', 'at', 'original', 'none', 'show', 'hide'],
  view: [
    ...['record', 'content', 'facts', 'subject', 'text', 'sender', 'channel', 'recipients', 'sentAt', 'receivedAt'],
    ...['kind', 'priority', 'clock', 'inReplyTo', 'attachments', 'template', 'derivedFrom', 'reviewDays', 'days'],
    ...['item', 'id', 'unreadable', 'release', 'sources', 'files'],
  ],
  notice: [
    ...['unknownTemplate', 'rawFacts', 'invalidFacts', 'hidden', 'shortened', 'exercise', 'notANotice', 'tooDeep'],
  ],
  problem: ['required', 'unknown', 'list', 'many', 'empty', 'code', 'group', 'template', 'facts', 'withheld'],
  doubt: ['check-digits', 'phone-national', 'phone-plan', 'wallet-network', 'vin', 'imo', 'mmsi', 'nameless'],
} as const;

/** Every key that a complete language pack has, and no other. */
export function labelKeys(catalogue: Catalogue): ReadonlySet<string> {
  return new Set([
    ...catalogue.templates().flatMap(templateKeys),
    ...COMPOSITE_TYPES.flatMap((type) => compositeOf(type)?.members ?? []).flatMap(fieldKeys),
    ...codeKeys(catalogue),
    ...Object.entries(SINGLE).flatMap(([family, names]) => names.map((name) => `${family}.${name}`)),
    ...Object.entries(STATES)
      .flatMap(([family, states]) => states.map((state) => `${family}.state.${state}`))
      .map(asDelivery),
    ...LEAF_TYPES.flatMap((type) => (leafOf(type) === undefined ? [] : [`form.${type}`])),
    'form.count-open',
    ...protocolKeys(),
  ]);
}

/** Delivery has its states without a word between. */
function asDelivery(key: string): string {
  return key.replace(/^delivery\.state\./, 'delivery.');
}

function protocolKeys(): readonly string[] {
  const families: Readonly<Record<string, readonly string[]>> = {
    classification: CLASSIFICATIONS.map(classificationName),
    handling: HandlingCode.options,
    tlp: Tlp.options,
    pap: Pap.options,
    caveat: Caveat.options,
    kind: RECORD_KINDS,
    priority: PRIORITIES,
    channel: CHANNEL_KINDS,
    role: ChannelRole.options,
    standing: RosterContactPoint.shape.status.options,
    clock: RequestedClock.shape.class.options,
    'consent.act': CONSENT_ACTS,
    translation: Translation.shape.method.options,
    'mark.axis': MARKING_AXES,
    error: Object.keys(ERROR_CODES),
    reason: REASON_CODES,
  };
  return Object.entries(families).flatMap(([family, names]) => names.map((name) => `${family}.${name}`));
}

/** `TOP SECRET` in the form that label keys have. */
export function classificationName(classification: string): string {
  return classification.replaceAll(' ', '-');
}

function templateKeys(template: Template): readonly string[] {
  return [
    `template.${template.id}`,
    `template.${template.id}.help`,
    ...template.sections.map((section) => section.label ?? `section.${section.id}`),
    ...template.sections.flatMap((section) => section.fields).flatMap(fieldKeys),
    ...(template.hints ?? []).map((hint) => hint.why),
  ];
}

function fieldKeys(field: Field): readonly string[] {
  const own = [field.label ?? `field.${field.name}`, ...(field.help === undefined ? [] : [field.help])];
  return [...own, ...(field.fields ?? []).flatMap(fieldKeys)];
}

function codeKeys(catalogue: Catalogue): readonly string[] {
  const common = new Set(SINGLE.code.map((name) => name.replace('any.', '')));
  return catalogue
    .codeLists()
    .flatMap((list) =>
      list.verbatim === true
        ? []
        : list.codes.flatMap(({ code }) => (common.has(code) ? [] : [`code.${list.id}.${code}`])),
    );
}
