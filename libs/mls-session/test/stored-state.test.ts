import { readFileSync } from 'node:fs';
import { beforeAll, describe, expect, it } from '@jest/globals';
import sodium from 'libsodium-wrappers-sumo';
import { fromBase64url, fromUtf8, toBase64url, utf8 } from '#liaison/protocol';
import {
  deserializeState,
  epochAuthenticator,
  epochOf,
  loadMls,
  members,
  profileOf,
  serializeState,
} from '../src/index.js';
import { Channel, deviceOf, must, PROFILE, seededRandom } from './community.js';

interface Golden {
  readonly state: string;
  readonly message: string;
  readonly epochAuthenticator: string;
}

/** Written by this very test's story; if it has to change, stored states of the field change with it. */
const FILE = 'libs/mls-session/test/golden/state-v1.json';

beforeAll(async () => sodium.ready);

describe('a stored state', () => {
  it('is byte for byte what it was, from the same randomness', async () => {
    const golden = JSON.parse(readFileSync(FILE, 'utf8')) as Golden;
    expect(await tell()).toEqual(golden);
  });

  it('of then opens today', async () => {
    const golden = JSON.parse(readFileSync(FILE, 'utf8')) as Golden;
    const state = deserializeState(fromBase64url(golden.state));
    expect([epochOf(state), profileOf(state), toBase64url(epochAuthenticator(state))]).toEqual([
      2,
      PROFILE,
      golden.epochAuthenticator,
    ]);
    expect(members(state).map(({ certificate }) => deviceOf(certificate))).toEqual([
      'bg:anna:desk',
      'hu:boris:desk',
      'iq:clara:desk',
    ]);
    const mls = await loadMls(seededRandom('now'));
    const opened = await mls.decrypt(state, fromBase64url(golden.message));
    expect([fromUtf8(opened.plaintext), opened.generation, opened.senderLeaf]).toEqual(['second', 1, 0]);
  });
});

/** Anna sends two messages; Boris stores his state having read neither. */
async function tell(): Promise<Golden> {
  const random = seededRandom('golden');
  const mls = await loadMls(random);
  const channel = new Channel(mls, random);
  const anna = channel.device('bg:anna:desk');
  const boris = channel.device('hu:boris:desk');
  await channel.create(anna);
  await channel.add(anna, [boris, channel.device('iq:clara:desk')]);
  await channel.deliver(boris, await mls.commitUpdate(must(boris.state)));
  const first = await mls.encrypt(must(anna.state), utf8('first'), utf8('header'));
  const second = await mls.encrypt(first.state, utf8('second'), utf8('header'));
  return {
    state: toBase64url(serializeState(must(boris.state))),
    message: toBase64url(second.message),
    epochAuthenticator: toBase64url(epochAuthenticator(must(boris.state))),
  };
}
