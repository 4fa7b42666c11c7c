import type { Extension } from 'ts-mls/extension.js';
import { LiaisonError, type ChannelProfile } from '#liaison/protocol';
import { CHANNEL_PROFILE_EXTENSION, decodeChannelProfile, encodeChannelProfile } from './channel-profile-extension.js';
import { decodeExternalSenders, encodeExternalSenders } from './external-senders.js';

/** What every GroupContext of ours says beside its keys. */
export interface GroupRules {
  readonly externalSenderKey: Uint8Array;
  readonly profile: ChannelProfile;
}

/** GroupContext extensions of a channel: the hub as external sender, then the profile; nothing else, in this order. */
export function encodeGroupRules(rules: GroupRules): Extension[] {
  return [encodeExternalSenders(rules.externalSenderKey), encodeChannelProfile(rules.profile)];
}

/** @throws LiaisonError `malformed` (FRM-05; FRM-03 and FRM-04 for the parts). */
export function decodeGroupRules(extensions: readonly Extension[]): GroupRules {
  const [, profile, ...others] = extensions;
  const externalSenderKey = externalSenderIn(extensions);
  if (profile?.extensionType !== CHANNEL_PROFILE_EXTENSION || others.length > 0) throw otherExtensions();
  return { externalSenderKey, profile: decodeChannelProfile(profile.extensionData) };
}

/** The hub's key of {@link decodeGroupRules} alone, which is asked for often. @throws LiaisonError `malformed` (FRM-04, FRM-05). */
export function externalSenderIn([senders]: readonly Extension[]): Uint8Array {
  if (senders?.extensionType !== 'external_senders') throw otherExtensions();
  return decodeExternalSenders(senders.extensionData);
}

function otherExtensions(): LiaisonError {
  const message = 'A channel has two group extensions: external_senders, then the channel profile.';
  return new LiaisonError('malformed', message, { check: 'FRM-05' });
}
