import { type ChannelId, type Classification, isWithin } from '#liaison/protocol';
import type { RecordDraft } from './views.js';

/** What a channel is called and about. */
export interface Naming {
  readonly title?: string;
  readonly legalBasis?: string;
  readonly caseNumber?: string;
}

/** @returns undefined for a channel without a title. */
export function titleDraft(
  channel: ChannelId,
  ceiling: Classification,
  { title, legalBasis, caseNumber }: Naming,
): RecordDraft | undefined {
  if (title === undefined) return undefined;
  return {
    channel,
    kind: 'profile',
    marking: { classification: isWithin('RESTRICTED', ceiling) ? 'RESTRICTED' : ceiling, handling: [], caveats: [] },
    body: {
      v: 1,
      type: 'channel-title',
      title,
      ...(legalBasis === undefined ? {} : { legalBasis }),
      ...(caseNumber === undefined ? {} : { caseNumber }),
    },
  };
}
