import {
  type ChannelProfile,
  type ConsentTerms,
  contactPointOf,
  type DeviceAddress,
  isWithin,
  type Marking,
  officerOf,
  PRIORITIES,
  type Priority,
  type RecordKind,
} from '#liaison/protocol';
import { decide, reason, type Decision } from './decision.js';

/**
 * What needs no second officer: it says nothing new, or it is urgent that it can be said alone (a withdrawal), or others sign it
 * (templates, which the co-chairs sign).
 */
const ALONE: readonly RecordKind[] = ['acknowledgement', 'erasure', 'profile', 'withdrawal', 'template'];

/** Four eyes. In a home channel that is one contact point's alone nothing is released to anybody. */
export function needsSecondOfficer(
  { kind: channelKind, fourEyes, releasableTo }: Pick<ChannelProfile, 'kind' | 'fourEyes' | 'releasableTo'>,
  record: {
    readonly kind: RecordKind;
    readonly marking: Pick<Marking, 'classification'>;
    readonly priority: Priority;
    readonly consent?: ConsentTerms | undefined;
    /** Of kind `marking`: whether it leaves nothing allowed that was not. */
    readonly tightens?: boolean;
  },
): boolean {
  const isHome = channelKind === 'home' && releasableTo.length === 1;
  if (fourEyes === undefined || isHome || takesBack(record)) return false;
  const { classification, priority } = fourEyes;
  const marked = classification !== undefined && isWithin(classification, record.marking.classification);
  const pressing = priority !== undefined && PRIORITIES.indexOf(record.priority) >= PRIORITIES.indexOf(priority);
  return marked || pressing;
}

/** Whoever says no, or less than before, is not made to wait. */
function takesBack(record: {
  readonly kind: RecordKind;
  readonly consent?: ConsentTerms | undefined;
  readonly tightens?: boolean;
}): boolean {
  const { kind, consent, tightens = false } = record;
  const isRefusal = kind === 'consent' && (consent?.state === 'revoked' || consent?.state === 'refused');
  return ALONE.includes(kind) || isRefusal || (kind === 'marking' && tightens);
}

/** Duties whose holders release. */
const RELEASING: readonly string[] = ['officer', 'administrator'];

/** @param duties of the certificate with which `by` signed, verified elsewhere. */
export function mayRelease(context: {
  readonly sender: DeviceAddress;
  readonly by: DeviceAddress;
  readonly duties: readonly string[];
  readonly clearance: Marking['classification'];
  readonly marking: Pick<Marking, 'classification'>;
}): Decision {
  const { sender, by, duties, clearance, marking } = context;
  const { classification } = marking;
  const another = officerOf(by) !== officerOf(sender);
  const entitled = contactPointOf(by) === contactPointOf(sender) && duties.some((duty) => RELEASING.includes(duty));
  return decide([
    another ? undefined : reason('release-same-officer', { device: by }),
    entitled ? undefined : reason('release-authority', { device: by }),
    isWithin(classification, clearance) ? undefined : reason('above-clearance', { classification, clearance }),
  ]);
}
