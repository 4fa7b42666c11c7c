import {
  type CaCertificate,
  type CertificateAuthority,
  isListOf,
  type Revocation,
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
    const serials = devices.length === 0 ? new Map<DeviceAddress, string[]>() : await this.#serials(trust);
    const further = [...new Set([...named, ...shown])].map((serial) => ({ serial, ...why }));
    const revocations = devices.flatMap((device) => {
      const known = serials.get(device);
      if (known !== undefined) return known.map((serial) => ({ serial, ...why }));
      throw new LiaisonError(
        'not-found',
        `The hub knows no certificate of ${device}: it has never signed in, or is revoked already. Name its certificate by file or serial number.`,
      );
    });
    return this.#publishNext(trust, [...revocations, ...further], ca);
  }

  async revokeAll(
    { since, kept }: { readonly since: number; readonly kept: readonly DeviceAddress[] },
    ca: CertificateAuthority,
  ): Promise<{ devices: DeviceAddress[]; revoked: number }> {
    const trust = await this.#trusted();
    const serials = await this.#serials(trust);
    const devices = [...serials.keys()].filter((device) => !kept.includes(device));
    const why = { reason: 'keyCompromise', invalidSince: Math.floor(since / 1000) * 1000 } as const;
    const revocations = devices.flatMap((device) => (serials.get(device) ?? []).map((serial) => ({ serial, ...why })));
    return { devices, ...(await this.#publishNext(trust, revocations, ca)) };
  }

  async #publishNext(
    trust: Trust,
    revocations: readonly NewRevocation[],
    ca: CertificateAuthority,
  ): Promise<{ revoked: number }> {
    const { contactPoint, clock } = this.device;
    const last = await this.#lastList(trust);
    const all = new Map(revocations.map((each) => [each.serial, each]));
    const crl = nextList(ca, last, [...all.values()], clock);
    await this.hub.call('putRevocationList', { params: { contactPoint }, body: { crl: toBase64url(crl) } });
    await this.trust.takeOwnList(contactPoint, crl);
    return { revoked: new Set([...(last?.revoked.keys() ?? []), ...all.keys()]).size };
  }

  /** Of a certificate that lies here, however old. */
  #serialOf(der: Uint8Array, trust: Trust): string {
    const { certificate } = trust.standing(der, this.device.clock.now());
    if (certificate !== undefined && contactPointOf(certificate.device) === this.device.contactPoint)
      return certificate.serial;
    throw new LiaisonError('usage', 'This is no certificate that the CA of your contact point has issued.');
  }

  /** Of all certificates that the own contact point's devices have shown, by device: verified, whatever the hub says whose they are. */
  async #serials(trust: Trust): Promise<ReadonlyMap<DeviceAddress, readonly string[]>> {
    const { contactPoint, clock } = this.device;
    const directory = await this.hub.call('listDevices', { params: { contactPoint } });
    const serials = new Map<DeviceAddress, string[]>();
    for (const der of directory.devices.flatMap(({ certificate, earlier = [] }) => [certificate, ...earlier])) {
      const { certificate } = trust.standing(fromBase64url(der), clock.now());
      if (certificate === undefined || contactPointOf(certificate.device) !== contactPoint) continue;
      serials.set(certificate.device, [...(serials.get(certificate.device) ?? []), certificate.serial]);
    }
    return serials;
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
 * What either revokes, counted on from the last of the CA. Why and since when is the word of the known list; the dates are such as follow
 * on the list that is shown, for who has seen no other.
 */
function bothOf(known: RevocationList, shown: RevocationList, ca: CaCertificate | undefined): RevocationList {
  const isOfCa = (list: RevocationList) => ca !== undefined && isListOf(list, ca);
  const isFurther = isOfCa(shown) && (!isOfCa(known) || shown.number > known.number);
  const follows = ({ serial, revokedAt }: Revocation) =>
    shown.revoked.get(serial)?.revokedAt ?? Math.max(revokedAt, shown.thisUpdate);
  const dated = [...known.revoked.values()].map((each) => ({ ...each, revokedAt: follows(each) }));
  const revoked = new Map([...shown.revoked, ...dated.map((each) => [each.serial, each] as const)]);
  return { ...(isFurther ? shown : known), thisUpdate: shown.thisUpdate, revoked };
}
