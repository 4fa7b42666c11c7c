import { cryptoReady, parseDeviceCertificate, type SigningKey, signingKeyFromSeed } from '#liaison/crypto';
import { loadMls, type Mls, type Signer } from '#liaison/mls-session';
import {
  type Classification,
  type Clock,
  contactPointOf,
  type ContactPointId,
  type DeviceAddress,
  equalBytes,
  LiaisonError,
  type RandomSource,
} from '#liaison/protocol';
import type { ClientStore } from './client-store.js';
import type { DeviceProfile } from './device-profile.js';
import { clearanceOf, deviceOf, publicKeyOf } from './group-policy.js';
import { KEYS } from './keys.js';
import { Transaction } from './transaction.js';
import type { ClientEvent } from './views.js';

export interface DevicePorts {
  readonly profile: DeviceProfile;
  readonly store: ClientStore;
  readonly clock: Clock;
  readonly random: RandomSource;
}

/** This device: who it is, its keys, its store, and what the parts of the client share. */
export class Device {
  readonly #listeners = new Set<(event: ClientEvent) => void>();
  readonly #forgetting: (() => void)[] = [];
  #known = false;
  #closed = false;
  #certificate: Uint8Array;

  private constructor(
    readonly profile: DeviceProfile,
    readonly key: SigningKey,
    readonly mls: Mls,
    private readonly store: ClientStore,
    readonly clock: Clock,
    readonly random: RandomSource,
  ) {
    this.#certificate = profile.certificate;
  }

  /** @throws LiaisonError `malformed` (CLI-60) for a profile whose parts do not belong together. */
  static async open({ profile, store, clock, random }: DevicePorts): Promise<Device> {
    await cryptoReady();
    const key = signingKeyFromSeed(profile.signingSeed);
    if (deviceOf(profile.certificate) !== profile.device || !certifies(profile.certificate, key)) {
      throw new LiaisonError('malformed', 'The parts of this device profile do not belong together.', {
        check: 'CLI-60',
      });
    }
    return new Device(profile, key, await loadMls(random), store, clock, random);
  }

  get address(): DeviceAddress {
    return this.profile.device;
  }

  get contactPoint(): ContactPointId {
    return contactPointOf(this.address);
  }

  /** As the certificate states it. */
  get clearance(): Classification {
    return clearanceOf(this.certificate);
  }

  /** DER: the newest that this device has, be it of its profile or fetched since. */
  get certificate(): Uint8Array {
    return this.#certificate;
  }

  /** @param certificate verified to be this device's, and newer. */
  take(transaction: Transaction, certificate: Uint8Array): void {
    transaction.put(KEYS.certificate, certificate);
    transaction.afterwards(() => {
      this.#certificate = certificate;
    });
  }

  get signer(): Signer {
    return { certificate: this.certificate, signingSeed: this.profile.signingSeed };
  }

  /**
   * All or nothing: what `work` puts is stored, and what it tells is told, when it succeeds.
   * @throws LiaisonError `unavailable` once this device is closed, whoever is still at work for it.
   */
  async transact<T>(work: (transaction: Transaction) => Promise<T>): Promise<T> {
    if (this.#closed) throw new LiaisonError('unavailable', 'This device was closed.');
    const { result, events } = await this.store.exclusively(async (changedElsewhere) => {
      if (changedElsewhere) for (const forget of this.#forgetting) forget();
      const transaction = new Transaction(this.store);
      if (!this.#known) await this.#requireOwnStore(transaction);
      if (!this.#known || changedElsewhere) await this.#readCertificate(transaction);
      const done = await work(transaction);
      return { result: done, events: await transaction.commit() };
    });
    for (const event of events) this.tell(event);
    return result;
  }

  /** Registers what to do when another process changed the store. */
  onChangedElsewhere(forget: () => void): void {
    this.#forgetting.push(forget);
  }

  listen(listener: (event: ClientEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => {
      this.#listeners.delete(listener);
    };
  }

  tell(event: ClientEvent): void {
    for (const listener of this.#listeners) listener(event);
  }

  get isClosed(): boolean {
    return this.#closed;
  }

  /** What has begun is ended first; after that the store is touched no more. */
  close(): Promise<void> {
    this.#closed = true;
    return this.store.close();
  }

  /** A profile that was put back may hold an older one. */
  async #readCertificate(transaction: Transaction): Promise<void> {
    const stored = await transaction.get(KEYS.certificate);
    if (stored === undefined || deviceOf(stored) !== this.address || !certifies(stored, this.key)) return;
    const isNewer = parseDeviceCertificate(stored).notBefore > parseDeviceCertificate(this.#certificate).notBefore;
    if (isNewer) this.#certificate = stored;
  }

  /** @throws LiaisonError `usage`: two devices in one store would overwrite each other's keys. */
  async #requireOwnStore(transaction: Transaction): Promise<void> {
    const owner = await transaction.getJson<{ device: string }>(KEYS.identity);
    if (owner === undefined) transaction.putJson(KEYS.identity, { v: 1, device: this.address });
    else if (owner.device !== this.address) {
      throw new LiaisonError('usage', `This store belongs to ${owner.device}, not to ${this.address}.`);
    }
    transaction.afterwards(() => {
      this.#known = true;
    });
  }
}

function certifies(certificate: Uint8Array, key: SigningKey): boolean {
  return equalBytes(publicKeyOf(certificate), key.publicKey);
}
