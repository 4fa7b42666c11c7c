import { beforeAll, describe, expect, it } from '@jest/globals';
import sodium from 'libsodium-wrappers-sumo';
import { proposeRemoval } from '#liaison/mls-framing';
import { fromUtf8, utf8 } from '#liaison/protocol';
import { epochOf, type GroupState, loadMls, memberAt, type Mls, ownLeafIndex, proposedRemovals } from '../src/index.js';
import type { CipherSuite } from '../src/cipher-suite.js';
import { openWithoutRules } from './hostile.js';
import { vectorSuite } from './rfc9420-vectors.js';
import { certificateFor, Channel, type Device, must, PROFILE, seededRandom, TRUSTING } from './community.js';

const LONG = process.env['LIAISON_LONG'] === '1';
const SEEDS = LONG ? Array.from({ length: 40 }, (_, index) => `long-${index}`) : ['sofia', 'budapest', 'baghdad'];
const STEPS = LONG ? 120 : 30;
const MOST_MEMBERS = 30;

beforeAll(async () => sodium.ready);

describe('any order of commits', () => {
  it.each(SEEDS)(
    'keeps all members in agreement and shuts removed ones out (seed %s)',
    async (seed) => {
      const random = seededRandom(seed);
      const story = new Story(await loadMls(random), await vectorSuite(), random);
      await story.begin();
      for (let step = 0; step < STEPS; step += 1) await story.step();
    },
    600_000,
  );
});

/** Random operations on one channel; after each, everything that must hold is asserted. */
class Story {
  readonly channel: Channel;
  /** With the state that each had when it was removed. */
  readonly removed: { readonly device: Device; readonly last: GroupState }[] = [];
  #count = 0;

  constructor(
    readonly mls: Mls,
    readonly suite: CipherSuite,
    readonly random: ReturnType<typeof seededRandom>,
  ) {
    this.channel = new Channel(mls, random);
  }

  async begin(): Promise<void> {
    await this.channel.create(this.#device());
    await this.channel.add(must(this.channel.members[0]), [this.#device(), this.#device(), this.#device()]);
  }

  async step(): Promise<void> {
    const { members } = this.channel;
    const few = members.length < 5;
    const operations = [
      () => this.#add(),
      () => (few ? this.#add() : this.#remove()),
      () => (few ? this.#add() : this.#removeByHub()),
      () => this.#update(),
      () => this.#renew(),
      () => this.#profile(),
      () => this.channel.rejoin(this.#anyone()).then(() => undefined),
      () => this.#race(),
    ];
    await must(operations[this.random.below(operations.length)])();
    await this.#mustHold();
  }

  async #add(): Promise<void> {
    const room = MOST_MEMBERS - this.channel.members.length;
    const count = Math.min(room, 1 + this.random.below(3));
    const joiners = Array.from({ length: count }, () => this.#device());
    if (count > 0) await this.channel.add(this.#anyone(), joiners);
  }

  async #remove(): Promise<void> {
    const committer = this.#anyone();
    const others = this.channel.members.filter((member) => member !== committer);
    const gone = others.filter(() => this.random.below(others.length) < 2);
    if (gone.length === 0) return;
    for (const device of gone) this.removed.push({ device, last: must(device.state) });
    await this.channel.remove(committer, gone);
  }

  async #removeByHub(): Promise<void> {
    const { channel } = this;
    const gone = this.#anyone();
    const leafIndex = ownLeafIndex(must(gone.state));
    const removal = { groupId: channel.groupId, epoch: epochOf(must(gone.state)), leafIndex };
    const proposal = await proposeRemoval(removal, (tbs) => sodium.crypto_sign_detached(tbs, channel.hub.privateKey));
    for (const member of channel.members) {
      member.state = (await this.mls.processProposal(must(member.state), proposal)).state;
      expect(proposedRemovals(must(member.state)).map((named) => named.leafIndex)).toEqual([leafIndex]);
    }
    this.removed.push({ device: gone, last: must(gone.state) });
    const committer = must(channel.members.find((member) => member !== gone));
    const changes = await channel.deliver(committer, await this.mls.commitProposals(must(committer.state)));
    expect(changes.every(({ removes }) => removes[0]?.proposedBy === 'hub')).toBe(true);
    channel.members = channel.members.filter((member) => member !== gone);
  }

  async #update(): Promise<void> {
    const committer = this.#anyone();
    await this.channel.deliver(committer, await this.mls.commitUpdate(must(committer.state)));
  }

  async #renew(): Promise<void> {
    const { channel } = this;
    const old = this.#anyone();
    const signingSeed = this.random.bytes(32);
    const serial = old.serial + 1;
    const certificate = certificateFor(old.address, signingSeed, serial);
    const renewed: Device = { ...old, serial, signingSeed, certificate };
    const made = await this.mls.commitUpdate(must(old.state), { renewal: renewed });
    channel.members = channel.members.map((member) => (member === old ? renewed : member));
    const changes = await channel.deliver(renewed, made);
    for (const change of changes) expect(change.renewed).toEqual(certificate);
    expect(memberAt(made.pending, ownLeafIndex(made.pending))?.certificate).toEqual(certificate);
  }

  async #profile(): Promise<void> {
    const committer = this.#anyone();
    const profile = { ...PROFILE, retention: { reviewDays: 1 + this.random.below(3000) } };
    const changes = await this.channel.deliver(committer, await this.mls.commitProfile(must(committer.state), profile));
    for (const change of changes) expect(change.profile.after).toEqual(profile);
  }

  /** Two members commit for the same epoch; the hub takes the first, and the loser tries again. */
  async #race(): Promise<void> {
    const winner = this.#anyone();
    const loser = this.channel.members.find((member) => member !== winner);
    if (loser === undefined) return;
    const lost = await this.mls.commitUpdate(must(loser.state));
    await this.channel.deliver(winner, await this.mls.commitUpdate(must(winner.state)));
    const late = this.mls.processCommit(must(winner.state), lost.commit, TRUSTING);
    await expect(late).rejects.toMatchObject({ code: 'stale-epoch' });
    await this.channel.deliver(loser, await this.mls.commitUpdate(must(loser.state)));
  }

  async #mustHold(): Promise<void> {
    const { channel, mls } = this;
    expect(channel.authenticators().size).toBe(1);
    const sender = this.#anyone();
    const text = utf8(`message ${this.#count}`);
    const sent = await mls.encrypt(must(sender.state), text, utf8('header'));
    sender.state = sent.state;
    for (const member of channel.members.filter((candidate) => candidate !== sender)) {
      const opened = await mls.decrypt(must(member.state), sent.message);
      expect(fromUtf8(opened.plaintext)).toBe(`message ${this.#count}`);
      expect(opened.senderCertificate).toEqual(sender.certificate);
      member.state = opened.state;
    }
    for (const { device, last } of this.removed.slice(-3)) {
      await expect(mls.decrypt(must(device.state), sent.message)).rejects.toThrow();
      await expect(openWithoutRules(this.suite, last, sent.message)).rejects.toThrow();
    }
    this.#count += 1;
  }

  #anyone(): Device {
    const { members } = this.channel;
    return must(members[this.random.below(members.length)]);
  }

  #device(): Device {
    this.#count += 1;
    return this.channel.device(`bg:officer-${this.#count}:desk`);
  }
}
