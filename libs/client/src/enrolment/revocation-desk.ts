import {
  type CaCertificate,
  type CertificateAuthority,
  CLOCKS_APART_MS,
  type DeviceCertificate,
  isListOf,
  type Revocation,
  revokedAtOf,
  type RevocationList,
} from '#liaison/crypto';
import { contactPointOf, type DeviceAddress, fromBase64url, LiaisonError, toBase64url } from '#liaison/protocol';
import { raiseAlarm } from '../alarms.js';
import { asBreach } from '../breach.js';
import { type NewRevocation, nextList } from '../ceremony/revocation-list.js';
import type { Device } from '../device.js';
import type { Hub } from '../hub.js';
import { acceptedList } from '../revocation-lists.js';
import type { TrustKeeper } from '../trust-keeper.js';
import type { Trust } from '../trust.js';

export interface FurtherCertificates {
  readonly serials?: readonly string[];
  readonly certificates?: readonly Uint8Array[];
}

/** What an administrator revokes, and the list that says so: the next one after the newest that this device and the hub know. */
export class RevocationDesk {
  constructor(
    private readonly device: Device,
    private readonly hub: Hub,
    private readonly trust: TrustKeeper,
  ) {}

  async revoke(
    devices: readonly DeviceAddress[],
    ca: CertificateAuthority,
    why: Omit<NewRevocation, 'serial'> = {},
    { serials: named = [], certificates = [] }: FurtherCertificates = {},
  ): Promise<{ revoked: number }> {
    const trust = await this.#trusted();
    const shown = certificates.map((der) => this.#serialOf(der, trust));
    const known = devices.length === 0 ? [] : await this.#shown(trust);
    const last = await this.#lastList(trust);
    const found = devices.flatMap((device) => concerned(device, known, { last, since: why.invalidSince }));
    const serials = new Set([...found.map(({ serial }) => serial), ...named, ...shown]);
    const revocations = [...serials].map((serial) => ({ serial, ...why }));
    return this.#publish(nextList(ca, last, revocations, this.device.clock), last, serials);
  }

  async revokeAll(
    { since, kept }: { readonly since: number; readonly kept: readonly DeviceAddress[] },
    ca: CertificateAuthority,
  ): Promise<{ devices: DeviceAddress[]; revoked: number; marked: number }> {
    const trust = await this.#trusted();
    const known = await this.#shown(trust);
    const last = await this.#lastList(trust);
    const invalidSince = Math.floor(since / 1000) * 1000;
    const others = known.filter(({ device }) => !kept.includes(device));
    const gone = others.filter(
      ({ serial, notAfter }) => last?.revoked.has(serial) !== true && notAfter >= invalidSince,
    );
    // By the list: what was revoked counts, whether the hub shows it or not.
    const own = new Set(known.filter(({ device }) => kept.includes(device)).map(({ serial }) => serial));
    const before = [...(last?.revoked.keys() ?? [])].filter(
      (serial) => !own.has(serial) && countedAt(last, serial, since),
    );
    const serials = new Set([...gone.map(({ serial }) => serial), ...before]);
    const revocations = [...serials].map((serial) => ({ serial, reason: 'keyCompromise', invalidSince }) as const);
    const published = await this.#publish(nextList(ca, last, revocations, this.device.clock), last, serials);
    return { devices: [...new Set(gone.map(({ device }) => device))], marked: before.length, ...published };
  }

  async #publish(
    crl: Uint8Array,
    last: RevocationList | undefined,
    serials: ReadonlySet<string>,
  ): Promise<{ revoked: number }> {
    const { contactPoint } = this.device;
    await this.hub.call('putRevocationList', { params: { contactPoint }, body: { crl: toBase64url(crl) } });
    await this.trust.takeOwnList(contactPoint, crl);
    return { revoked: new Set([...(last?.revoked.keys() ?? []), ...serials]).size };
  }

