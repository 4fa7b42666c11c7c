import type { ChannelView, LiaisonClient } from '#liaison/client';
import { contactPointOf, type ContactPointId, LiaisonError, type RecordId } from '#liaison/protocol';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { deskReader, openDeviceClient } from '../desk/open-desk.js';
import { openChannel } from '../founding/open-channel.js';
import type { Host } from '../host.js';
import { hasProfile, readProfile } from '../profile/profile-folder.js';
import { Actor } from './actor.js';
import { type Moment, type PlayedRecord, playRecord, type Stage } from './play-record.js';
import { channelOf, type WantedChannel } from './scenario-channel.js';
import type { ScenarioFile } from './scenario-file.js';
import { recordsOf } from './scenario-records.js';

/** The whole play: what every desk did and saw. */
export interface Story {
  readonly channel: ChannelView;
  readonly members: readonly ContactPointId[];
  readonly records: readonly PlayedRecord[];
}

export interface Theatre {
  /** The demo community's folder. */
  readonly folder: string;
  readonly hubUrl: string;
  readonly passphrase: string;
  /** Everybody is there and in the channel. */
  readonly cast: (members: readonly ContactPointId[], channel: ChannelView) => void;
  readonly tell: (moment: Moment) => void;
  readonly recordPlayed: (record: PlayedRecord) => void;
}

/** Every desk that the scenario names takes part: its own profile, keys, store and socket, nothing shared but the hub. */
export async function playScenario(host: Host, theatre: Theatre, file: ScenarioFile): Promise<Story> {
  const wanted = channelOf(file.scenario);
  const members = wanted.members === 'community' ? await everybody(theatre.folder) : wanted.members;
  const actors: Actor[] = [];
  try {
    for (const contactPoint of members) actors.push(await castActor(host, theatre, contactPoint));
    await Promise.all(actors.map(({ client }) => client.connect()));
    const channel = await stageChannel(actors, wanted, members);
    theatre.cast(members, channel);
    const { clock, wait } = host;
    const stage: Stage = { channel: channel.id, actors, clock, wait, tell: theatre.tell };
    return { channel, members, records: await playAll(stage, file, theatre) };
  } finally {
    await Promise.all(actors.map((actor) => actor.close()));
  }
}

async function playAll(stage: Stage, file: ScenarioFile, theatre: Theatre): Promise<PlayedRecord[]> {
  const played: PlayedRecord[] = [];
  for (const planned of recordsOf(file)) {
    const answered: RecordId | undefined = planned.inReplyTo === undefined ? undefined : played[planned.inReplyTo]?.id;
    const record = await playRecord(stage, planned, answered);
    theatre.recordPlayed(record);
    played.push(record);
  }
  return played;
}

async function castActor(host: Host, theatre: Theatre, contactPoint: ContactPointId): Promise<Actor> {
  const folder = join(theatre.folder, contactPoint);
  if (!(await hasProfile(folder))) {
    throw new LiaisonError('not-found', `The demo community has no desk of ${contactPoint}.`);
  }
  const profile = await readProfile(folder, theatre.passphrase);
  const { client, transport } = await openDeviceClient(host, { folder, profile, hubUrl: theatre.hubUrl });
  const reader = await deskReader(client);
  return new Actor(client, transport, reader, host.clock, (alarmed, alarm) => {
    theatre.tell({ type: 'alarm', contactPoint: alarmed, alarm });
  });
}

/** The channel of exactly these desks and of this kind; the first of them opens it where there is none. */
async function stageChannel(
  actors: readonly Actor[],
  wanted: WantedChannel,
  contactPoints: readonly ContactPointId[],
): Promise<ChannelView> {
  const [opener, ...others] = actors.map(({ client }) => client);
  if (opener === undefined) throw new LiaisonError('usage', 'Nobody takes part in this scenario.');
  const { kind, title, legalBasis } = wanted;
  const devices = others.map(({ device }) => device);
  const plan = { kind, title, ceiling: 'RESTRICTED', ...(legalBasis !== undefined && { legalBasis }) } as const;
  const { channel } = await openChannel(opener, { plan, contactPoints, devices });
  await Promise.all(others.map((client) => joined(client, channel)));
  return opener.channel(channel.id);
}

async function joined(client: LiaisonClient, { id }: ChannelView): Promise<void> {
  await client.sync();
  const known = (await client.channels()).some((channel) => channel.id === id && channel.membership === 'member');
  if (known) return;
  throw new LiaisonError(
    'not-found',
    `${contactPointOf(client.device)} has not been let into the channel of this scenario.`,
  );
}

/** All desks of the demo: the folders that hold a profile. */
async function everybody(folder: string): Promise<ContactPointId[]> {
  const names = (await readdir(folder, { withFileTypes: true })).filter((entry) => entry.isDirectory());
  const found: ContactPointId[] = [];
  for (const { name } of names) if (await hasProfile(join(folder, name))) found.push(name as ContactPointId);
  return found.sort();
}
