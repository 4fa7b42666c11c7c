import { type Clock, fromBase64url, LIMITS, toBase64url } from '#liaison/protocol';
import { parseDeviceCertificate } from '#liaison/crypto';
import type { Device } from './device.js';
import type { Hub } from './hub.js';
import { KEYS } from './keys.js';
import { jsonOf, type Transaction } from './transaction.js';

/** A KeyPackage of this device with its private halves. */
export interface StoredKeyPackage {
  readonly v: 1;
  /** base64url. */
  readonly keyPackage: string;
  readonly secrets: string;
  readonly lastResort: boolean;
  /** Milliseconds since 1970. */
  readonly notAfter: number;
}

const DAY = 24 * 3600 * 1000;
const LIFETIME = 90 * DAY;
/** Clocks differ: a KeyPackage is valid from a little before it was made. */
const EARLY = 3600 * 1000;

/** Keeps the hub supplied, so that others can add this device while it is away. */
export class KeyPackageShelf {
  constructor(
    private readonly device: Device,
    private readonly hub: Hub,
    private readonly target: number,
  ) {}

  /** Uploads when less than half of the target is left, and a last resort when there is none. */
  async replenish(): Promise<void> {
    const count = await this.hub.call('countKeyPackages');
    const wanted =
      count.oneTime * 2 < this.target ? Math.min(this.target, LIMITS.keyPackagesPerDevice) - count.oneTime : 0;
    if (wanted === 0 && count.lastResort) return;
    const { keyPackages, lastResort } = await this.device.transact(async (transaction) => {
      await forgetExpired(transaction, this.device.clock);
      return {
        keyPackages: await this.#make(transaction, wanted, false),
        lastResort: await this.#make(transaction, count.lastResort ? 0 : 1, true),
      };
    });
    const [last] = lastResort;
    await this.hub.call('addKeyPackages', {
      body: { keyPackages, ...(last === undefined ? {} : { lastResort: last }) },
    });
  }

  /** Secrets are stored before the public halves leave. */
  async #make(transaction: Transaction, count: number, lastResort: boolean): Promise<string[]> {
    const lifetime = this.#lifetime(lastResort);
    const made: string[] = [];
    for (let index = 0; index < count; index += 1) {
      const { keyPackage, secrets, reference } = await this.device.mls.createKeyPackage({
        ...this.device.signer,
        lifetime,
        lastResort,
      });
      const stored: StoredKeyPackage = {
        v: 1,
        keyPackage: toBase64url(keyPackage),
        secrets: toBase64url(secrets),
        lastResort,
        notAfter: lifetime.notAfter,
      };
      transaction.putJson(KEYS.keyPackage(reference), stored);
      made.push(stored.keyPackage);
    }
    return made;
  }

  /** No KeyPackage outlives the certificate in it. */
  #lifetime(lastResort: boolean): { notBefore: number; notAfter: number } {
    const now = Math.floor(this.device.clock.now() / 1000) * 1000;
    const { notAfter } = parseDeviceCertificate(this.device.profile.certificate);
    const wholeSecond = Math.floor(notAfter / 1000) * 1000;
    return { notBefore: now - EARLY, notAfter: Math.min(wholeSecond, now + (lastResort ? 2 : 1) * LIFETIME) };
  }
}

/** @returns the KeyPackage that a Welcome names, where this device still has it. */
export async function findKeyPackage(transaction: Transaction, references: readonly string[]) {
  for (const reference of references) {
    const stored = await transaction.getJson<StoredKeyPackage>(KEYS.keyPackage(reference));
    if (stored !== undefined) {
      return {
        reference,
        lastResort: stored.lastResort,
        keyPackage: fromBase64url(stored.keyPackage),
        secrets: fromBase64url(stored.secrets),
      };
    }
  }
  return undefined;
}

async function forgetExpired(transaction: Transaction, clock: Clock): Promise<void> {
  for (const { key, value } of await transaction.stored(KEYS.keyPackages)) {
    if ((jsonOf(value) as StoredKeyPackage).notAfter < clock.now()) transaction.delete(key);
  }
}
