import { Inject, Injectable } from '@nestjs/common';
import { errors, jwtVerify, SignJWT } from 'jose';
import * as z from 'zod';
import { DeviceAddress, LiaisonError, type Clock } from '#liaison/protocol';
import { CONFIGURATION, type Configuration } from '../config/configuration.js';
import { HubKeys } from '../hub-keys/hub-keys.js';
import { CLOCK } from '../ports.js';

const ALGORITHM = 'EdDSA';
const TYPE = 'liaison-session+jwt';
const AUDIENCE = 'liaison-hub';
const LONGEST_TOKEN = 2048;

/** What a token says. Times in milliseconds since 1970, whole seconds. */
export interface SessionClaims {
  readonly sessionId: string;
  readonly device: DeviceAddress;
  readonly certificateFingerprint: string;
  readonly expiresAt: number;
}

const Payload = z.object({
  sub: DeviceAddress,
  jti: z.string(),
  exp: z.int(),
  cnf: z.strictObject({ 'x5t#S256': z.string() }),
});

/** JWT (RFC 7519) signed with EdDSA; the certificate is named as in RFC 8705 section 3.1. */
@Injectable()
export class SessionTokens {
  constructor(
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(CONFIGURATION) private readonly configuration: Configuration,
    private readonly keys: HubKeys,
  ) {}

  issue(claims: SessionClaims): Promise<string> {
    return new SignJWT({ cnf: { 'x5t#S256': claims.certificateFingerprint } })
      .setProtectedHeader({ alg: ALGORITHM, typ: TYPE })
      .setIssuer(this.configuration.origin)
      .setAudience(AUDIENCE)
      .setSubject(claims.device)
      .setJti(claims.sessionId)
      .setIssuedAt(Math.floor(this.clock.now() / 1000))
      .setExpirationTime(claims.expiresAt / 1000)
      .sign(this.keys.tokenPrivateKey);
  }

  /** @throws LiaisonError `unauthenticated` (SIN-05): of another form, issuer or key, altered, or expired. */
  async verify(token: string): Promise<SessionClaims> {
    if (token.length > LONGEST_TOKEN) throw notValid();
    try {
      const { payload } = await jwtVerify(token, this.keys.tokenPublicKey, {
        algorithms: [ALGORITHM],
        typ: TYPE,
        issuer: this.configuration.origin,
        audience: AUDIENCE,
        currentDate: new Date(this.clock.now()),
      });
      const { sub, jti, exp, cnf } = Payload.parse(payload);
      return { device: sub, sessionId: jti, expiresAt: exp * 1000, certificateFingerprint: cnf['x5t#S256'] };
    } catch (error) {
      if (error instanceof errors.JOSEError || error instanceof z.ZodError) throw notValid();
      throw error;
    }
  }
}

function notValid(): LiaisonError {
  return new LiaisonError('unauthenticated', 'This session is not valid or has ended. Sign in again.', {
    check: 'SIN-05',
  });
}
