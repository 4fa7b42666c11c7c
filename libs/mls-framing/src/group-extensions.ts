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
  const [senders, profile, ...others] = extensions;
  if (
    senders?.extensionType !== 'external_senders' ||
    profile?.extensionType !== CHANNEL_PROFILE_EXTENSION ||
    others.length > 0
  ) {
    throw new LiaisonError(
      'malformed',
      'A channel has two group extensions: external_senders, then the channel profile.',
      { check: 'FRM-05' },
    );
  }
  return {
    externalSenderKey: decodeExternalSenders(senders.extensionData),
    profile: decodeChannelProfile(profile.extensionData),
  };
}
