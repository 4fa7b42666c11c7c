import type { Extension } from 'ts-mls/extension.js';
import { canonicalJson, ChannelProfile, fromUtf8, LiaisonError, parseCanonicalJson, utf8 } from '#liaison/protocol';

/** RFC 9420 section 17.3: a private-use extension type. Its data is the canonical JSON of a {@link ChannelProfile}. */
export const CHANNEL_PROFILE_EXTENSION = 0xf0a1;

export function encodeChannelProfile(profile: ChannelProfile): Extension {
  return { extensionType: CHANNEL_PROFILE_EXTENSION, extensionData: utf8(canonicalJson(profile)) };
}

/** @throws LiaisonError `malformed` (FRM-03). */
export function decodeChannelProfile(extensionData: Uint8Array): ChannelProfile {
  const parsed = ChannelProfile.safeParse(parseCanonicalJson(fromUtf8(extensionData)));
  if (!parsed.success)
    throw new LiaisonError('malformed', 'The channel profile does not have the documented form.', { check: 'FRM-03' });
  return parsed.data;
}
