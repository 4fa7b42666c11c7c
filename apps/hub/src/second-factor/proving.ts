import { Inject, Injectable } from '@nestjs/common';
import type { Pool } from 'pg';
import {
  contactPointOf,
  officerOf,
  type Clock,
  type DeviceAddress,
  type ProofOffer,
  type ProofOutcome,
  type ProofPurpose,
  type ProofRefusal,
  type ProofTicket,
  type SecondFactorStatus,
  type SignInPolicy,
  type SignOnOffer,
  type SignOnProof,
  type WebauthnProof,
} from '#liaison/protocol';
import type { AuthenticatedDevice } from '../access/authenticated-device.js';
import { Devices } from '../identity/devices.js';
import { FreshProofs } from '../identity/fresh-proofs.js';
import { isSatisfiedBy, SignInPolicies } from '../identity/sign-in-policies.js';
import { CLOCK } from '../ports.js';
import { Credentials, isFull, type StoredCredential } from './credentials.js';
import { ProofFailures } from './proof-failures.js';
import { ProofTickets, TICKET_MS, type OpenTicket } from './proof-tickets.js';
import { Proofs } from './proofs.js';
import { Registrations } from './registrations.js';
import { SignOn } from './sign-on.js';
import { Webauthn } from './webauthn.js';

/** The second proof of a session (docs/spec/second-factor.md). */
@Injectable()
export class Proving {
  constructor(
    @Inject(CLOCK) private readonly clock: Clock,
    private readonly policies: SignInPolicies,
    private readonly devices: Devices,
    private readonly tickets: ProofTickets,
    private readonly credentials: Credentials,
    private readonly registrations: Registrations,
    private readonly proofs: Proofs,
    private readonly fresh: FreshProofs,
    private readonly webauthn: Webauthn,
    private readonly signOn: SignOn,
    private readonly failures: ProofFailures,
  ) {}

  async status(caller: AuthenticatedDevice): Promise<SecondFactorStatus> {
    const { device, contactPoint } = caller;
    const credentials = await this.credentials.of(officerOf(device));
    const proof = await this.proofs.of(device);
    const rule = this.policies.ruleFor(caller);
    const policy = this.policies.of(contactPoint)?.signed;
    const isProved = proof !== undefined && isSatisfiedBy(rule, proof.method);
    return {
      state: isProved ? 'proved' : rule === 'none' ? 'not-needed' : 'needed',
      ...(isProved && { proof }),
      mayRegister: credentials.length === 0 && (await this.registrations.areOpenFor(device)),
      credentials: credentials.map(({ publicKey: _, counter: _counter, ...credential }) => credential),
      ...(policy && { policy }),
    };
  }

  /**
   * @throws LiaisonError `try-again` (SFA-08), `not-allowed` (SFA-09): too many have failed; `second-factor-needed` (SFA-10): a further
   * credential is registered with a proof of the last minutes.
   */
  async ticket(caller: AuthenticatedDevice, purpose: ProofPurpose): Promise<ProofTicket> {
    const { device } = caller;
    await this.failures.requireTry(device);
    if (purpose === 'register' && (await this.hasToProve(device))) await this.fresh.require(device);
    return this.tickets.create(caller, purpose);
  }

  /** Refuses: SFA-01 the ticket, SFA-03 there is nothing that may be proved or registered. */
  async open(ticket: string): Promise<ProofOffer> {
    const found = await this.tickets.open(ticket);
    if (found === undefined) return linkIsOver('SFA-01');
    const { flow, opened } = found;
    const { device, code } = opened;
    const known = await this.credentials.of(officerOf(device));
    const act = await this.actOf(opened, known);
    const policy = this.policyOf(opened);
    const rule = opened.purpose === 'prove' ? this.signOn.ruleOf(policy) : undefined;
    if (act === undefined && rule === undefined) {
      await this.tickets.take(flow);
      return nothingToProve(device);
    }
    const webauthn = act && (await this.webauthnOf(act, opened, known));
    return {
      outcome: 'ready',
      flow,
      device,
      code,
      ...(webauthn && { webauthn }),
      ...(rule && { signOn: new URL(rule.issuer).host }),
    };
  }

  private webauthnOf(act: 'get' | 'create', { device, challenge }: OpenTicket, known: readonly StoredCredential[]) {
    return act === 'create'
      ? this.webauthn.toRegister(device, known, challenge)
      : this.webauthn.toProve(known, challenge);
  }

  /** Refuses: SFA-02 the flow, SFA-07 the national sign-on is not for it, or away. */
  async toSignOn(flow: string): Promise<SignOnOffer> {
    const found = await this.tickets.toSignOn(flow);
    if (found === undefined) return linkIsOver('SFA-02');
    const policy = this.policyOf(found.opened);
    const rule = this.signOn.ruleOf(policy);
    const url = policy && rule && (await this.signOn.url(policy, rule, found.secrets));
    if (url !== undefined) return { outcome: 'ready', url };
    const message = 'The national sign-on cannot be reached. Ask for a new link, and try again.';
    return { outcome: 'refused', check: 'SFA-07', message };
  }

