import { parseDeviceCertificate } from '#liaison/crypto';
import {
  type Clock,
  decodeUntrustedSignInPolicy,
  type DeviceAddress,
  LiaisonError,
  type RandomSource,
} from '#liaison/protocol';
import type { Alarm } from '../alarm.js';
import { openAlarms } from '../alarms.js';
import { breach } from '../breach.js';
import type { ClientStore } from '../client-store.js';
import { Device } from '../device.js';
import type { DeviceProfile } from '../device-profile.js';
import { OwnCertificate } from '../enrolment/own-certificate.js';
import { Faults } from '../faults.js';
import { Hub, type Wait } from '../hub.js';
import type { HubTransport } from '../hub-transport.js';
import { checkpointOf, LogKeeper } from '../log/log-keeper.js';
import { DeviceSecondFactor } from '../sessions/device-second-factor.js';
import type { ConnectorRule } from '../sessions/client-second-factor.js';
import type { TlsIdentity } from '../tls-identity.js';
import { TrustKeeper } from '../trust-keeper.js';

const MOMENT_MS = 10_000;

export interface ConnectorPorts {
  readonly profile: DeviceProfile;
  readonly store: ClientStore;
  /** @param identity to present on every connection; none: connections without a client certificate. */
  readonly transport: (identity?: TlsIdentity) => HubTransport;
  /** Whether those connections are of TLS. */
  readonly isTls: boolean;
  readonly clock: Clock;
  readonly random: RandomSource;
  readonly wait: Wait;
}

/** What a connector has verified of the hub, as a device of its contact point. */
export interface ConnectorReport {
  readonly device: DeviceAddress;
  /** What the contact point demands of it. */
  readonly connectors: ConnectorRule;
  /** RFC 3339: the end of its certificate. */
  readonly certifiedUntil: string;
  readonly rosterVersion: number;
  /** Contact points whose revocation list it holds. */
  readonly revocationLists: number;
  /** Entries of the log that is consistent with all that it has seen before; absent: the roster is from before the log. */
  readonly logSize?: number;
  /** Of the connector, with the one of this check, which is over. */
  readonly sessions: number;
  /** Those that nobody has settled. */
  readonly alarms: readonly Alarm[];
}

/** A connector signed in as what it is: a device that nobody sits in front of. It reads no channels and publishes no KeyPackages. */
export class ConnectorDevice {
  readonly #hub: Hub;
  readonly #trust: TrustKeeper;
  readonly #secondFactor: DeviceSecondFactor;
  readonly #faults: Faults;

  private constructor(
    private readonly device: Device,
    private readonly ports: ConnectorPorts,
  ) {
    const { profile, wait } = ports;
    const transport = ports.transport({ certificate: () => device.certificate, signingSeed: profile.signingSeed });
    const trust = new TrustKeeper(device);
    const origin = async () => (await device.transact((transaction) => trust.current(transaction))).roster.hub.origin;
    const hub = new Hub({ transport, device, wait, origin });
    this.#trust = trust;
    this.#hub = hub;
    this.#secondFactor = new DeviceSecondFactor({ device, hub, trust, wait });
    this.#faults = new Faults(device);
  }

  /** No network. @throws LiaisonError `malformed` (CLI-60), `usage` for a device that is no connector. */
  static async open(ports: ConnectorPorts): Promise<ConnectorDevice> {
    const device = await Device.open(ports);
    const { duties } = parseDeviceCertificate(device.certificate);
    if (duties.includes('connector')) return new ConnectorDevice(device, ports);
    throw new LiaisonError('usage', `${device.address} is no connector: its certificate does not have the duty.`);
  }

  /**
   * Signs in, verifies what a device verifies of the hub before it believes it anything, and ends the session.
   * @throws LiaisonError `integrity`, which is an alarm as well; of the hub where it refuses.
   */
  check(): Promise<ConnectorReport> {
    return this.#faults.guarded(async () => {
      await this.#requireTls();
      await this.#trust.refreshRoster(this.#hub);
      const { token } = await this.#hub.signIn();
      await this.#trust.refreshRevocations(this.#hub);
      const connectors = await this.#demanded();
      if (connectors === 'mutual-tls') await this.#requireBound(token);
      await new OwnCertificate(this.device, this.#hub, this.#trust).keep();
      const logSize = await this.#followLog();
      const { sessions } = await this.#hub.call('listSessions', { query: { scope: 'own' } });
      await this.#hub.call('endSession');
      return {
        ...(await this.#held()),
        connectors,
        ...(logSize !== undefined && { logSize }),
        sessions: sessions.length,
      };
    });
  }

  /** DER: the newest, that it presents. */
  get certificate(): Uint8Array {
    return this.device.certificate;
  }

  close(): Promise<void> {
    return this.device.close();
  }

  /** What the contact point forbids is not tried: in plain HTTP anybody on the way reads the token. */
  async #requireTls(): Promise<void> {
    const policy = await this.#secondFactor.pinned();
    if (this.ports.isTls || policy?.connectors !== 'mutual-tls') return;
    const message =
      'Your contact point demands mutual TLS of connectors. Name the address where the hub ends TLS: --hub https://…';
    throw new LiaisonError('usage', message);
  }

  /** By the policy that it has verified. */
  async #demanded(): Promise<ConnectorRule> {
    const { policy } = await this.#secondFactor.status();
    return (policy && decodeUntrustedSignInPolicy(policy.policy).connectors) ?? 'any';
  }

  /** The hub must not take this device's token from a connection that does not prove its key. @throws LiaisonError `integrity` CLI-79. */
  async #requireBound(token: string): Promise<void> {
    if (!(await this.#isTaken(token))) return;
    // Processes of one hub learn of a policy one after the other.
    await this.ports.wait(MOMENT_MS);
    if (await this.#isTaken(token)) throw breach('CLI-79');
  }

  /** On a connection without the certificate. */
  async #isTaken(token: string): Promise<boolean> {
    try {
      await this.ports.transport().request('getSecondFactor', {}, token);
      return true;
    } catch (error) {
      if (error instanceof LiaisonError && error.code === 'unauthenticated') return false;
      throw error;
    }
  }

  async #followLog(): Promise<number | undefined> {
    const keeper = new LogKeeper(this.device, this.#hub, this.#trust);
    if (!(await keeper.hasLog())) return undefined;
    return checkpointOf(await keeper.advance()).size;
  }

  #held() {
    return this.device.transact(async (transaction) => {
      const { roster, revocationLists } = await this.#trust.current(transaction);
      return {
        device: this.device.address,
        certifiedUntil: new Date(parseDeviceCertificate(this.device.certificate).notAfter).toISOString(),
        rosterVersion: roster.version,
        revocationLists: revocationLists.size,
        alarms: await openAlarms(transaction),
      };
    });
  }
}
