import { randomBytes } from 'node:crypto';
import { utf8 } from '#liaison/protocol';
import { loadMls, members, type Mls } from '../src/index.js';
import { serializeState } from '../src/stored-state.js';
import { Channel, type Device, must, NOW, seededRandom, TRUSTING } from './community.js';

/** Milliseconds of CPU for one operation in a channel of `members`, and sizes in bytes. */
export interface Measurement {
  readonly members: number;
  readonly addAll: number;
  readonly join: number;
  readonly commitUpdate: number;
  readonly commitUpdateAgain: number;
  readonly processCommit: number;
  readonly commitRemove: number;
  readonly encrypt: number;
  readonly decrypt: number;
  readonly welcomeBytes: number;
  readonly commitBytes: number;
  readonly groupInfoBytes: number;
  readonly stateBytes: number;
}

/** Builds a channel of that size by one commit of additions and measures what its members do. The certificates are stand-ins of about 400 bytes. */
export async function measure(size: number, load: typeof loadMls = loadMls, messages = 500): Promise<Measurement> {
  const random = seededRandom(`measure ${size}`);
  const mls = await load({ bytes: (length) => randomBytes(length) });
  const channel = new Channel(mls, random);
  const devices = Array.from({ length: size }, (_, index) => channel.device(`bg:officer-${index}:desk`));
  const founder = must(devices[0]);
  const reader = must(devices.at(-1));
  await channel.create(founder);
  const packages = await Promise.all(devices.slice(1).map(async (device) => channel.keyPackage(device)));
  const bytes = packages.map(({ keyPackage }) => keyPackage);
  const added = await cpu(async () => mls.commitAdd(must(founder.state), bytes, TRUSTING, { at: NOW }));
  founder.state = added.value.pending;
  const joined = await cpu(async () =>
    mls.join({
      ...must(packages.at(-1)),
      welcome: added.value.welcome,
      signingSeed: reader.signingSeed,
      externalSenderKey: channel.hub.publicKey,
      policy: TRUSTING,
    }),
  );
  const first = await cpu(async () => mls.commitUpdate(must(founder.state)));
  const processed = await cpu(async () => mls.processCommit(joined.value, first.value.commit, TRUSTING));
  founder.state = first.value.pending;
  reader.state = processed.value.state;
  const again = await cpu(async () => mls.commitUpdate(must(founder.state)));
  const removed = size > 2 ? await cpu(async () => mls.commitRemove(must(founder.state), [1])) : { ms: 0 };
  const { encrypt, decrypt } = await converse(mls, founder, reader, messages);
  return {
    members: members(must(reader.state)).length,
    addAll: added.ms,
    join: joined.ms,
    commitUpdate: first.ms,
    commitUpdateAgain: again.ms,
    processCommit: processed.ms,
    commitRemove: removed.ms,
    encrypt,
    decrypt,
    welcomeBytes: added.value.welcome.length,
    commitBytes: first.value.commit.length,
    groupInfoBytes: first.value.groupInfo.length,
    stateBytes: serializeState(must(reader.state)).length,
  };
}

async function converse(
  mls: Mls,
  sender: Device,
  reader: Device,
  count: number,
): Promise<{ encrypt: number; decrypt: number }> {
  // A content key and a hash, as a record carries them.
  const plaintext = new Uint8Array(96);
  const header = utf8('h'.repeat(64));
  const sent: Uint8Array[] = [];
  const sending = await cpu(async () => {
    for (let index = 0; index < count; index += 1) {
      const { state, message } = await mls.encrypt(must(sender.state), plaintext, header);
      sender.state = state;
      sent.push(message);
    }
  });
  const reading = await cpu(async () => {
    for (const message of sent) reader.state = (await mls.decrypt(must(reader.state), message)).state;
  });
  return { encrypt: sending.ms / count, decrypt: reading.ms / count };
}

async function cpu<T>(step: () => Promise<T>): Promise<{ value: T; ms: number }> {
  const start = process.cpuUsage();
  const value = await step();
  const { user, system } = process.cpuUsage(start);
  return { value, ms: (user + system) / 1000 };
}
