import type { CertificateAuthority } from '#liaison/crypto';
import type { DeviceAddress, ProofPurpose, ProofTicket, SecondFactorStatus, SignInPolicy } from '#liaison/protocol';

/** Told where the proof is to be made: in a browser, by this link, and the code that its page has to show. */
export type ProofPrompt = (ticket: ProofTicket) => void;

/** How connectors call: `any`, as every device does. */
export type ConnectorRule = NonNullable<SignInPolicy['connectors']> | 'any';

/** What the next policy is to demand. `connectors` absent: what the last one does. */
export interface PolicyWish extends Pick<SignInPolicy, 'secondFactor' | 'hours' | 'signOn'> {
  readonly connectors?: ConnectorRule;
}

/** The second proof of sessions, and what the contact point demands. */
export interface ClientSecondFactor {
  /** The policy in it is verified. @throws LiaisonError `integrity` CLI-88, CLI-89. */
  status(): Promise<SecondFactorStatus>;
  /** Waits until the officer has proved, or registered a credential, in a browser. @throws LiaisonError `not-allowed` where they did not in time. */
  prove(purpose: ProofPurpose, prompt: ProofPrompt): Promise<SecondFactorStatus>;
  /** One of the officer's credentials. */
  remove(credential: string): Promise<void>;
  /** As an administrator, for another officer: a first credential, once, on this device. @throws LiaisonError `not-allowed` (SFA-05). */
  allow(device: DeviceAddress, reset: boolean): Promise<{ readonly until: string }>;
  /** Has the contact point's CA sign the next policy, and publishes it. @returns its number. */
  publishPolicy(
    policy: PolicyWish,
    ca: CertificateAuthority,
  ): Promise<{ readonly number: number; readonly connectors: ConnectorRule }>;
}
