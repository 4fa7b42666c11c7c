import type { Reason, ReasonCode, ReasonValues } from './decision.js';

/** The values that each reason has, by name: what a label may use. Lists are contact points or names, in order. */
export const REASON_VALUES: Readonly<Record<ReasonCode, readonly string[]>> = {
  'above-ceiling': ['classification', 'ceiling'],
  'above-clearance': ['classification', 'clearance'],
  'already-withdrawn': [],
  'asylum-origin': ['contactPoints'],
  'asylum-seeker': ['originators', 'contactPoints'],
  'channel-closed': ['kind'],
  'clearance-below-ceiling': ['clearance', 'ceiling'],
  'consent-answers': [],
  'contact-point-inactive': ['contactPoint', 'status'],
  'death-penalty': ['originators', 'contactPoints'],
  'exercise-mixed': [],
  'export-above-restricted': ['classification'],
  'fact-marked-stricter': ['pointer', 'axes'],
  'handling-h1': ['originators'],
  'handling-h2': ['originators', 'contactPoints'],
  'handling-text-too-long': ['characters', 'most'],
  'history-rule': ['rule', 'originators'],
  'mark-too-lax': ['axes'],
  minor: ['originators'],
  'national-understated': ['nationalMarking', 'rank', 'classification'],
  'no-agreement': ['classification', 'originator', 'contactPoints'],
  'no-national-term': ['country', 'classification'],
  'no-role': ['contactPoint', 'role'],
  'not-entitled': [],
  'not-originator': ['contactPoint', 'originators'],
  'not-releasable': ['contactPoints'],
  'not-withdrawable': ['kind'],
  'origin-unknown': [],
  'outside-releasability': ['originators', 'contactPoints'],
  'release-authority': ['device'],
  'release-content': [],
  'release-missing': [],
  'release-same-officer': ['device'],
  'release-signature': ['device'],
  tlp: ['tlp', 'originators', 'contactPoints'],
  'too-many-sources': ['most'],
  'unlisted-marking': ['nationalMarking', 'country'],
  'victim-consent': ['originators'],
  withdrawn: [],
  'wrong-form': ['kind'],
};

type Say = (word: (name: string) => string) => string;

/** One sentence a code: what stands against it, and what would help. */
const SENTENCES: Readonly<Record<ReasonCode, Say>> = {
  'above-ceiling': (is) => `${is('classification')} is above the ceiling of this channel, ${is('ceiling')}.`,
  'above-clearance': (is) => `${is('classification')} is above the clearance of this device, ${is('clearance')}.`,
  'already-withdrawn': () => 'Its originator has withdrawn it already.',
  'asylum-origin': (is) =>
    `It concerns somebody who seeks asylum from ${is('contactPoints')}: nothing of it goes there.`,
  'asylum-seeker': (is) =>
    `It concerns somebody who seeks asylum: ${is('originators')} must consent before it goes to ${is('contactPoints')}.`,
  'channel-closed': (is) =>
    `This channel is closed: nobody posts a record of kind ${is('kind')} in it. Its administrators can reopen it.`,
  'clearance-below-ceiling': (is) =>
    `A clearance of ${is('clearance')} is below what the channel may carry, ${is('ceiling')}.`,
  'consent-answers': () =>
    'It must name the request that it answers, or the consent that it revokes, on the same record.',
  'contact-point-inactive': (is) => `The contact point ${is('contactPoint')} is ${is('status')}.`,
  'death-penalty': (is) =>
    `Not for states that retain the death penalty: ${is('originators')} must consent before it goes to ${is('contactPoints')}.`,
  'exercise-mixed': () => 'What is of an exercise and what is real never stand in one channel, nor in one record.',
  'export-above-restricted': (is) =>
    `${is('classification')} leaves this system to a partner only under a security agreement with that partner.`,
  'fact-marked-stricter': (is) => `A fact (${is('pointer')}) is marked more strictly than the whole: ${is('axes')}.`,
  'handling-h1': (is) => `H1: not in judicial proceedings without the consent of ${is('originators')}.`,
  'handling-h2': (is) => `H2: not to ${is('contactPoints')} without the consent of ${is('originators')}.`,
  'handling-text-too-long': (is) =>
    `The restrictions of all sources together have ${is('characters')} characters; a record has room for ${is('most')}. Pass on fewer sources at a time.`,
  'history-rule': (is) =>
    `The rule for history (${is('rule')}) does not give what ${is('originators')} sent to those who come later.`,
  'mark-too-lax': (is) => `The mark is less strict than what it is made of: ${is('axes')}.`,
  minor: (is) => `It concerns a minor: personal facts are exported only with the consent of ${is('originators')}.`,
  'national-understated': (is) =>
    `“${is('nationalMarking')}” ranks as ${is('rank')}, and the record is marked ${is('classification')} only.`,
  'no-agreement': (is) =>
    `There is no security agreement up to ${is('classification')} in force between ${is('originator')} and ${is('contactPoints')}.`,
  'no-national-term': (is) => `${is('country')} has no listed marking for ${is('classification')}.`,
  'no-role': (is) => `In this channel ${is('contactPoint')} may not ${is('role')}.`,
  'not-entitled': () => 'A record that it names does not exist, or is not for you.',
  'not-originator': (is) => `Only the originator, ${is('originators')}, may do this; not ${is('contactPoint')}.`,
  'not-releasable': (is) => `It is not releasable to ${is('contactPoints')}.`,
  'not-withdrawable': (is) => `A record of kind ${is('kind')} is not withdrawn or marked anew.`,
  'origin-unknown': () =>
    'It was passed on from a channel that this device cannot read, so it cannot tell whose information it is.',
  'outside-releasability': (is) =>
    `It was not released to ${is('contactPoints')}: ${is('originators')} must consent first.`,
  'release-authority': (is) =>
    `${is('device')} cannot release it: only an officer or administrator of the sender's contact point with a valid certificate can.`,
  'release-content': () => 'What was sent is not what the second officer released.',
  'release-missing': () => 'A second officer of your contact point must release it first (four eyes).',
  'release-same-officer': (is) => `${is('device')} wrote it: another officer must release it.`,
  'release-signature': (is) => `The release does not carry the signature of ${is('device')}.`,
  tlp: (is) => `TLP:${is('tlp')}: not to ${is('contactPoints')} without the consent of ${is('originators')}.`,
  'too-many-sources': (is) => `It goes back to more than ${is('most')} records. Start from the originals.`,
  'unlisted-marking': (is) =>
    `“${is('nationalMarking')}” is no listed marking of ${is('country')}: nothing counts as equivalent to it.`,
  'victim-consent': (is) =>
    `A victim must have agreed: personal facts are exported only with the consent of ${is('originators')}.`,
  withdrawn: () => 'Its originator has withdrawn it.',
  'wrong-form': (is) =>
    `A record of kind ${is('kind')} needs other parts than these, or is in reply to something else.`,
};

/** Plain English; other languages have a label `reason.<code>` in libs/templates. */
export function explainReason({ code, values }: Reason): string {
  return SENTENCES[code]((name) => wordOf(values, name));
}

export function explainReasons(reasons: readonly Reason[]): string {
  return reasons.map(explainReason).join(' ');
}

function wordOf(values: ReasonValues, name: string): string {
  const value = values[name];
  if (value === undefined) return '?';
  if (typeof value === 'string' || typeof value === 'number') return String(value);
  return value.length === 0 ? 'anybody' : value.join(', ');
}
