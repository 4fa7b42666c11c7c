import {
  type CertificateAuthority,
  parseDeviceCertificate,
  signSignInPolicy,
  verifiedSignInPolicy,
} from '#liaison/crypto';
import {
  decodeUntrustedSignInPolicy,
  type DeviceAddress,
  LiaisonError,
  type ProofPurpose,
  type ProofTicket,
  type SecondFactorStatus,
  type SignedSignInPolicy,
  SignInPolicy,
  timestampOf,
} from '#liaison/protocol';
import { raiseAlarm } from '../alarms.js';
import { asBreach, breach } from '../breach.js';
import type { Device } from '../device.js';
import type { Hub, Wait } from '../hub.js';
import { KEYS } from '../keys.js';
import type { Transaction } from '../transaction.js';
import type { TrustKeeper } from '../trust-keeper.js';
import type { ClientSecondFactor, ConnectorRule, PolicyWish, ProofPrompt } from './client-second-factor.js';

/** 32 bytes in base64url. */
const SECRET = /^[A-Za-z0-9_-]{43}$/;
const POLL_MS = 1_000;
const HOUR_MS = 60 * 60 * 1000;
/** Between asking for the link and the proof, and for clocks that differ. */
const SLACK_MS = 15 * 60 * 1000;
const MOMENT_MS = 60 * 1000;
/** How long a look at the policy holds. */
const LOOK_HOLDS_MS = 5 * 60 * 1000;

export interface SecondFactorParts {
  readonly device: Device;
  readonly hub: Hub;
  readonly trust: TrustKeeper;
  readonly wait: Wait;
}

/** {@link ClientSecondFactor}, for one device. The hub asks for the proof; that it does not forget to, this device watches by the signed policy. */
export class DeviceSecondFactor implements ClientSecondFactor {
  #lookedAt = Number.NEGATIVE_INFINITY;

  constructor(private readonly parts: SecondFactorParts) {}

  async status(): Promise<SecondFactorStatus> {
    const status = await this.parts.hub.call('getSecondFactor');
    await this.#judge(status);
    return status;
  }

  /** Without network: the newest policy that was verified. */
  async pinned(): Promise<SignInPolicy | undefined> {
    const { device } = this.parts;
    const known = await device.transact((transaction) => transaction.getJson<SignedSignInPolicy>(KEYS.signInPolicy));
    return known && decodeUntrustedSignInPolicy(known.policy);
  }

  /** Now and then. @throws LiaisonError `integrity` CLI-88, CLI-89, CLI-98. */
  async watch(): Promise<void> {
    const { device, hub } = this.parts;
    const now = device.clock.now();
    if (now - this.#lookedAt < LOOK_HOLDS_MS) return;
    const isLacking = await this.#judge(await hub.call('getSecondFactor'));
    await this.#noteLetIn(isLacking && (await hub.isLetIn()));
    this.#lookedAt = now;
  }

  /** Hub processes learn of a policy, or of a proof that ran out, one after the other: what goes on for a minute is no such moment. */
  async #noteLetIn(isLetIn: boolean): Promise<void> {
    const { device } = this.parts;
    const since = await device.transact(async (transaction) => {
      const known = await transaction.getJson<{ at: string }>(KEYS.letInUnproved);
      if (!isLetIn && known !== undefined) transaction.delete(KEYS.letInUnproved);
      if (isLetIn && known === undefined) transaction.putJson(KEYS.letInUnproved, { at: timestampOf(device.clock) });
      return known?.at;
    });
    if (isLetIn && since !== undefined && device.clock.now() - Date.parse(since) >= MOMENT_MS) throw breach('CLI-98');
  }

  async prove(purpose: ProofPurpose, prompt: ProofPrompt): Promise<SecondFactorStatus> {
    const { device, hub, wait } = this.parts;
    // The link lives no longer than its session: a new one.
    hub.forgetSession();
    const before = await hub.call('getSecondFactor');
    const ticket = await hub.call('createProofTicket', { body: { purpose } });
    await this.#requireOwnLink(ticket);
    await device.transact((transaction) => {
      transaction.putJson(KEYS.proofAskedAt, { at: timestampOf(device.clock) });
      return Promise.resolve();
    });
    prompt(ticket);
    const until = Date.parse(ticket.expiresAt);
    while (device.clock.now() < until) {
      await wait(POLL_MS);
      const status = await hub.call('getSecondFactor');
      if (isNews(purpose, before, status)) return status;
    }
    throw new LiaisonError('not-allowed', 'Nobody has made the proof in time. Ask for a new link.');
  }

  async remove(credential: string): Promise<void> {
    await this.parts.hub.call('removeCredential', { body: { credential } });
  }

