import { Inject, Injectable } from '@nestjs/common';
import {
  allowInsecureRequests,
  authorizationCodeGrant,
  buildAuthorizationUrl,
  calculatePKCECodeChallenge,
  ClientSecretBasic,
  discovery,
  type Configuration as Provider,
} from 'openid-client';
import { officerOf, type DeviceAddress, type SignInPolicy } from '#liaison/protocol';
import { CONFIGURATION, type Configuration } from '../config/configuration.js';
import { HubLog } from '../observability/hub-log.js';

type Rule = NonNullable<SignInPolicy['signOn']>;

/** What binds an answer of the provider to the question: each is random, and used once. */
export interface SignOnSecrets {
  readonly state: string;
  readonly nonce: string;
  /** PKCE (RFC 7636). */
  readonly verifier: string;
}

const PATIENCE_SECONDS = 10;

/** A proof that was made just now says that somebody has authenticated just now, not that a browser was still signed on. */
const FRESH_MINUTES = 5;

/** OpenID Connect, authorization code with PKCE. Issuer and claim are the contact point's policy, id and secret of the hub there the operator's. */
@Injectable()
export class SignOn {
  private readonly providers = new Map<string, Promise<Provider>>();

  constructor(
    @Inject(CONFIGURATION) private readonly configuration: Configuration,
    private readonly log: HubLog,
  ) {}

  /** Where the contact point's policy lets its people sign on, and the hub is known there. */
  ruleOf(policy: SignInPolicy | undefined): Rule | undefined {
    const isKnown = policy !== undefined && this.configuration.signOn?.[policy.contactPoint] !== undefined;
    return isKnown ? policy.signOn : undefined;
  }

  /** Where the browser goes. @returns undefined where the provider cannot be reached, or is not the one that it says. */
  async url(policy: SignInPolicy, rule: Rule, { state, nonce, verifier }: SignOnSecrets): Promise<string | undefined> {
    try {
      const url = buildAuthorizationUrl(await this.provider(policy, rule), {
        redirect_uri: this.returnAddress,
        scope: 'openid',
        state,
        nonce,
        code_challenge: await calculatePKCECodeChallenge(verifier),
        code_challenge_method: 'S256',
        ...(rule.acr && { acr_values: rule.acr.join(' ') }),
        max_age: String(maxAgeSeconds(rule)),
      });
      return url.href;
    } catch (error) {
      this.note(error);
      return undefined;
    }
  }

  /**
   * Whether the provider says that the device's officer is there: the code is exchanged, and signature, issuer, audience, time, nonce
   * and state of the answer are verified.
   * @param query as the browser came back with it.
   */
  async vouches(
    device: DeviceAddress,
    { policy, rule, query }: { policy: SignInPolicy; rule: Rule; query: string },
    { state, nonce, verifier }: SignOnSecrets,
  ): Promise<boolean> {
    try {
      const answer = new URL(`${this.returnAddress}?${query}`);
      const tokens = await authorizationCodeGrant(await this.provider(policy, rule), answer, {
        expectedState: state,
        expectedNonce: nonce,
        pkceCodeVerifier: verifier,
        idTokenExpected: true,
        maxAge: maxAgeSeconds(rule),
      });
      const claims = tokens.claims();
      const isStrong = rule.acr === undefined || rule.acr.some((each) => each === claims?.acr);
      return isStrong && isOfficer(claims?.[rule.claim], device);
    } catch (error) {
      this.note(error);
      return false;
    }
  }

  /** The page itself: it is where the flow waits that the answer belongs to. */
  private get returnAddress(): string {
    return `${this.configuration.origin}/second-factor`;
  }

  private provider({ contactPoint }: SignInPolicy, { issuer }: Rule): Promise<Provider> {
    const known = this.providers.get(`${contactPoint} ${issuer}`);
    if (known !== undefined) return known;
    const { clientId, clientSecret } = this.configuration.signOn?.[contactPoint] ?? { clientId: '', clientSecret: '' };
    const execute = issuer.startsWith('http:') ? [allowInsecureRequests] : [];
    const found = discovery(new URL(issuer), clientId, undefined, ClientSecretBasic(clientSecret), {
      execute,
      timeout: PATIENCE_SECONDS,
    });
    this.providers.set(`${contactPoint} ${issuer}`, found);
    // One that is away now may be back at the next try.
    found.catch(() => this.providers.delete(`${contactPoint} ${issuer}`));
    return found;
  }

  /** Its kind alone: messages of the provider may hold anything. */
  private note(error: unknown): void {
    if (!(error instanceof Error)) throw error;
    this.log.info('A national sign-on failed.', {
      reason: error.name,
      code: 'code' in error ? String(error.code) : '',
    });
  }
}

function maxAgeSeconds({ maxAgeMinutes = FRESH_MINUTES }: Rule): number {
  return Math.min(maxAgeMinutes, FRESH_MINUTES) * 60;
}

/** The claim names the officer with the contact point or without. */
function isOfficer(claim: unknown, device: DeviceAddress): boolean {
  const officer = officerOf(device);
  return claim === officer || claim === officer.slice(officer.indexOf(':') + 1);
}
