import { Inject, Injectable } from '@nestjs/common';
import {
  fromBase64url,
  officerOf,
  utf8,
  type DeviceAddress,
  type ProofOffer,
  type WebauthnProof,
} from '#liaison/protocol';
import { CONFIGURATION, type Configuration } from '../config/configuration.js';
import type { StoredCredential } from './credentials.js';

type Offer = NonNullable<Extract<ProofOffer, { outcome: 'ready' }>['webauthn']>;
type Credential = WebauthnProof['credential'];
export type NewCredential = Pick<StoredCredential, 'id' | 'publicKey' | 'counter'>;

/** A fifth of what the hub loads: with the first who uses it, not at each start. */
const library = (): Promise<typeof import('@simplewebauthn/server')> => import('@simplewebauthn/server');

/** COSE (RFC 9053): EdDSA, ES256, RS256. */
const ALGORITHMS = [-8, -7, -257];

/** Web Authentication (W3C, level 2) for the host of the hub's origin. The officer is verified by the authenticator: PIN, finger or face. */
@Injectable()
export class Webauthn {
  constructor(@Inject(CONFIGURATION) private readonly configuration: Configuration) {}

  async toRegister(device: DeviceAddress, known: readonly StoredCredential[], challenge: string): Promise<Offer> {
    const officer = officerOf(device);
    const options = await (
      await library()
    ).generateRegistrationOptions({
      rpName: 'Liaison',
      rpID: this.host,
      userName: officer,
      userID: new Uint8Array(utf8(officer)),
      challenge: new Uint8Array(fromBase64url(challenge)),
      attestationType: 'none',
      supportedAlgorithmIDs: ALGORITHMS,
      excludeCredentials: known.map(({ id }) => ({ id })),
      authenticatorSelection: { userVerification: 'required', residentKey: 'discouraged' },
    });
    return { act: 'create', options: plain(options) };
  }

  async toProve(known: readonly StoredCredential[], challenge: string): Promise<Offer> {
    const options = await (
      await library()
    ).generateAuthenticationOptions({
      rpID: this.host,
      challenge: new Uint8Array(fromBase64url(challenge)),
      allowCredentials: known.map(({ id }) => ({ id })),
      userVerification: 'required',
    });
    return { act: 'get', options: plain(options) };
  }

  /** @returns undefined where it does not verify: challenge, origin, host, form or user verification. */
  async registered(credential: Credential, challenge: string): Promise<NewCredential | undefined> {
    const { response } = credential;
    if (!('attestationObject' in response)) return undefined;
    const { verifyRegistrationResponse } = await library();
    try {
      const { registrationInfo } = await verifyRegistrationResponse({
        response: answerOf(credential, response),
        ...this.expected(challenge),
        expectedRPID: this.host,
        supportedAlgorithmIDs: ALGORITHMS,
        requireUserVerification: true,
      });
      if (registrationInfo === undefined) return undefined;
      const { id, publicKey, counter } = registrationInfo.credential;
      return { id, publicKey: new Uint8Array(publicKey), counter };
    } catch (error) {
      requireFault(error);
      return undefined;
    }
  }

  /** @returns the counter of the authenticator; undefined where it does not verify, or the counter did not rise: a copy of the key. */
  async proved(credential: Credential, known: StoredCredential, challenge: string): Promise<number | undefined> {
    const { response } = credential;
    if (!('signature' in response)) return undefined;
    // Whose key it is, the officer's list of credentials says.
    const { userHandle: _, ...answer } = response;
    const { verifyAuthenticationResponse } = await library();
    try {
      const { id, publicKey, counter } = known;
      const { verified, authenticationInfo } = await verifyAuthenticationResponse({
        response: answerOf(credential, answer),
        ...this.expected(challenge),
        expectedRPID: this.host,
        credential: { id, publicKey, counter },
        requireUserVerification: true,
      });
      return verified ? authenticationInfo.newCounter : undefined;
    } catch (error) {
      requireFault(error);
      return undefined;
    }
  }

  private get host(): string {
    return new URL(this.configuration.origin).hostname;
  }

  private expected(expectedChallenge: string) {
    return { expectedChallenge, expectedOrigin: this.configuration.origin };
  }
}

/** What the library throws over is what the browser sent: it is refused like any other answer that does not verify. */
function requireFault(error: unknown): asserts error is Error {
  if (!(error instanceof Error)) throw error;
}

/** The library reads every member of the response with care of its own. */
function answerOf<Answer>({ id, rawId, type }: Credential, response: Answer) {
  return { id, rawId, type, response, clientExtensionResults: {} };
}

function plain(options: object): Offer['options'] {
  return JSON.parse(JSON.stringify(options)) as Offer['options'];
}
