import {
  createCertificateAuthority,
  generateSigningKey,
  issueCrl,
  issueDeviceCertificate,
  keyIdOf,
  parseDeviceCertificate,
  sign,
  signedRoster,
  signRoster,
  type CertificateAuthority,
  type Duty,
  type SigningKey,
} from '#liaison/crypto';
import {
  contactPointOf,
  ContactPointId,
  DeviceAddress,
  Roster,
  Session,
  SessionChallenge,
  sessionSignedBytes,
  toBase64url,
  type Classification,
  type Clock,
  type RandomSource,
  type SignedRoster,
} from '#liaison/protocol';
import { mustCallHub } from './hub-call.js';

const DAY = 24 * 60 * 60 * 1000;

/** A device with its key, as its owner holds them. */
export interface HubDevice {
  readonly address: DeviceAddress;
  readonly key: SigningKey;
  /** DER. */
  readonly certificate: Uint8Array;
}

export interface Enrolment {
  readonly clearance?: Classification;
  readonly duties?: readonly Duty[];
  readonly notBefore?: number;
  readonly notAfter?: number;
  /** Default: a fresh one. */
  readonly key?: SigningKey;
}

/** A community that speaks to a hub in raw calls: co-chairs, authorities and devices without a client. */
export class HubCommunity {
  readonly coChairs: readonly SigningKey[];
  readonly authorities = new Map<string, CertificateAuthority>();
  /** By contact point: those that witness the hub's log. */
  readonly witnesses = new Map<string, SigningKey>();
  private readonly revoked = new Map<string, Map<string, number>>();

  constructor(
    readonly url: string,
    private readonly ports: { readonly clock: Clock; readonly random: RandomSource },
    contactPoints: readonly string[] = ['bg', 'hu'],
  ) {
    this.coChairs = [generateSigningKey(ports.random), generateSigningKey(ports.random)];
    for (const id of contactPoints) this.authorities.set(id, this.newAuthority(id));
  }

  /** Publishes the founding roster, in which every contact point is active. */
  async found(): Promise<Roster> {
    const roster = await this.draft(1);
    await mustCallHub(this.url, 'putRoster', { body: this.signed(roster) });
    return roster;
  }

  /** A roster as the hub's `getHub` asks for it. */
  async draft(version: number, change: Partial<Roster> = {}): Promise<Roster> {
    const hub = (await mustCallHub(this.url, 'getHub')) as Roster['hub'];
    const now = this.ports.clock.now();
    return Roster.parse({
      v: 1,
      community: 'hub-tests',
      version,
      issuedAt: new Date(now).toISOString(),
      expiresAt: new Date(now + 365 * DAY).toISOString(),
      threshold: 2,
      coChairs: this.coChairs.map((key, index) => ({
        contactPoint: [...this.authorities.keys()][index],
        keyId: keyIdOf(key.publicKey),
        publicKey: toBase64url(key.publicKey),
      })),
      hub,
      contactPoints: [...this.authorities].map(([id, ca]) => contactPoint(id, ca, this.witnesses.get(id))),
      ...change,
    });
  }

  signed(roster: Roster, signers: readonly SigningKey[] = this.coChairs): SignedRoster {
    return signedRoster(
      roster,
      signers.map((key) => signRoster(roster, key)),
    );
  }

  newAuthority(id: string): CertificateAuthority {
    const { clock, random } = this.ports;
    return createCertificateAuthority({
      contactPoint: ContactPointId.parse(id),
      commonName: `Contact point ${id}`,
      key: generateSigningKey(random),
      notBefore: clock.now() - DAY,
      notAfter: clock.now() + 3650 * DAY,
      random,
    });
  }

  /** @param ca whose certificate to give it; default: that of its contact point. */
  enrol(
    address: string,
    enrolment: Enrolment = {},
    ca = this.authority(contactPointOf(DeviceAddress.parse(address))),
  ): HubDevice {
    const { clock, random } = this.ports;
    const key = enrolment.key ?? generateSigningKey(random);
    const device = DeviceAddress.parse(address);
    const certificate = issueDeviceCertificate({
      ca,
      device,
      devicePublicKey: key.publicKey,
      officerName: 'An officer',
      clearance: enrolment.clearance ?? 'RESTRICTED',
      duties: enrolment.duties ?? ['officer'],
      notBefore: enrolment.notBefore ?? wholeSeconds(clock.now()) - 60_000,
      notAfter: enrolment.notAfter ?? wholeSeconds(clock.now()) + 90 * DAY,
      random,
    });
    return { address: device, key, certificate };
  }

  /** @returns the session of a sign-in that must succeed. */
  async signIn(device: HubDevice): Promise<Session> {
    const { nonce, origin } = SessionChallenge.parse(await mustCallHub(this.url, 'createChallenge', { body: {} }));
    return Session.parse(
      await mustCallHub(this.url, 'createSession', { body: this.signInBody(device, nonce, origin) }),
    );
  }

  signInBody({ address, certificate, key }: HubDevice, nonce: string, origin: string): Record<string, string> {
    const signature = sign('session', sessionSignedBytes({ nonce, origin, device: address }), key);
    return { nonce, certificate: toBase64url(certificate), signature: toBase64url(signature) };
  }

  /** DER of a revocation list of the contact point: these, and all whom an earlier one named. */
  revocationList(contactPointId: string, number: number, revoked: readonly HubDevice[]): Uint8Array {
    const now = wholeSeconds(this.ports.clock.now());
    const all = this.revoked.get(contactPointId) ?? new Map<string, number>();
    for (const { certificate } of revoked) {
      const { serial } = parseDeviceCertificate(certificate);
      all.set(serial, all.get(serial) ?? now);
    }
    this.revoked.set(contactPointId, all);
    return issueCrl({
      ca: this.authority(contactPointId),
      number,
      thisUpdate: now,
      nextUpdate: now + 7 * DAY,
      revoked: [...all].map(([serial, revokedAt]) => ({ serial, revokedAt })),
    });
  }

  private authority(id: string): CertificateAuthority {
    const authority = this.authorities.get(id);
    if (authority === undefined) throw new Error(`This community has no contact point ${id}.`);
    return authority;
  }
}

function contactPoint(id: string, ca: CertificateAuthority, witness?: SigningKey): Record<string, unknown> {
  return {
    id,
    names: { en: `Contact point ${id}` },
    caCertificate: toBase64url(ca.certificate),
    ...(witness && { witnessKey: toBase64url(witness.publicKey) }),
    timeZone: 'Europe/Sofia',
    weekend: [6, 7],
    languages: ['en'],
    ceiling: 'RESTRICTED',
    status: 'active',
  };
}

/** Certificates carry whole seconds. */
function wholeSeconds(time: number): number {
  return Math.floor(time / 1000) * 1000;
}
