import { generateSigningKey } from '#liaison/crypto';
import { systemClock, systemRandom } from '#liaison/crypto.node';
import { type GroupState, loadMls, type Mls, serializeState } from '#liaison/mls-session';
import { newId, utf8 } from '#liaison/protocol';
import type { Measure, Section } from '../measures.js';
import { TRUSTING_POLICY } from '../trusting-policy.js';
import { cpuTime, cpuTimeEach } from './cpu-time.js';
import { GROUP_PROFILE, type GroupDevice, groupDevices, keyPackageOf } from './load-group.js';

const MESSAGES = 200;

/** Two members of a group: the founder and one of those it added. */
interface Pair {
  readonly founder: GroupState;
  readonly joiner: GroupState;
}

/** What MLS costs a client in groups of these sizes: CPU milliseconds and kilobytes. */
export async function mlsSections(sizes: readonly number[], log: (line: string) => void): Promise<Section[]> {
  const mls = await loadMls(systemRandom);
  const devices = groupDevices(Math.max(...sizes));
  // Once unmeasured, so that the smallest group does not pay for the compiler.
  await costOf(mls, devices.slice(0, 8));
  const sections: Section[] = [];
  for (const size of sizes) {
    log(`MLS with ${size} members`);
    const measures = await costOf(mls, devices.slice(0, size));
    sections.push({ title: `MLS, ${size} members (client CPU)`, measures: measures.map(named(size)) });
  }
  return sections;
}

function named(size: number): (measure: Measure) => Measure {
  return (measure) => ({ ...measure, id: `mls.${size}.${measure.id}` });
}

async function costOf(mls: Mls, devices: readonly GroupDevice[]): Promise<Measure[]> {
  const { pair, measures } = await found(mls, devices);
  const update = await cpuTime(() => mls.commitUpdate(pair.founder));
  const { commit, pending } = update.result;
  const process = await cpuTime(() => mls.processCommit(pair.joiner, commit, TRUSTING_POLICY));
  const after = { founder: pending, joiner: process.result.state };
  return [
    ...measures,
    ms('commit', 'commit (fresh keys)', update.ms),
    ms('process', 'process a commit', process.ms),
    ...(await messageCosts(mls, after)),
    kilobytes('commit-size', 'commit', commit.length),
    kilobytes('state-size', 'state of one member', serializeState(after.joiner).length),
  ];
}

async function found(mls: Mls, devices: readonly GroupDevice[]): Promise<{ pair: Pair; measures: Measure[] }> {
  const externalSenderKey = generateSigningKey(systemRandom).publicKey;
  const groupId = utf8(newId(systemClock, systemRandom));
  const [first, ...others] = devices;
  const { state } = await mls.createGroup({ ...first!, groupId, profile: GROUP_PROFILE, externalSenderKey });
  const packages = [];
  for (const device of others) packages.push(await keyPackageOf(mls, device));
  const keyPackages = packages.map(({ keyPackage }) => keyPackage);
  const add = await cpuTime(() => mls.commitAdd(state, keyPackages, TRUSTING_POLICY, { at: systemClock.now() }));
  const { pending, welcome } = add.result;
  const { keyPackage, secrets } = packages[0]!;
  const { signingSeed } = others[0]!;
  const join = await cpuTime(() =>
    mls.join({ welcome, keyPackage, secrets, signingSeed, hubKeys: [externalSenderKey], policy: TRUSTING_POLICY }),
  );
  const measures = [
    ms('add-all', 'add all in one commit', add.ms),
    ms('join', 'join', join.ms),
    kilobytes('welcome-size', 'Welcome', welcome.length),
  ];
  return { pair: { founder: pending, joiner: join.result }, measures };
}

async function messageCosts(mls: Mls, { founder, joiner }: Pair): Promise<Measure[]> {
  const content = systemRandom.bytes(64);
  const messages: Uint8Array[] = [];
  const encrypt = await cpuTimeEach(MESSAGES, founder, async (state) => {
    const encrypted = await mls.encrypt(state, content, new Uint8Array(32));
    messages.push(encrypted.message);
    return encrypted.state;
  });
  const decrypt = await cpuTimeEach(
    MESSAGES,
    joiner,
    async (state, index) => (await mls.decrypt(state, messages[index]!)).state,
  );
  return [ms('encrypt', 'encrypt a message', encrypt.ms), ms('decrypt', 'decrypt a message', decrypt.ms)];
}

function ms(id: string, name: string, value: number): Measure {
  return { id, name, unit: 'ms', value };
}

function kilobytes(id: string, name: string, bytes: number): Measure {
  return { id, name, unit: 'kB', value: bytes / 1000 };
}