  /** Of a certificate that lies here, however old. */
  #serialOf(der: Uint8Array, trust: Trust): string {
    const { certificate } = trust.standing(der, this.device.clock.now());
    if (certificate !== undefined && contactPointOf(certificate.device) === this.device.contactPoint)
      return certificate.serial;
    throw new LiaisonError('usage', 'This is no certificate that the CA of your contact point has issued.');
  }

  /** All certificates that the own contact point's devices have shown, revoked ones too: verified, whatever the hub says whose they are. */
  async #shown(trust: Trust): Promise<readonly DeviceCertificate[]> {
    const { contactPoint, clock } = this.device;
    const input = { params: { contactPoint }, query: { standing: 'any' } } as const;
    const { devices } = await this.hub.call('listDevices', input);
    return devices
      .flatMap(({ certificate, earlier = [] }) => [certificate, ...earlier])
      .flatMap((der) => {
        const { certificate } = trust.standing(fromBase64url(der), clock.now());
        return certificate !== undefined && contactPointOf(certificate.device) === contactPoint ? [certificate] : [];
      });
  }

  /**
   * As the hub has it now, another administrator's too. What this device has seen stays revoked, whatever the hub has: one that was
   * restored may have lost the newest list, and another may have been published in its place.
   */
  async #lastList(trust: Trust): Promise<RevocationList | undefined> {
    const { contactPoint, clock } = this.device;
    const known = trust.revocationLists.get(contactPoint);
    const said = { contactPoint, answer: await this.#shownList() };
    try {
      return acceptedList(trust.roster, said, clock.now(), known)?.crl;
    } catch (cause) {
      const error = asBreach('CLI-44', cause);
      await this.device.transact((transaction) => raiseAlarm(transaction, clock, error));
      if (known === undefined) throw error;
      const shown = said.answer && acceptedList(trust.roster, said, clock.now(), undefined);
      return shown === undefined ? known : bothOf(known, shown.crl, trust.authoritiesOf(contactPoint)?.current);
    }
  }

  /** By the public call: who locked the own sessions still has to revoke. @returns DER. */
  async #shownList(): Promise<Uint8Array | undefined> {
    const { contactPoint } = this.device;
    try {
      return fromBase64url((await this.hub.call('getRevocationList', { params: { contactPoint } })).crl);
    } catch (error) {
      if (error instanceof LiaisonError && error.code === 'not-found') return undefined;
      throw error;
    }
  }

  async #trusted(): Promise<Trust> {
    await this.trust.refreshRoster(this.hub);
    return this.device.transact((transaction) => this.trust.current(transaction));
  }
}

/**
 * What is to be revoked of a device: all, or what may have been used since a time. One that is revoked already may be declared stolen.
 * @throws LiaisonError `not-found` for a device that is not known, `conflict` where none of its certificates counted at that time.
 */
function concerned(
  device: DeviceAddress,
  known: readonly DeviceCertificate[],
  { last, since }: { readonly last: RevocationList | undefined; readonly since: number | undefined },
): readonly DeviceCertificate[] {
  const own = known.filter((each) => each.device === device);
  if (own.length === 0)
    throw new LiaisonError(
      'not-found',
      `The hub knows no certificate of ${device}: it has never signed in. Name its certificate by file or serial number.`,
    );
  if (since === undefined) return own;
  const inUse = own.filter(({ serial, notAfter }) => notAfter >= since && countedAt(last, serial, since));
  if (inUse.length > 0) return inUse;
  throw new LiaisonError(
    'conflict',
    `Nothing was revoked: of all certificates of ${device} that the hub shows, none counted at that time any more. Leave it out, or name its certificate by file or serial number.`,
  );
}

/** Whether records that were sent with it at a time are read: not if it was on the list well before. */
function countedAt(last: RevocationList | undefined, serial: string, at: number): boolean {
  const revokedAt = last && revokedAtOf(last, serial);
  return revokedAt === undefined || at < revokedAt + CLOCKS_APART_MS;
}

/**
 * What either revokes, counted on from the last of the CA. Why and since when is the word of the known list; the dates are such as follow
 * on the list that is shown, for who has seen no other.
 */
function bothOf(known: RevocationList, shown: RevocationList, ca: CaCertificate | undefined): RevocationList {
  const isOfCa = (list: RevocationList) => ca !== undefined && isListOf(list, ca);
  const isFurther = isOfCa(shown) && (!isOfCa(known) || shown.number > known.number);
  const follows = ({ serial, revokedAt }: Revocation) =>
    shown.revoked.get(serial)?.revokedAt ?? Math.max(revokedAt, shown.thisUpdate);
  // Whichever names a key as stolen, and the earlier time: no mark is lost.
  const since = ({ serial, invalidSince }: Revocation) => {
    const named = [invalidSince, shown.revoked.get(serial)?.invalidSince].filter((time) => time !== undefined);
    return named.length === 0 ? {} : { invalidSince: Math.min(...named) };
  };
  const dated = [...known.revoked.values()].map((each) => ({ ...each, ...since(each), revokedAt: follows(each) }));
  const revoked = new Map([...shown.revoked, ...dated.map((each) => [each.serial, each] as const)]);
  return { ...(isFurther ? shown : known), thisUpdate: shown.thisUpdate, revoked };
}
