import type { ParsedGroupInfo } from '#liaison/mls-framing';
import { ChannelId, equalBytes, fromUtf8, LiaisonError } from '#liaison/protocol';
import type { AuthenticatedDevice } from '../access/authenticated-device.js';
import { requireAdministrator, requireEntitled, requireLawfulProfile, type ContactPoints } from './profile-rules.js';

/**
 * Whether a verified GroupInfo may found a channel: CHN-01 to CHN-08, CHN-16, CHN-17, CHN-19, CHN-20, CHN-32.
 * @returns the channel's id, which is the group id.
 * @throws LiaisonError `malformed`, `not-allowed`.
 */
export function requireLawfulCreation(
  group: ParsedGroupInfo,
  creator: AuthenticatedDevice,
  community: { readonly contactPoints: ContactPoints; readonly externalSenderKey: Uint8Array },
): ChannelId {
  const id = channelIdOf(group.groupId);
  if (group.epoch !== 0) throw malformed('CHN-02', 'A channel is created at epoch 0.');
  const [leaf, ...others] = group.leaves;
  const isCreators =
    others.length === 0 &&
    leaf?.certificate !== undefined &&
    equalBytes(leaf.certificate, creator.certificate) &&
    equalBytes(leaf.signatureKey, creator.publicKey);
  if (!isCreators) throw malformed('CHN-03', 'A channel is created with one member: the device that creates it.');
  requireHubAsExternalSender(group, community.externalSenderKey);
  requireLawfulProfile(group.profile, community.contactPoints);
  requireAdministrator(group.profile, creator.contactPoint);
  requireEntitled(group.profile, creator, community.contactPoints);
  return id;
}

/** @throws LiaisonError `malformed` (CHN-04). */
export function requireHubAsExternalSender(
  rules: Pick<ParsedGroupInfo, 'externalSenderKey'>,
  externalSenderKey: Uint8Array,
): void {
  if (!equalBytes(rules.externalSenderKey, externalSenderKey)) {
    throw malformed('CHN-04', 'The external sender of the group is not this hub, by the key that the roster names.');
  }
}

function channelIdOf(groupId: Uint8Array): ChannelId {
  const id = ChannelId.safeParse(fromUtf8(groupId));
  if (id.success) return id.data;
  throw malformed('CHN-01', 'The group id is not a channel id.');
}

function malformed(check: string, message: string): LiaisonError {
  return new LiaisonError('malformed', message, { check });
}
