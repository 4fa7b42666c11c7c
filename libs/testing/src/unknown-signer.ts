import { createCertificateAuthority, generateSigningKey, issueDeviceCertificate, sign } from '#liaison/crypto';
import { systemRandom } from '#liaison/crypto.node';
import {
  type Clock,
  contactPointOf,
  type DeviceAddress,
  type LockOrder,
  lockSignedBytes,
  type OfficerLock,
  releaseSignedBytes,
  toBase64url,
} from '#liaison/protocol';

const HOUR = 60 * 60 * 1000;
const wholeSeconds = (time: number) => Math.floor(time / 1000) * 1000;

type Release = OfficerLock['releases'][number];

/** Signs locks and their ends in the name of a device, by a CA that no roster names and a key of its own. */
export class UnknownSigner {
  readonly #key = generateSigningKey(systemRandom);
  readonly #certificate: string;

  constructor(
    private readonly device: DeviceAddress,
    clock: Clock,
  ) {
    const [key, random] = [this.#key, systemRandom];
    const validity = { notBefore: wholeSeconds(clock.now() - HOUR), notAfter: wholeSeconds(clock.now() + HOUR) };
    const contactPoint = contactPointOf(device);
    const ca = createCertificateAuthority({ contactPoint, commonName: 'Of long ago', key, random, ...validity });
    const certificate = issueDeviceCertificate({
      ...{ ca, device, devicePublicKey: key.publicKey, officerName: 'An officer', random, ...validity },
      ...{ clearance: 'RESTRICTED', duties: ['officer', 'administrator'] },
    });
    this.#certificate = toBase64url(certificate);
  }

  /** As {@link OfficerLock} of what is said. */
  lock({ id, officer, reason, at }: Pick<LockOrder, 'id' | 'officer' | 'reason' | 'at'>): OfficerLock {
    const said = { id, officer, reason, at };
    const signature = sign('officer-lock', lockSignedBytes(this.device, said), this.#key);
    return { ...said, ...this.#signed(signature), releases: [], isOver: false };
  }

  release({ id, at }: OfficerLock): Release {
    const said = { reason: 'A test', at };
    const signature = sign('officer-unlock', releaseSignedBytes(this.device, { lock: id, ...said }), this.#key);
    return { ...said, ...this.#signed(signature) };
  }

  #signed(signature: Uint8Array) {
    const { device } = this;
    return { device, certificate: this.#certificate, signature: toBase64url(signature), index: 1 };
  }
}
