import { Injectable } from '@nestjs/common';
import type { Request, Response } from 'express';
import passport from 'passport';
import CustomStrategy from 'passport-custom';
import { LiaisonError, ROUTES, SessionRequest, type RouteContract } from '#liaison/protocol';
import { AuthenticatedDevice } from '../access/authenticated-device.js';
import { shortenedNetworkOf } from '../http/client-address.js';
import { presentedOn } from '../http/client-certificate.js';
import { exchangeOf } from '../http/exchange.js';
import { SessionService } from './session.service.js';
import { SignIn, VerifiedSignIn } from './sign-in.js';

type StrategyName = 'device-signature' | 'bearer';

/**
 * Ways to prove who calls, as passport strategies; further ones (WebAuthn, OIDC) join here. The hub has a passport of its own:
 * the registry that the packages share would mix two hubs in one process.
 */
@Injectable()
export class Authentication {
  private readonly passport = new passport.Passport();

  constructor(sessions: SessionService, signIn: SignIn) {
    this.use('bearer', (request) =>
      sessions.authenticate(bearerToken(request), {
        presented: presentedOn(request),
        halfOpen: mayBeHalfOpen(request),
      }),
    );
    this.use('device-signature', (request) =>
      signIn.verify(SessionRequest.parse(exchangeOf(request).requireInput().body), {
        network: shortenedNetworkOf(request),
        presented: presentedOn(request),
      }),
    );
  }

  /** @throws LiaisonError `unauthenticated` (SIN-04 to 07, TLS-02), `second-factor-needed` (SIN-08). */
  async bearer(request: Request): Promise<AuthenticatedDevice> {
    const user = await this.authenticate('bearer', request);
    if (user instanceof AuthenticatedDevice) return user;
    throw unauthenticated();
  }

  /** @throws LiaisonError `unauthenticated` (SIN-01 to 03). */
  async deviceSignature(request: Request): Promise<VerifiedSignIn> {
    const user = await this.authenticate('device-signature', request);
    if (user instanceof VerifiedSignIn) return user;
    throw unauthenticated();
  }

  private use(name: StrategyName, prove: (request: Request) => Promise<unknown>): void {
    const strategy = new CustomStrategy((request, done) => {
      prove(request).then(
        (user) => {
          done(null, user);
        },
        (error: unknown) => {
          done(error);
        },
      );
    });
    this.passport.use(name, strategy);
  }

  private authenticate(name: StrategyName, request: Request): Promise<unknown> {
    return new Promise((resolve, reject) => {
      const settle = (error: unknown, user?: unknown): void => {
        if (error instanceof Error) reject(error);
        else resolve(user);
      };
      const middleware = this.passport.authenticate(name, { session: false }, settle) as (
        request: Request,
        response: Response | undefined,
        next: (error: unknown) => void,
      ) => void;
      middleware(request, request.res, settle);
    });
  }
}

function mayBeHalfOpen(request: Request): boolean {
  const { route } = exchangeOf(request);
  const contract: RouteContract | undefined = route && ROUTES[route];
  return contract?.halfOpen === true;
}

/** RFC 6750 section 2.1. */
function bearerToken({ headers }: Request): string {
  const token = /^Bearer ([A-Za-z0-9._~+/=-]+)$/i.exec(headers.authorization ?? '')?.[1];
  if (token === undefined) throw unauthenticated();
  return token;
}

function unauthenticated(): LiaisonError {
  return new LiaisonError('unauthenticated', 'Sign in first.', { check: 'SIN-04' });
}
