import {
  decodeHeader,
  encodeHeader,
  isWithin,
  LiaisonError,
  RecordBody,
  explainIssues,
  type RecordId,
} from '#liaison/protocol';
import type { ChannelState } from './channel-state.js';
import type { Device } from './device.js';
import { headerFor } from './encrypt-record.js';
import { fitsKind, mayPost } from './record-pipeline.js';
import type { RecordDraft } from './views.js';

/**
 * What the other members' devices will check is refused here first, in words that help.
 * @throws LiaisonError `malformed`, `not-allowed`.
 */
export function requireSendable(device: Device, id: RecordId, draft: RecordDraft, state: ChannelState): void {
  if (state.standing !== 'good' && draft.evenInDispute !== true) {
    throw new LiaisonError(
      'not-allowed',
      'This channel is in dispute: see its alarms. Settle it, or send in spite of it if that is what you decide.',
    );
  }
  const body = RecordBody.safeParse(draft.body);
  if (!body.success)
    throw new LiaisonError('malformed', `The content is not valid: ${explainIssues(body.error)}.`, { check: 'BDY-01' });
  const header = decodeHeader(encodeHeader(headerFor(device, id, draft, state)));
  if (!fitsKind(header, body.data)) {
    const message =
      'Kind and content do not fit: what says something of another record is a subject alone; an acknowledgement names a record; a title is of kind profile.';
    throw new LiaisonError('malformed', message, { check: 'CLI-21' });
  }
  if (!mayPost(header, state.profile))
    throw new LiaisonError('not-allowed', 'Your contact point may not post in this channel.', { check: 'CLI-18' });
  if (!isWithin(header.marking.classification, state.profile.ceiling)) {
    throw new LiaisonError('not-allowed', `This channel carries nothing above ${state.profile.ceiling}.`, {
      check: 'CLI-16',
    });
  }
  const outside = header.releasableTo?.filter((point) => !state.profile.releasableTo.includes(point)) ?? [];
  if (outside.length > 0) {
    throw new LiaisonError('not-allowed', `These contact points are not in the channel: ${outside.join(', ')}.`, {
      check: 'CLI-17',
    });
  }
}
