import { sign } from '#liaison/crypto';
import {
  HUB_EVENTS,
  LiaisonError,
  type RouteContract,
  type RouteName,
  ROUTES,
  type Session,
  sessionSignedBytes,
  toBase64url,
} from '#liaison/protocol';
import type * as z from 'zod';
import { breach } from './breach.js';
import type { Device } from './device.js';
import type { HubRequest, HubSocket, HubTransport, RouteInput, RouteOutput } from './hub-transport.js';

export type Wait = (milliseconds: number) => Promise<void>;
/** @returns how to stop it. */
export type Repeat = (milliseconds: number, task: () => void) => () => void;

export interface HubOptions {
  readonly transport: HubTransport;
  readonly device: Device;
  readonly wait: Wait;
  /** The origin to sign for. */
  readonly origin: () => Promise<string>;
  /** Has the officer make the second proof of the session. */
  readonly prove?: () => Promise<unknown>;
}

/** A session this close to its end is renewed before it is used. */
const RENEW_BEFORE_MS = 60_000;
const PATIENCE = 6;
const LONGEST_WAIT_MS = 15_000;

/** The hub as this device calls it: signed in, answers checked against the contract, asked again when it is busy. */
export class Hub {
  #session: Session | undefined;
  #signingIn: Promise<Session> | undefined;
  #proving: Promise<unknown> | undefined;

  constructor(private readonly options: HubOptions) {}

  /** @throws LiaisonError of the hub; `integrity` CLI-02, CLI-03; `unavailable`. */
  async call<R extends RouteName>(
    route: R,
    ...input: undefined extends RouteInput<R> ? [] : [RouteInput<R>]
  ): Promise<RouteOutput<R>> {
    const request: HubRequest = input[0] ?? {};
    for (let round = 1; ; round += 1) {
      try {
        return await this.callOnce(route, request);
      } catch (error) {
        if (!isBusy(error) || round >= PATIENCE) throw error;
        await this.options.wait(Math.min(error.details.retryAfterMs ?? 250 * round, LONGEST_WAIT_MS));
      }
    }
  }

  /** One sign-in at a time, whoever asks. */
  async signIn(): Promise<Session> {
    this.#signingIn ??= this.#signIn().finally(() => {
      this.#signingIn = undefined;
    });
    return this.#signingIn;
  }

  async openSocket(): Promise<HubSocket> {
    return this.options.transport.openSocket(await this.#token());
  }

  forgetSession(): void {
    this.#session = undefined;
  }

  /** As {@link call}, but a busy hub is not waited for. */
  async callOnce<R extends RouteName>(route: R, request: HubRequest): Promise<RouteOutput<R>> {
    try {
      return await this.#callSignedIn(route, request);
    } catch (error) {
      const { prove } = this.options;
      if (isHalfOpen(error) && isWayToProve(route, request)) throw breach('CLI-03', `Call: ${route}.`);
      if (prove === undefined || !isHalfOpen(error)) throw error;
      // One proof at a time, whoever waits for it.
      this.#proving ??= prove().finally(() => {
        this.#proving = undefined;
      });
      await this.#proving;
      return this.#callSignedIn(route, request);
    }
  }

  /** Whether the hub lets this session do more than prove. Nobody is asked to. */
  async isLetIn(): Promise<boolean> {
    try {
      await this.#callSignedIn('countKeyPackages', {});
      return true;
    } catch (error) {
      if (isHalfOpen(error)) return false;
      throw error;
    }
  }

  async #callSignedIn<R extends RouteName>(route: R, request: HubRequest): Promise<RouteOutput<R>> {
    if (ROUTES[route].auth !== 'device') return checked(route, await this.options.transport.request(route, request));
    try {
      return checked(route, await this.options.transport.request(route, request, await this.#token()));
    } catch (error) {
      if (!(error instanceof LiaisonError) || error.code !== 'unauthenticated') throw error;
      this.forgetSession();
      return checked(route, await this.options.transport.request(route, request, await this.#token()));
    }
  }

  async #token(): Promise<string> {
    const session = this.#session;
    const now = this.options.device.clock.now();
    if (session !== undefined && Date.parse(session.expiresAt) - RENEW_BEFORE_MS > now) return session.token;
    return (await this.signIn()).token;
  }

  async #signIn(): Promise<Session> {
    const { device } = this.options;
    const origin = await this.options.origin();
    const challenge = await this.call('createChallenge', { body: {} });
    if (challenge.origin !== origin) throw breach('CLI-02', `The roster says ${origin}.`);
    const signed = sessionSignedBytes({ nonce: challenge.nonce, origin, device: device.address });
    const session = await this.call('createSession', {
      body: {
        nonce: challenge.nonce,
        certificate: toBase64url(device.certificate),
        signature: toBase64url(sign('session', signed, device.key)),
      },
    });
    if (session.device !== device.address) throw breach('CLI-03', 'It opened a session of another device.');
    this.#session = session;
    return session;
  }
}

/** @throws LiaisonError `integrity` CLI-03. */
function checked<R extends RouteName>(route: R, answer: unknown): RouteOutput<R> {
  const contract: RouteContract = ROUTES[route];
  if (contract.produces !== undefined) {
    const isText = contract.produces.startsWith('text/');
    if (isText ? typeof answer === 'string' : answer instanceof Uint8Array) return answer as RouteOutput<R>;
    throw breach('CLI-03', `Call: ${route}.`);
  }
  if (contract.response === undefined) return undefined as RouteOutput<R>;
  const parsed = contract.response.safeParse(answer);
  if (!parsed.success) throw breach('CLI-03', `Call: ${route}.`);
  return parsed.data as RouteOutput<R>;
}

/** @throws LiaisonError `integrity` CLI-03. */
export function checkedPush<E extends keyof typeof HUB_EVENTS>(
  event: E,
  payload: unknown,
): z.output<(typeof HUB_EVENTS)[E]> {
  const parsed = HUB_EVENTS[event].safeParse(payload);
  if (!parsed.success) throw breach('CLI-03', `Push: ${event}.`);
  return parsed.data as z.output<(typeof HUB_EVENTS)[E]>;
}

function isHalfOpen(error: unknown): boolean {
  return error instanceof LiaisonError && error.code === 'second-factor-needed';
}

/** What a session without its proof may call: it is never refused for that. */
function isWayToProve(route: RouteName, { body }: HubRequest): boolean {
  const { halfOpen }: RouteContract = ROUTES[route];
  const isRegistration = typeof body === 'object' && body !== null && 'purpose' in body && body.purpose === 'register';
  return halfOpen === true && !isRegistration;
}

function isBusy(error: unknown): error is LiaisonError {
  return error instanceof LiaisonError && error.code === 'try-again';
}
