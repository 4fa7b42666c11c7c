import type { ChannelAdmin } from './channel-admin.js';
import type { ChannelBook } from './channel-book.js';
import type { CommitDesk } from './commit-desk.js';
import type { Device } from './device.js';
import type { OwnCertificate } from './enrolment/own-certificate.js';
import type { FreshTrust } from './fresh-trust.js';
import type { Hub, Repeat, Wait } from './hub.js';
import type { HubRemovals } from './hub-removals.js';
import type { KeyPackageShelf } from './key-packages.js';
import type { HubKeyChange } from './life/hub-key-change.js';
import type { Leaving } from './life/leaving.js';
import type { LogKeeper } from './log/log-keeper.js';
import type { Attestations } from './marks/attestations.js';
import type { LaterJudgement } from './marks/later-judgement.js';
import type { Outbox } from './outbox.js';
import type { Rejoining } from './rejoining.js';
import type { DeviceSecondFactor } from './sessions/device-second-factor.js';
import type { Synchroniser } from './synchroniser.js';
import type { TrustKeeper } from './trust-keeper.js';
import type { WelcomeDesk } from './welcomes.js';

/** What a client is put together from. */
export interface ClientParts {
  readonly device: Device;
  readonly trust: TrustKeeper;
  readonly hub: Hub;
  readonly book: ChannelBook;
  readonly fresh: FreshTrust;
  readonly synchroniser: Synchroniser;
  readonly outbox: Outbox;
  readonly later: LaterJudgement;
  readonly attestations: Attestations;
  readonly desk: CommitDesk;
  readonly admin: ChannelAdmin;
  readonly rejoining: Rejoining;
  readonly removals: HubRemovals;
  readonly hubKey: HubKeyChange;
  readonly leaving: Leaving;
  readonly welcomes: WelcomeDesk;
  readonly shelf: KeyPackageShelf;
  readonly keeper: LogKeeper;
  readonly certificate: OwnCertificate;
  readonly secondFactor: DeviceSecondFactor;
  readonly wait: Wait;
  readonly repeat: Repeat;
}
