import { type Clock, fromBase64url, LiaisonError, LIMITS, toBase64url } from '#liaison/protocol';
import { parseDeviceCertificate } from '#liaison/crypto';
import type { Device } from './device.js';
import type { Hub } from './hub.js';
import type { RouteInput } from './hub-transport.js';
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
  readonly madeAt: number;
  readonly notAfter: number;
}

/** The public half, base64url. */
interface Made {
  readonly reference: string;
  readonly keyPackage: string;
}

const DAY = 24 * 3600 * 1000;
const LIFETIME = 90 * DAY;
/** Own KeyPackages of which the private halves are kept, taken or not. */
const MOST_KEPT = 200;
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
      await forgetOld(transaction, this.device.clock, wanted + (count.lastResort ? 0 : 1));
      return {
        keyPackages: await this.#make(transaction, wanted, false),
        lastResort: await this.#make(transaction, count.lastResort ? 0 : 1, true),
      };
    });
    await this.#upload([...keyPackages, ...lastResort], {
      keyPackages: keyPackages.map(({ keyPackage }) => keyPackage),
      ...(lastResort[0] && { lastResort: lastResort[0].keyPackage }),
    });
  }

  /** Of what the hub refuses nothing is kept: it would push out those that it holds. */
  async #upload(made: readonly Made[], body: RouteInput<'addKeyPackages'>['body']): Promise<void> {
    try {
      await this.hub.call('addKeyPackages', { body });
    } catch (error) {
      if (error instanceof LiaisonError && error.code === 'not-allowed')
        await this.device.transact((transaction) => forget(transaction, made));
      throw error;
    }
  }

  /** Secrets are stored before the public halves leave. */
  async #make(transaction: Transaction, count: number, lastResort: boolean): Promise<Made[]> {
    const lifetime = this.#lifetime(lastResort);
    const made: Made[] = [];
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
        madeAt: this.device.clock.now(),
        notAfter: lifetime.notAfter,
      };
      transaction.putJson(KEYS.keyPackage(reference), stored);
      made.push({ reference, keyPackage: stored.keyPackage });
    }
    return made;
  }

  /** No KeyPackage outlives the certificate in it. */
  #lifetime(lastResort: boolean): { notBefore: number; notAfter: number } {
    const now = Math.floor(this.device.clock.now() / 1000) * 1000;
    const { notAfter } = parseDeviceCertificate(this.device.certificate);
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
        madeAt: stored.madeAt,
        keyPackage: fromBase64url(stored.keyPackage),
        secrets: fromBase64url(stored.secrets),
      };
    }
  }
  return undefined;
}

function forget(transaction: Transaction, made: readonly Made[]): Promise<void> {
  for (const { reference } of made) transaction.delete(KEYS.keyPackage(reference));
  return Promise.resolve();
}

/**
 * The hub says how many it has left: it must not fill the store by saying none. Expired ones go, and the oldest above
 * {@link MOST_KEPT}; who was added by one of those adds this device again.
 */
async function forgetOld(transaction: Transaction, clock: Clock, toCome: number): Promise<void> {
  const stored = (await transaction.stored(KEYS.keyPackages)).map(({ key, value }) => ({
    key,
    ...(jsonOf(value) as StoredKeyPackage),
  }));
  const valid = stored.filter(({ notAfter }) => notAfter >= clock.now()).sort((a, b) => b.madeAt - a.madeAt);
  const kept = new Set(valid.slice(0, Math.max(0, MOST_KEPT - toCome)).map(({ key }) => key));
  for (const { key } of stored) if (!kept.has(key)) transaction.delete(key);
}