  /** Refuses: SFA-02 the flow or its session, SFA-06 what the national sign-on answered. */
  async bySignOn({ flow, query }: SignOnProof): Promise<ProofOutcome> {
    const opened = await this.takeLive(flow);
    if (opened === undefined) return linkIsOver('SFA-02');
    const { device, state, nonce, verifier } = opened;
    const policy = this.policyOf(opened);
    const rule = this.signOn.ruleOf(policy);
    const isAsked = state !== null && nonce !== null && verifier !== null;
    if (policy !== undefined && rule !== undefined && isAsked) {
      const asked = { policy, rule, query };
      if (await this.signOn.vouches(device, asked, { state, nonce, verifier })) {
        const end = await this.proofs.add(opened, 'oidc', () => Promise.resolve([]));
        return end === 'proved' ? { outcome: end } : linkIsOver('SFA-02');
      }
    }
    await this.failures.add(device, 'oidc');
    const message = 'The national sign-on has not confirmed that it is you. Ask for a new link.';
    return { outcome: 'refused', check: 'SFA-06', message };
  }

  /** Refuses: SFA-02 the flow or its session, SFA-03, SFA-04 what the authenticator answered. */
  async byWebauthn({ flow, credential }: WebauthnProof): Promise<ProofOutcome> {
    const opened = await this.takeLive(flow);
    if (opened === undefined) return linkIsOver('SFA-02');
    const known = await this.credentials.of(officerOf(opened.device));
    const act = await this.actOf(opened, known);
    if (act === undefined) return nothingToProve(opened.device);
    const end =
      act === 'create' ? await this.register(opened, credential) : await this.assert(opened, credential, known);
    if (end === 'proved') return { outcome: end };
    if (end === 'over') return linkIsOver('SFA-02');
    if (end === 'not-allowed') return nothingToProve(opened.device);
    await this.failures.add(opened.device, 'webauthn');
    return {
      outcome: 'refused',
      check: 'SFA-04',
      message: 'The security key’s answer does not verify. Ask for a new link.',
    };
  }

  /** Before it registers. Whoever has nothing to prove with is told so by the page. */
  private async hasToProve(device: DeviceAddress): Promise<boolean> {
    const known = await this.credentials.of(officerOf(device));
    if (known.length > 0) return true;
    const canSignOn = this.signOn.ruleOf(this.policyOf({ device })) !== undefined;
    return canSignOn && !(await this.registrations.areOpenFor(device));
  }

  /** A first credential needs an open registration or a proof, a further one a proof: of just before the link was given. */
  private async actOf(
    ticket: Pick<OpenTicket, 'device' | 'purpose'>,
    known: readonly StoredCredential[],
    database?: Pick<Pool, 'query'>,
  ): Promise<'get' | 'create' | undefined> {
    const { device, purpose } = ticket;
    if (purpose === 'prove' && this.policyOf(ticket)?.secondFactor === 'oidc') return undefined;
    if (purpose === 'prove' && known.length > 0) return 'get';
    if (known.length === 0 && (await this.registrations.areOpenFor(device, database))) return 'create';
    const mayAdd = purpose === 'register' && !isFull(known) && (await this.fresh.has(device, TICKET_MS, database));
    return mayAdd ? 'create' : undefined;
  }

  private async register(opened: OpenTicket, answer: WebauthnProof['credential']) {
    const { device, challenge } = opened;
    const made = await this.webauthn.registered(answer, challenge);
    if (made === undefined) return 'wrong';
    return this.proofs.add(opened, 'webauthn', async (transaction) => {
      const known = await this.credentials.of(officerOf(device), transaction);
      if ((await this.actOf(opened, known, transaction)) !== 'create') return 'not-allowed';
      return (await this.credentials.add(transaction, device, made)) ?? 'wrong';
    });
  }

  private async assert(opened: OpenTicket, answer: WebauthnProof['credential'], known: readonly StoredCredential[]) {
    const credential = known.find(({ id }) => id === answer.id);
    const counter = credential && (await this.webauthn.proved(answer, credential, opened.challenge));
    if (credential === undefined || counter === undefined) return 'wrong';
    return this.proofs.add(opened, 'webauthn', async (transaction) =>
      (await this.credentials.used(transaction, credential, counter)) ? [] : 'wrong',
    );
  }

  /** With a session that goes on, of a device that is not locked out. */
  private async takeLive(flow: string): Promise<OpenTicket | undefined> {
    const opened = await this.tickets.take(flow);
    if (opened === undefined) return undefined;
    const { device, session: sessionId } = opened;
    if (await this.failures.isLockedOut(device)) return undefined;
    const now = { at: this.clock.now(), hours: this.policies.hoursFor(device) };
    const facts = await this.devices.sessionFacts({ device, sessionId }, now);
    return facts?.hasEnded === false ? opened : undefined;
  }

  private policyOf({ device }: Pick<OpenTicket, 'device'>): SignInPolicy | undefined {
    return this.policies.of(contactPointOf(device))?.policy;
  }
}

function linkIsOver(check: string): ProofRefusal {
  return { outcome: 'refused', check, message: 'This link was used, or is out of date. Ask for a new one.' };
}

function nothingToProve(device: DeviceAddress): ProofRefusal {
  const message = `There is no security key to prove with, and none may be registered now. Ask an administrator: liaison admin second-factor allow ${device}`;
  return { outcome: 'refused', check: 'SFA-03', message };
}
