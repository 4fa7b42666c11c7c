import type { Duty } from '#liaison/crypto';
import type { Classification, ContactPointId, DeviceAddress, SecurityAgreement } from '#liaison/protocol';

/** What a founding meeting writes down about a contact point, before any key exists. */
export interface ContactPointPlan {
  readonly id: ContactPointId;
  /** By BCP 47 language tag; `en` is always there. */
  readonly names: Readonly<Record<string, string>>;
  /** IANA name. */
  readonly timeZone: string;
  /** ISO weekday numbers, 1 = Monday. */
  readonly weekend: readonly number[];
  readonly languages: readonly string[];
  readonly ceiling: Classification;
  /** Whoever invites a device may not be the one who certifies it. */
  readonly administratorsToEnrol?: 2 | undefined;
  /** Runs a connector that witnesses the hub's log. */
  readonly witness?: boolean;
}

/** A device that a contact point enrols. It is cleared up to its contact point's ceiling. */
export interface DevicePlan {
  readonly address: DeviceAddress;
  /** As it stands in the certificate, in the officer's own writing. */
  readonly officerName: string;
  /** Default: officer and administrator. */
  readonly duties?: readonly Duty[];
}

/** All that a community agrees on before its ceremony. */
export interface CommunityPlan {
  /** Its name in the roster: lower-case letters, digits and hyphens. */
  readonly community: string;
  readonly contactPoints: readonly ContactPointPlan[];
  readonly coChairs: readonly ContactPointId[];
  /** Co-chairs that have to sign a roster. */
  readonly threshold: number;
  readonly devices: readonly DevicePlan[];
  /** Security agreements that the co-chairs have on record. */
  readonly agreements?: readonly SecurityAgreement[] | undefined;
}

/** What the hub says of itself (`GET /v1/hub`): the co-chairs compare it with what its operator tells them. */
export interface HubIdentity {
  readonly origin: string;
  /** base64url of 32 bytes. */
  readonly externalSenderKey: string;
  /** base64url of 32 bytes: signs the checkpoints of its log. */
  readonly logKey: string;
}
