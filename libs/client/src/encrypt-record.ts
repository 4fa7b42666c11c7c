import { headerHash, recordHashes, sealBody, sealedBodySize, signRecord } from '#liaison/crypto';
import type { GroupState } from '#liaison/mls-session';
import {
  encodeBody,
  encodeHeader,
  type RecordHeader,
  type RecordId,
  timestampOf,
  toBase64url,
  utf8,
} from '#liaison/protocol';
import type { ChannelState } from './channel-state.js';
import type { Device } from './device.js';
import type { Attempt } from './outbox-item.js';
import { keyMessage } from './record-pipeline.js';
import { seenBy } from './seen-position.js';
import type { RecordDraft } from './views.js';

/** The header of a draft, for the epoch and the history that the channel is at. */
export function headerFor(device: Device, id: RecordId, draft: RecordDraft, state: ChannelState): RecordHeader {
  return {
    v: 1,
    id,
    channel: draft.channel,
    epoch: state.epoch,
    kind: draft.kind,
    sender: device.address,
    sentAt: timestampOf(device.clock),
    marking: draft.marking,
    ...(draft.releasableTo === undefined ? {} : { releasableTo: [...draft.releasableTo] }),
    priority: draft.priority ?? 'routine',
    ...(draft.inReplyTo === undefined ? {} : { inReplyTo: draft.inReplyTo }),
    ...(draft.clock === undefined ? {} : { clock: draft.clock }),
    ...(draft.derivedFrom === undefined ? {} : { derivedFrom: [...draft.derivedFrom] }),
    ...(draft.consent === undefined ? {} : { consent: draft.consent }),
    ...(draft.release === undefined ? {} : { release: draft.release }),
    ...(state.profile.exercise ? { exercise: true } : {}),
    ...(draft.history === undefined ? {} : { history: draft.history }),
    retention: { reviewDays: draft.reviewDays ?? state.profile.retention.reviewDays },
    attachments: [],
    bodySize: sealedBodySize(encodeBody(draft.body).length),
    seen: seenBy(state),
  };
}

/**
 * Seals, encrypts and signs a draft for the channel's epoch.
 * @returns with the group state that has used up a sending key: store it before the envelope leaves.
 */
export async function encryptRecord(
  device: Device,
  id: RecordId,
  draft: RecordDraft,
  channel: { readonly state: ChannelState; readonly group: GroupState },
): Promise<{ readonly attempt: Attempt; readonly group: GroupState }> {
  const header = encodeHeader(headerFor(device, id, draft, channel.state));
  const headerBytes = utf8(header);
  const { body, contentKey } = sealBody({
    plaintext: encodeBody(draft.body),
    header: headerBytes,
    random: device.random,
  });
  const { bodyHash } = recordHashes({ header: headerBytes, body, mls: new Uint8Array() });
  const encrypted = await device.mls.encrypt(channel.group, keyMessage(contentKey, bodyHash), headerHash(headerBytes));
  const hashes = recordHashes({ header: headerBytes, body, mls: encrypted.message });
  const envelope = {
    header,
    body: toBase64url(body),
    mls: toBase64url(encrypted.message),
    signature: toBase64url(signRecord(hashes, device.key)),
  };
  const attempt: Attempt = {
    envelope,
    epoch: channel.state.epoch,
    contentKey: toBase64url(contentKey),
    headerHash: toBase64url(hashes.headerHash),
    bodyHash: toBase64url(hashes.bodyHash),
    mlsHash: toBase64url(hashes.mlsHash),
  };
  return { attempt, group: encrypted.state };
}
