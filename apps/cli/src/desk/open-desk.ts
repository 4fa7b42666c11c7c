import {
  type DeviceProfile,
  type HubTransport,
  type LiaisonClient,
  openClient,
  type ProofPrompt,
} from '#liaison/client';
import { keepCertificate, openDiskStore } from '#liaison/client.node';
import {
  contactPointOf,
  type ContactPointId,
  decodeUntrustedRoster,
  LiaisonError,
  type Roster,
} from '#liaison/protocol';
import { cryptoReady, parseDeviceCertificate } from '#liaison/crypto';
import { chosenHubUrl } from '../config/hub-url.js';
import type { Host } from '../host.js';
import { findPassphrase } from '../profile/passphrase.js';
import { proofPrompt, unattendedPrompt } from '../terminal/proof-prompt.js';
import { type Reader, readerOf } from './reader.js';
import { chooseProfileFolder, readProfile, requireProfile, storeFolder } from '../profile/profile-folder.js';

/** The options that every command takes. */
export interface GlobalOptions {
  readonly profile?: string;
  readonly as?: string;
  readonly json?: boolean;
  readonly passphraseFile?: string;
  readonly hub?: string;
}

/** A device at work: its client, and what its roster says of the community around it. */
export interface Desk {
  readonly client: LiaisonClient;
  readonly transport: HubTransport;
  readonly profile: DeviceProfile;
  readonly folder: string;
  readonly me: ContactPointId;
  readonly roster: Roster;
  /** IANA zone of the own contact point: local times are the desk's, wherever the machine stands. */
  readonly timeZone: string;
}

/** Opens the device that the options mean, lets `work` use it, and closes it whatever happens. */
export async function withDesk<T>(host: Host, options: GlobalOptions, work: (desk: Desk) => Promise<T>): Promise<T> {
  await cryptoReady();
  const chosenHub = chosenHubUrl(options.hub, host.environment);
  const folder = chooseProfileFolder(options, host.environment);
  await requireProfile(folder);
  const passphrase = await findPassphrase(folder, {
    option: options.passphraseFile,
    environment: host.environment,
    ask: host.askHidden,
  });
  const profile = await readProfile(folder, passphrase);
  const hubUrl = chosenHub ?? profile.hubUrl;
  // A program that reads our JSON cannot open a browser: it is told by the error.
  const onSecondFactor = options.json ? undefined : host.isAttended ? proofPrompt(host.terminal) : unattendedPrompt;
  const { client, transport } = await openDeviceClient(host, { folder, profile, hubUrl, onSecondFactor });
  try {
    const answer = await work({ client, transport, profile, folder, ...(await surroundings(client)) });
    await keepCertificate(folder, { profile, certificate: client.certificate }, { passphrase, ...host.sealing });
    return answer;
  } finally {
    await client.close();
  }
}

/**
 * A connector presents its certificate in TLS, for its contact point may demand that (docs/spec/mutual-tls.md); officers' devices do not, for nobody
 * may, and a proxy on their way would see it.
 * @param device `folder`: the profile's; its state lies in `store/` below.
 */
export async function openDeviceClient(
  { clock, random, reach }: Pick<Host, 'clock' | 'random' | 'reach'>,
  device: {
    readonly folder: string;
    readonly profile: DeviceProfile;
    readonly hubUrl: string;
    readonly onSecondFactor?: ProofPrompt | undefined;
  },
): Promise<{ readonly client: LiaisonClient; readonly transport: HubTransport }> {
  const { profile, hubUrl, onSecondFactor } = device;
  const opened: { client?: LiaisonClient } = {};
  const certificate = () => opened.client?.certificate ?? profile.certificate;
  const isConnector = parseDeviceCertificate(profile.certificate).duties.includes('connector');
  const transport = await reach(hubUrl, isConnector ? { certificate, signingSeed: profile.signingSeed } : undefined);
  const store = await openDiskStore({ folder: storeFolder(device.folder), key: profile.storeKey, random });
  const ports = { profile, transport, store, clock, random, ...(onSecondFactor && { onSecondFactor }) };
  const client = await openClient(ports);
  opened.client = client;
  return { client, transport };
}

/** In the contact point's own language and forms, by its own clock. @param wanted another language. */
export async function deskReader(client: LiaisonClient, wanted?: string): Promise<Reader> {
  return readerOf({ ...(await surroundings(client)), wanted });
}

async function surroundings(client: LiaisonClient): Promise<Pick<Desk, 'me' | 'roster' | 'timeZone'>> {
  const roster = decodeUntrustedRoster((await client.roster()).roster);
  const me = contactPointOf(client.device);
  const timeZone = roster.contactPoints.find(({ id }) => id === me)?.timeZone ?? 'UTC';
  return { me, roster, timeZone };
}

/**
 * One round with the hub. Where it cannot be reached, what this device holds already is still worth showing.
 * @returns false where nothing could be fetched; the reason is remarked.
 */
export async function syncOrRemark(desk: Desk, remark: (text: string) => void): Promise<boolean> {
  try {
    await desk.client.sync();
    return true;
  } catch (error) {
    if (!(error instanceof LiaisonError)) throw error;
    if (error.code === 'unauthenticated') throw withWayOffline(error);
    if (!['unavailable', 'try-again'].includes(error.code)) throw error;
    remark(`The hub cannot be reached, so this is what the device held before. (${error.message})`);
    return false;
  }
}

/** Of a device that was locked or revoked: what it had read stays readable. */
function withWayOffline({ code, message, details }: LiaisonError): LiaisonError {
  const way = 'What this device holds can still be read: "liaison inbox --offline", "liaison read <id> --offline".';
  return new LiaisonError(code, `${message} ${way}`, details);
}
