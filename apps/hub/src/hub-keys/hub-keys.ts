import { createPrivateKey, createPublicKey, hkdfSync, type KeyObject } from 'node:crypto';
import { signingKeyFromSeed, type SigningKey } from '#liaison/crypto';
import { equalBytes, type Roster, toBase64url } from '#liaison/protocol';

/** PKCS #8 of an Ed25519 key (RFC 8410 section 7) up to its seed. */
const PKCS8_PREFIX = Buffer.from('302e020100300506032b657004220420', 'hex');

/** The hub's own keys. None of them can add a contact point, an officer or a device, or read anything. */
export class HubKeys {
  /** Signs session tokens. */
  readonly tokenPrivateKey: KeyObject;
  readonly tokenPublicKey: KeyObject;
  /** Authenticates sign-in nonces: 32 bytes. */
  readonly challengeKey: Uint8Array;
  /** May propose the removal of a member of a channel, nothing else. */
  readonly externalSenderKey: SigningKey;
  /** What takes its place when the roster says so: each channel names the one or the other. */
  readonly nextExternalSenderKey: SigningKey | undefined;
  /** Signs checkpoints of the log, nothing else: a note has no other domain separation than its text. */
  readonly logKey: SigningKey;
  /** What will be the log key: signs checkpoints beside it, and becomes it when the roster says so. */
  readonly nextLogKey: SigningKey | undefined;

  /** @param seeds Ed25519 seeds of 32 bytes. */
  constructor(seeds: {
    readonly token: Uint8Array;
    readonly externalSender: Uint8Array;
    readonly log: Uint8Array;
    readonly nextExternalSender?: Uint8Array | undefined;
    readonly nextLog?: Uint8Array | undefined;
  }) {
    this.tokenPrivateKey = createPrivateKey({
      key: Buffer.concat([PKCS8_PREFIX, seeds.token]),
      format: 'der',
      type: 'pkcs8',
    });
    this.tokenPublicKey = createPublicKey(this.tokenPrivateKey);
    this.challengeKey = new Uint8Array(hkdfSync('sha256', seeds.token, '', 'liaison challenge v1', 32));
    this.externalSenderKey = signingKeyFromSeed(seeds.externalSender);
    this.nextExternalSenderKey = seeds.nextExternalSender && signingKeyFromSeed(seeds.nextExternalSender);
    this.logKey = signingKeyFromSeed(seeds.log);
    this.nextLogKey = seeds.nextLog && signingKeyFromSeed(seeds.nextLog);
  }

  /** What this hub says that it is: of the keys that it has those which the newest roster names. */
  namedBy(hub: Partial<Roster['hub']> = {}): { readonly externalSenderKey: SigningKey; readonly logKey: SigningKey } {
    const isNamed = (next: SigningKey | undefined, name: string | undefined): next is SigningKey =>
      next !== undefined && toBase64url(next.publicKey) === name;
    const { externalSenderKey, nextExternalSenderKey, logKey, nextLogKey } = this;
    return {
      externalSenderKey: isNamed(nextExternalSenderKey, hub.externalSenderKey)
        ? nextExternalSenderKey
        : externalSenderKey,
      logKey: isNamed(nextLogKey, hub.logKey) ? nextLogKey : logKey,
    };
  }

  /** @param publicKey as a channel or the roster names it. @returns undefined for one that this hub does not have. */
  externalSender(publicKey: Uint8Array): SigningKey | undefined {
    return [this.externalSenderKey, this.nextExternalSenderKey].find(
      (key) => key && equalBytes(key.publicKey, publicKey),
    );
  }
}
