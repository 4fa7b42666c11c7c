import { headerHash, recordHashes, sealBody, sealedBodySize, signingKeyFromSeed, signRecord } from '#liaison/crypto';
import { systemRandom } from '#liaison/crypto.node';
import {
  type CredentialPolicy,
  deserializeState,
  epochOf,
  type GroupState,
  loadMls,
  type Mls,
  type Signer,
} from '#liaison/mls-session';
import { parseDeviceCertificate } from '#liaison/crypto';
import {
  canonicalJson,
  type ChannelEvent,
  type ChannelId,
  concatBytes,
  type DeviceAddress,
  newId,
  RecordId,
  type RecordEnvelope,
  type RecordHeader,
  toBase64url,
  utf8,
} from '#liaison/protocol';
import type { Actor } from './actor.js';
import { positionOf } from './rewritten-history.js';

export interface Forgery {
  /** Changes of an honest header, made before it is hashed and signed. */
  readonly header?: Partial<RecordHeader>;
  readonly plaintext?: Uint8Array;
  /** What the MLS message carries; default: content key and body hash. */
  readonly keyMessage?: Uint8Array;
  /** Another device's seed to sign with. */
  readonly signingSeed?: Uint8Array;
}

/** Believes everything: what a member runs who has changed their client. */
export const CREDULOUS: CredentialPolicy = {
  validateCredential: () => ({ ok: true }),
  deviceOf: (certificate) => parseDeviceCertificate(certificate).device,
};

/** A member who has the keys of the channel and does not keep its rules. Nothing it makes goes through the true hub. */
export class Renegade {
  private constructor(
    readonly mls: Mls,
    private readonly actor: Actor,
    readonly channel: ChannelId,
    readonly group: GroupState,
    private readonly seen: RecordHeader['seen'],
  ) {}

  static async from(actor: Actor, channel: ChannelId): Promise<Renegade> {
    const stored = await actor.store.get(`group/${channel}`);
    if (stored === undefined) throw new Error(`${actor.device} has no keys of this channel.`);
    const { seq, chain } = await positionOf(actor, channel);
    return new Renegade(await loadMls(systemRandom), actor, channel, deserializeState(stored), { seq, chain });
  }

  get signer(): Signer {
    const { certificate, signingSeed } = this.actor.profile;
    return { certificate, signingSeed };
  }

  /** The authenticated data of an honest commit. */
  get authenticatedData(): Uint8Array {
    return utf8(canonicalJson(this.seen));
  }

  /** @param at when the hub says that it ordered it; default: when it is shown. */
  commitEvent(commit: Uint8Array, committer: DeviceAddress = this.actor.device, at = ''): ChannelEvent {
    const position = { channel: this.channel, seq: 1, at, chain: '' };
    return { type: 'commit', ...position, epoch: epochOf(this.group), committer, commit: toBase64url(commit) };
  }

  async forge(forgery: Forgery): Promise<RecordEnvelope> {
    const plaintext =
      forgery.plaintext ?? utf8(canonicalJson({ v: 1, type: 'content', language: 'en', subject: 'Forged' }));
    const header = utf8(canonicalJson({ ...this.#header(plaintext), ...forgery.header }));
    const { body, contentKey } = sealBody({ plaintext, header, random: systemRandom });
    const { bodyHash } = recordHashes({ header, body, mls: new Uint8Array() });
    const carried = forgery.keyMessage ?? concatBytes(contentKey, bodyHash);
    const { message } = await this.mls.encrypt(this.group, carried, headerHash(header));
    const hashes = recordHashes({ header, body, mls: message });
    const key = signingKeyFromSeed(forgery.signingSeed ?? this.actor.profile.signingSeed);
    return {
      header: new TextDecoder().decode(header),
      body: toBase64url(body),
      mls: toBase64url(message),
      signature: toBase64url(signRecord(hashes, key)),
    };
  }

  #header(plaintext: Uint8Array): RecordHeader {
    return {
      v: 1,
      id: RecordId.parse(newId({ now: () => Date.now() }, systemRandom)),
      channel: this.channel,
      epoch: epochOf(this.group),
      kind: 'message',
      sender: this.actor.device,
      sentAt: new Date().toISOString(),
      marking: { classification: 'RESTRICTED', handling: [], caveats: [] },
      priority: 'routine',
      retention: { reviewDays: 30 },
      attachments: [],
      bodySize: sealedBodySize(plaintext.length),
      seen: this.seen,
    };
  }
}
