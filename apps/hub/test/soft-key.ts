import { createHash, generateKeyPairSync, sign, type KeyObject } from 'node:crypto';
import type { WebauthnProof } from '#liaison/protocol';

type Credential = WebauthnProof['credential'];

const PRESENT_AND_VERIFIED = 0x05;
const WITH_CREDENTIAL = 0x40;

/** COSE (RFC 9053): EdDSA with Ed25519, as a security key would show it. */
const ED25519 = (key: KeyObject) =>
  Buffer.concat([
    Buffer.from('a401010327200621' + '5820', 'hex'),
    Buffer.from(key.export({ format: 'jwk' }).x ?? '', 'base64url'),
  ]);
/** COSE: ES384 over P-384, which we do not ask for. */
const ES384 = () =>
  Buffer.concat([
    Buffer.from('a5010203382220022158' + '30', 'hex'),
    Buffer.alloc(48, 1),
    Buffer.from('225830', 'hex'),
    Buffer.alloc(48, 2),
  ]);

/** A security key without a browser: Web Authentication, level 2, "none" attestation. */
export class SoftKey {
  private readonly pair = generateKeyPairSync('ed25519');
  private readonly id: Buffer;
  private counter = 0;

  constructor(
    private readonly origin: string,
    name: string,
  ) {
    this.id = createHash('sha256').update(name).digest();
  }

  get credentialId(): string {
    return this.id.toString('base64url');
  }

  registers(challenge: unknown, algorithm: 'EdDSA' | 'ES384' = 'EdDSA'): Credential {
    const cose = algorithm === 'EdDSA' ? ED25519(this.pair.publicKey) : ES384();
    const attested = Buffer.concat([Buffer.alloc(16), Buffer.from([0, this.id.length]), this.id, cose]);
    const data = Buffer.concat([this.authenticatorData(PRESENT_AND_VERIFIED | WITH_CREDENTIAL), attested]);
    const head = Buffer.from(
      `a363666d74646e6f6e656761747453746d74a068${Buffer.from('authData').toString('hex')}59`,
      'hex',
    );
    const length = Buffer.from([data.length >> 8, data.length & 0xff]);
    const attestationObject = Buffer.concat([head, length, data]).toString('base64url');
    return this.answer({ clientDataJSON: this.clientData('webauthn.create', challenge), attestationObject });
  }

  proves(challenge: unknown): Credential {
    const clientDataJSON = this.clientData('webauthn.get', challenge);
    const data = this.authenticatorData(PRESENT_AND_VERIFIED);
    const hash = createHash('sha256').update(Buffer.from(clientDataJSON, 'base64url')).digest();
    const signature = sign(null, Buffer.concat([data, hash]), this.pair.privateKey).toString('base64url');
    return this.answer({ clientDataJSON, authenticatorData: data.toString('base64url'), signature });
  }

  private authenticatorData(flags: number): Buffer {
    this.counter += 1;
    const counter = Buffer.alloc(4);
    counter.writeUInt32BE(this.counter);
    const host = createHash('sha256').update(new URL(this.origin).hostname).digest();
    return Buffer.concat([host, Buffer.from([flags]), counter]);
  }

  private clientData(type: string, challenge: unknown): string {
    return Buffer.from(JSON.stringify({ type, challenge, origin: this.origin })).toString('base64url');
  }

  private answer(response: Credential['response']): Credential {
    return { id: this.credentialId, rawId: this.credentialId, type: 'public-key', response };
  }
}
