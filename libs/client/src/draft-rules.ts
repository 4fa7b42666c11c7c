import { decodeHeader, encodeHeader, LiaisonError, RecordBody, explainIssues, type RecordId } from '#liaison/protocol';
import type { MemberChannel } from './commit-desk.js';
import type { Device } from './device.js';
import { headerFor } from './encrypt-record.js';
import { contactPointsOf } from './group-policy.js';
import { fitsKind } from './kind-of-content.js';
import { postingFault } from './posting-fault.js';
import type { RecordDraft } from './views.js';

/**
 * What the other members' devices will check is refused here first, in words that help.
 * @throws LiaisonError `malformed`, `not-allowed`.
 */
export function requireSendable(
  device: Device,
  id: RecordId,
  draft: RecordDraft,
  { state, group }: MemberChannel,
): void {
  if (state.standing !== 'good' && draft.evenInDispute !== true) {
    const why =
      state.ledBack === undefined
        ? 'This channel is in dispute: see its alarms.'
        : 'This device was out of this channel and is in again: ask another member whether it is the same channel.';
    throw new LiaisonError('not-allowed', `${why} Settle it, or send in spite of it if that is what you decide.`);
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
  const fault = postingFault(header, { actor: device, profile: state.profile, members: contactPointsOf(group) });
  if (fault !== undefined) throw new LiaisonError('not-allowed', fault.message, { check: fault.check });
}
