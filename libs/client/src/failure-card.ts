import type { LiaisonError } from '#liaison/protocol';

/** What an officer reads where a record cannot be shown: what happened, whether content is lost, who can mend it, what is next. */
export interface FailureCard {
  /** The check that decided, such as `CLI-19`. */
  readonly check: string;
  readonly whatHappened: string;
  /** `no`: it can still be had from somebody. `here`: lost on this device only. `unknown`: nobody can tell from here. */
  readonly contentLost: 'no' | 'here' | 'unknown';
  readonly whoCanMend: string;
  readonly next: string;
}

/** Which part a fault lies in decides who can mend it. */
const BY_HUB = new Set(['CLI-05', 'CLI-06', 'CLI-10', 'CLI-11', 'CLI-12', 'CLI-13', 'CLI-15', 'CLI-95', 'CLI-97']);
const BY_RULE = new Set(['CLI-16', 'CLI-17', 'CLI-18', 'CLI-31', 'CLI-32', 'CLI-33', 'CLI-96']);

/** For a record that failed a check: an alarm has been raised as well. */
export function cardOfBreach(error: LiaisonError): FailureCard {
  const check = error.details.check ?? 'CLI-19';
  if (BY_HUB.has(check)) {
    return {
      check,
      whatHappened: error.message,
      contentLost: 'no',
      whoCanMend: 'The sender, by sending it again; the operator of the hub, by explaining it.',
      next: 'Ask the sender by telephone whether and what they sent. Report the alarm to your administrator.',
    };
  }
  if (BY_RULE.has(check) || check.startsWith('POL-')) {
    return {
      check,
      whatHappened: error.message,
      contentLost: 'no',
      whoCanMend: 'The sender, by sending it within the rules of the channel.',
      next: 'Ask the sender to send it again in a channel that may carry it. Report the alarm to your administrator.',
    };
  }
  return {
    check,
    whatHappened: error.message,
    contentLost: 'unknown',
    whoCanMend: 'The sender, by sending it again.',
    next: 'Ask the sender to send it again, and to check their device. Report the alarm to your administrator.',
  };
}

/** A record from before a device came (back): nothing is wrong, and nothing can be opened. */
export const BEFORE_JOINING: FailureCard = {
  check: 'CLI-50',
  whatHappened: 'This record was sent before this device joined with the keys that it holds now.',
  contentLost: 'here',
  whoCanMend: 'Every member that was in the channel at the time.',
  next: 'Ask for it: liaison history request. A colleague who was there can give it to you.',
};

/** A lawful record that is not for this device's officer. @param reasons in words. */
export function cardOfUnreadable(reasons: string): FailureCard {
  return {
    check: 'CLI-54',
    whatHappened: `This record is not for you to read. ${reasons}`,
    contentLost: 'here',
    whoCanMend:
      'The sender, in a channel where you may read it; your administrator, where your clearance is out of date.',
    next: 'Nothing was kept of its content on this device. Ask the sender what you need to know.',
  };
}

/** A record of an epoch that this device refused to enter. */
export function cardOfRefusedEpoch(refused: { readonly seq: number; readonly check: string }): FailureCard {
  return {
    check: 'CLI-51',
    whatHappened: `This record was sent after a change of the channel that this device refused (place ${refused.seq}, ${refused.check}).`,
    contentLost: 'here',
    whoCanMend: 'The administrators of the channel.',
    next: 'Ask an administrator to open a new channel with the right members, and the sender to send it again there.',
  };
}

/** A record of this device's own, from a state that was lost. */
export const SENT_BEFORE_LOSS: FailureCard = {
  check: 'CLI-52',
  whatHappened: 'This device sent this record itself, before it lost its local data.',
  contentLost: 'here',
  whoCanMend: 'Every other member of the channel: they can read it.',
  next: 'Ask a member to send you its content again.',
};

/** A record that an administrator had erased after its review: what was signed about it stays. */
export function cardOfErasure(erasure: {
  readonly at: string;
  readonly device: string;
  readonly purpose: string;
}): FailureCard {
  return {
    check: 'CLI-53',
    whatHappened: `Erased by retention on ${erasure.at} by ${erasure.device}: ${erasure.purpose}`,
    contentLost: 'unknown',
    whoCanMend: 'Nobody, on purpose: its content is not to be kept. Header, signature, place and log entry stay.',
    next: 'Nothing. Where it is needed after all, ask the authority that keeps the case.',
  };
}

/** A record from before this device's time that was not given to it. @param by who decides. */
export function cardOfWithheld({ by, why }: { readonly by: string; readonly why: string }): FailureCard {
  return {
    check: 'CLI-55',
    whatHappened: `Withheld from this device (${by}): ${why}`,
    contentLost: 'no',
    whoCanMend: by,
    next: 'Where you need it, ask them. Once nothing stands against it, ask for the history again.',
  };
}
