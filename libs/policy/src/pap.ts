import type { PapColour } from './marking-order.js';

/** What an officer may do about a suspect, an account or a platform with the information. */
export const PAP_ACTIONS = ['passive', 'third-party', 'active', 'any'] as const;
export type PapAction = (typeof PAP_ACTIONS)[number];

const PERMITTED: Readonly<Record<PapColour, readonly PapAction[]>> = {
  /** Nothing that the other side could notice. */
  RED: ['passive'],
  /** Checks through services of third parties, which do not show who asks. */
  AMBER: ['passive', 'third-party'],
  /** Approaching the platform, blocking, a request to it. */
  GREEN: ['passive', 'third-party', 'active'],
  CLEAR: PAP_ACTIONS,
};

/** Permissible Actions Protocol. Without a mark: what GREEN permits, under the law and no further. */
export function permittedActions(pap: PapColour | undefined): readonly PapAction[] {
  return PERMITTED[pap ?? 'GREEN'];
}