  async allow(device: DeviceAddress, reset: boolean): Promise<{ until: string }> {
    const outcome = await this.parts.hub.call('allowRegistration', { body: { device, reset } });
    if ('until' in outcome) return outcome;
    const message =
      'Only an administrator may, for a device of another officer of the same contact point that has signed in before.';
    throw new LiaisonError('not-allowed', message, { check: outcome.refused });
  }

  async publishPolicy(
    { connectors: wanted, ...wish }: PolicyWish,
    ca: CertificateAuthority,
  ): Promise<{ number: number; connectors: ConnectorRule }> {
    const { device, hub } = this.parts;
    const { policy: told } = await this.status();
    const last = told && decodeUntrustedSignInPolicy(told.policy);
    const number = (last?.number ?? 0) + 1;
    const connectors = wanted ?? last?.connectors ?? 'any';
    const { contactPoint } = device;
    const policy = SignInPolicy.safeParse({
      v: 1,
      contactPoint,
      number,
      issuedAt: timestampOf(device.clock),
      ...wish,
      ...(connectors !== 'any' && { connectors }),
    });
    if (!policy.success)
      throw new LiaisonError('usage', `This is no sign-in policy: ${policy.error.issues[0]?.message ?? ''}.`);
    await hub.call('putSignInPolicy', { params: { contactPoint }, body: signSignInPolicy(policy.data, ca.key) });
    return { number, connectors };
  }

  /** An officer opens it and signs in nationally: it leads to the hub of the roster, and carries nothing but its secret. */
  async #requireOwnLink({ link }: ProofTicket): Promise<void> {
    const { device, trust } = this.parts;
    const { roster } = await device.transact((transaction) => trust.current(transaction));
    const page = `${roster.hub.origin}/second-factor#`;
    if (link.startsWith(page) && SECRET.test(link.slice(page.length))) return;
    const error = breach('CLI-85');
    await device.transact((transaction) => raiseAlarm(transaction, device.clock, error));
    throw error;
  }

  /** @returns whether a proof is demanded that is still to be made. A policy is pinned whatever comes of it. */
  async #judge({ state, policy: told }: SecondFactorStatus): Promise<boolean> {
    const { device } = this.parts;
    const policy = await device.transact((transaction) => this.#pinned(transaction, told));
    if (policy === undefined || policy.secondFactor === 'none' || isConnector(device)) return false;
    if (state === 'needed') return true;
    const asked = await device.transact((transaction) => transaction.getJson<{ at: string }>(KEYS.proofAskedAt));
    const isOurs =
      asked !== undefined && device.clock.now() - Date.parse(asked.at) <= policy.hours * HOUR_MS + SLACK_MS;
    if (state === 'not-needed' || !isOurs) throw breach('CLI-89');
    return false;
  }

  /** The newest policy that this device has verified: the hub can neither change nor withhold it. */
  async #pinned(transaction: Transaction, told: SignedSignInPolicy | undefined): Promise<SignInPolicy | undefined> {
    const known = await transaction.getJson<SignedSignInPolicy>(KEYS.signInPolicy);
    const pinned = known && decodeUntrustedSignInPolicy(known.policy);
    if (told === undefined) {
      if (pinned === undefined) return undefined;
      throw breach('CLI-88', 'It shows none, and this device has seen one.');
    }
    if (told.policy === known?.policy) return pinned;
    const policy = await this.#verified(transaction, told, known);
    if (pinned !== undefined && policy.number <= pinned.number)
      throw breach('CLI-88', `It shows number ${policy.number}; this device has seen ${pinned.number}.`);
    transaction.putJson(KEYS.signInPolicy, told);
    return policy;
  }

  async #verified(
    transaction: Transaction,
    told: SignedSignInPolicy,
    last: SignedSignInPolicy | undefined,
  ): Promise<SignInPolicy> {
    const { contactPoint, clock } = this.parts.device;
    const authorities = (await this.parts.trust.current(transaction)).authoritiesOf(contactPoint);
    if (authorities === undefined) throw breach('CLI-88', 'The contact point is not in the roster.');
    try {
      return verifiedSignInPolicy(told, { contactPoint, authorities, last, at: clock.now() });
    } catch (cause) {
      throw asBreach('CLI-88', cause);
    }
  }
}

function isNews(purpose: ProofPurpose, before: SecondFactorStatus, now: SecondFactorStatus): boolean {
  if (purpose === 'register') return now.credentials.length > before.credentials.length;
  return now.proof !== undefined && now.proof.at !== before.proof?.at;
}

function isConnector({ certificate }: Device): boolean {
  return parseDeviceCertificate(certificate).duties.includes('connector');
}
