import type { ErrorCode } from '#liaison/protocol';

/** What the command line ends with: stable, and told by `liaison --help`. */
export const EXIT = {
  done: 0,
  fault: 1,
  usage: 2,
  notFound: 3,
  refused: 4,
  unreachable: 5,
  cannotOpen: 6,
  alarm: 7,
} as const;

const EXIT_OF_ERROR: Readonly<Record<ErrorCode, number>> = {
  internal: EXIT.fault,
  usage: EXIT.usage,
  malformed: EXIT.usage,
  'too-large': EXIT.usage,
  'not-found': EXIT.notFound,
  unauthenticated: EXIT.refused,
  'second-factor-needed': EXIT.refused,
  'not-allowed': EXIT.refused,
  conflict: EXIT.refused,
  'stale-epoch': EXIT.unreachable,
  'try-again': EXIT.unreachable,
  unavailable: EXIT.unreachable,
  'cannot-open': EXIT.cannotOpen,
  'bad-signature': EXIT.alarm,
  integrity: EXIT.alarm,
};

export function exitCodeOf(code: ErrorCode): number {
  return EXIT_OF_ERROR[code];
}

export const EXIT_CODES_HELP = `Exit codes:
  0  done
  1  a fault of ours
  2  the command or its input is wrong
  3  there is no such thing, or it is not for you
  4  refused: by a rule of the channel or of the community, or the session has ended
  5  the hub cannot be reached or is busy: try again; what was written waits in the outbox
  6  cannot be opened with the keys or the passphrase at hand
  7  an alarm: a signature or the hub's story does not hold; see "liaison alarms"`;
