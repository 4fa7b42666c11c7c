import { ChannelProfile, fromUtf8, utf8, type RandomSource } from '#liaison/protocol';
import sodium from 'libsodium-wrappers-sumo';
import {
  epochAuthenticator,
  type CommitChange,
  type CommitPolicy,
  type GroupState,
  type Mls,
  type NewKeyPackage,
  type Signer,
} from '../src/index.js';

/** A deterministic source: SHA-256 in counter mode over a seed, so that a failing run can be repeated. */
export function seededRandom(seed: string): RandomSource & { below(most: number): number } {
  let counter = 0;
  const block = (): Uint8Array => sodium.crypto_hash_sha256(utf8(`${seed}:${counter++}`));
  const bytes = (length: number): Uint8Array => {
    const output = new Uint8Array(length);
    for (let offset = 0; offset < length; offset += 32) output.set(block().subarray(0, length - offset), offset);
    return output;
  };
  const below = (most: number): number => new DataView(block().buffer).getUint32(0) % most;
  return { bytes, below };
}

export const PROFILE = ChannelProfile.parse({
  v: 1,
  kind: 'multilateral',
  ceiling: 'RESTRICTED',
  releasableTo: ['bg', 'hu', 'iq'],
  roles: { bg: ['administer', 'post'], hu: ['administer', 'post'], iq: ['post'] },
  retention: { reviewDays: 90 },
  custody: 'none',
  exercise: true,
  postQuantum: false,
});

/** Some moment; no test reads the clock. */
export const NOW = Date.UTC(2026, 10, 21, 18);
const DAY = 24 * 3600 * 1000;
export const LIFETIME = { notBefore: NOW - DAY, notAfter: NOW + 30 * DAY };

/** Stands for a certificate: the device's address, the certified key, and some bulk. Real ones are tested in libs/crypto. */
export function certificateFor(device: string, signingSeed: Uint8Array, serial = 1): Uint8Array {
  const { publicKey } = sodium.crypto_sign_seed_keypair(signingSeed);
  return utf8(`${device}|${serial}|${sodium.to_hex(publicKey)}|${'.'.repeat(300)}`);
}

export function deviceOf(certificate: Uint8Array): string {
  const [device, , key] = fromUtf8(certificate).split('|');
  if (device === undefined || key === undefined) throw new Error('not a certificate');
  return device;
}

/** Checks that the certificate certifies the key; accepts any commit. */
export const TRUSTING: CommitPolicy = {
  validateCredential: (certificate, signatureKey) =>
    fromUtf8(certificate).split('|')[2] === sodium.to_hex(signatureKey)
      ? { ok: true }
      : { ok: false, reason: 'The certificate is for another key.' },
  deviceOf,
  authorize: () => ({ ok: true }),
};

export interface Device extends Signer {
  readonly address: string;
  serial: number;
  state?: GroupState;
}

/** Plain commits of any number of devices, all of which follow the same order of commits, as the hub gives it. */
export class Channel {
  readonly hub = sodium.crypto_sign_seed_keypair(new Uint8Array(32).fill(7));
  readonly groupId = utf8('channel-1');
  members: Device[] = [];
  groupInfo = new Uint8Array();

  constructor(
    readonly mls: Mls,
    readonly random: RandomSource,
  ) {}

  device(address: string): Device {
    const signingSeed = this.random.bytes(32);
    return { address, serial: 1, signingSeed, certificate: certificateFor(address, signingSeed) };
  }

  async keyPackage(device: Device, lastResort = false): Promise<NewKeyPackage> {
    return this.mls.createKeyPackage({ ...device, lifetime: LIFETIME, lastResort });
  }

  async create(founder: Device): Promise<void> {
    const input = { ...founder, groupId: this.groupId, profile: PROFILE, externalSenderKey: this.hub.publicKey };
    const { state, groupInfo } = await this.mls.createGroup(input);
    founder.state = state;
    this.members = [founder];
    this.groupInfo = groupInfo as Uint8Array<ArrayBuffer>;
  }

  async add(committer: Device, joiners: readonly Device[]): Promise<CommitChange[]> {
    const packages = await Promise.all(joiners.map(async (joiner) => this.keyPackage(joiner)));
    const bytes = packages.map(({ keyPackage }) => keyPackage);
    const made = await this.mls.commitAdd(must(committer.state), bytes, TRUSTING, { at: NOW });
    const changes = await this.deliver(committer, made);
    for (const [index, joiner] of joiners.entries()) {
      const { signingSeed } = joiner;
      const invitation = { ...must(packages[index]), welcome: made.welcome, signingSeed };
      joiner.state = await this.mls.join({ ...invitation, hubKeys: [this.hub.publicKey], policy: TRUSTING });
    }
    this.members.push(...joiners);
    return changes;
  }

  async remove(committer: Device, removed: readonly Device[]): Promise<CommitChange[]> {
    const indexes = removed.map((device) => must(device.state).unsafeSecrets.privatePath.leafIndex);
    const changes = await this.deliver(committer, await this.mls.commitRemove(must(committer.state), indexes));
    this.members = this.members.filter((device) => !removed.includes(device));
    return changes;
  }

  async rejoin(device: Device): Promise<CommitChange[]> {
    delete device.state;
    const { groupInfo, hub } = this;
    const input = { ...device, groupInfo, hubKeys: [hub.publicKey], policy: TRUSTING };
    return this.deliver(device, await this.mls.rejoin(input));
  }

  /** The hub has accepted it: the committer goes on with what is pending, the others process the commit. */
  async deliver(
    committer: Device,
    made: { readonly pending: GroupState; readonly commit: Uint8Array; readonly groupInfo: Uint8Array },
  ): Promise<CommitChange[]> {
    const changes: CommitChange[] = [];
    for (const member of this.members.filter((candidate) => candidate !== committer)) {
      const processed = await this.mls.processCommit(must(member.state), made.commit, TRUSTING);
      member.state = processed.state;
      changes.push(processed.change);
    }
    committer.state = made.pending;
    this.groupInfo = made.groupInfo as Uint8Array<ArrayBuffer>;
    return changes;
  }

  /** @returns each member's epoch authenticator as hex; all must be one. */
  authenticators(): Set<string> {
    return new Set(this.members.map((member) => sodium.to_hex(epochAuthenticator(must(member.state)))));
  }
}

export function must<T>(value: T | undefined): T {
  if (value === undefined) throw new Error('a value is missing');
  return value;
}
