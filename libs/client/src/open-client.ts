import type { Clock, RandomSource } from '#liaison/protocol';
import type { ClientStore } from './client-store.js';
import { ChannelAdmin } from './channel-admin.js';
import { ChannelBook } from './channel-book.js';
import { CommitDesk } from './commit-desk.js';
import type { LiaisonClient } from './client.js';
import { Device } from './device.js';
import { DeviceClient } from './device-client.js';
import type { DeviceProfile } from './device-profile.js';
import { OwnCertificate } from './enrolment/own-certificate.js';
import { FreshTrust } from './fresh-trust.js';
import { Hub, type Repeat, type Wait } from './hub.js';
import { HubRemovals } from './hub-removals.js';
import type { HubTransport } from './hub-transport.js';
import { HubKeyChange } from './life/hub-key-change.js';
import { Leaving } from './life/leaving.js';
import { LogKeeper } from './log/log-keeper.js';
import { KeyPackageShelf } from './key-packages.js';
import { Attestations } from './marks/attestations.js';
import { LaterJudgement } from './marks/later-judgement.js';
import type { ProofPrompt } from './sessions/client-second-factor.js';
import { DeviceSecondFactor } from './sessions/device-second-factor.js';
import { SendingMarks } from './marks/sending-marks.js';
import { Outbox } from './outbox.js';
import { OverdueRemovals } from './overdue-removals.js';
import { Rejoining } from './rejoining.js';
import { Synchroniser } from './synchroniser.js';
import { TrustKeeper } from './trust-keeper.js';
import { WelcomeDesk } from './welcomes.js';

export interface ClientOptions {
  readonly profile: DeviceProfile;
  readonly transport: HubTransport;
  readonly store: ClientStore;
  readonly clock: Clock;
  readonly random: RandomSource;
  /** Waits, for retries and re-connection. Default: the platform's timer. */
  readonly wait?: Wait;
  /** Does a task again and again until it is told to stop. Default: the platform's timer. */
  readonly repeat?: Repeat;
  /** The origin to sign for where the roster's is not how this device reaches the hub. Default: the roster's. */
  readonly hubOrigin?: string;
  /** Called where the hub asks for a second proof: the officer is told where to make it, and the call waits. Default: the call is refused. */
  readonly onSecondFactor?: ProofPrompt;
  /** One-time KeyPackages to keep at the hub. Default 20. */
  readonly keyPackages?: number;
}

const KEY_PACKAGES = 20;

/** Verifies profile and pinned roster, and opens the store's state. No network. @throws LiaisonError `malformed`, `usage`. */
export async function openClient(options: ClientOptions): Promise<LiaisonClient> {
  const device = await Device.open(options);
  const trust = new TrustKeeper(device);
  // A pinned roster that is not valid is said at once.
  const pinned = () => device.transact((transaction) => trust.current(transaction));
  await pinned();
  const wait = options.wait ?? ((milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds)));
  const origin = async () => options.hubOrigin ?? (await pinned()).roster.hub.origin;
  const { transport, onSecondFactor } = options;
  const prove = onSecondFactor && (() => secondFactor.prove('prove', onSecondFactor));
  const hub = new Hub({ transport, device, wait, origin, ...(prove && { prove }) });
  const secondFactor: DeviceSecondFactor = new DeviceSecondFactor({ device, hub, trust, wait });
  const book = new ChannelBook(device);
  const fresh = new FreshTrust(device, hub, trust);
  const synchroniser = new Synchroniser(device, hub, book, trust, fresh);
  const desk = new CommitDesk(device, hub, book, synchroniser);
  const hubKey = new HubKeyChange(device, book, trust, desk);
  const marks = new SendingMarks(device, trust);
  const outbox = new Outbox(device, book, (channel) => synchroniser.hasLooked(channel), marks, trust);
  return new DeviceClient({
    device,
    trust,
    hub,
    book,
    fresh,
    synchroniser,
    wait,
    repeat: options.repeat ?? everyInterval,
    outbox,
    later: new LaterJudgement(device, book, trust),
    attestations: new Attestations(device, book, outbox),
    desk,
    admin: new ChannelAdmin(device, hub, book, trust, synchroniser, desk),
    removals: new HubRemovals(device, hub, book, trust, desk, new OverdueRemovals(device, book, trust, desk)),
    hubKey,
    leaving: new Leaving(device, hub, book, desk, synchroniser, hubKey, fresh),
    rejoining: new Rejoining(device, hub, book, trust, synchroniser, desk),
    welcomes: new WelcomeDesk(device, hub, book, trust, synchroniser),
    keeper: new LogKeeper(device, hub, trust),
    certificate: new OwnCertificate(device, hub, trust),
    secondFactor,
    shelf: new KeyPackageShelf(device, hub, options.keyPackages ?? KEY_PACKAGES),
  });
}

const everyInterval: Repeat = (milliseconds, task) => {
  const timer = setInterval(task, milliseconds);
  return () => {
    clearInterval(timer);
  };
};
