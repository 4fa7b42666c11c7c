import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { enrolDevice } from '#liaison/client';
import { generateSigningKey } from '#liaison/crypto';
import { systemRandom } from '#liaison/crypto.node';
import {
  type ChannelEvent,
  type ChannelId,
  type Classification,
  ContactPointId,
  contactPointOf,
  decodeUntrustedRoster,
  DeviceAddress,
  equalBytes,
  toBase64url,
  utf8,
} from '#liaison/protocol';
import {
  type Actor,
  type Community,
  CREDULOUS,
  type Forgery,
  recordEvent,
  Renegade,
  rewriteHistory,
  startCommunity,
} from '#liaison/testing';

let community: Community;
let channel: ChannelId;
let sofia: Actor;
let budapest: Actor;
let skopje: Actor;

beforeAll(async () => {
  community = await startCommunity();
  ({ sofia, budapest, skopje } = community);
});
afterAll(() => community.stop());

/** Sofia administers, Skopje only reads. The hub is on the side of the malicious member, so only Budapest's own checks are left. */
beforeEach(async () => {
  budapest.hub.tellTruth();
  const roles = { bg: ['administer', 'post', 'read'], hu: ['post', 'read'], mk: ['read'], iq: ['read'] } as const;
  const contactPoints = ['bg', 'hu', 'mk', 'iq'].map((id) => ContactPointId.parse(id));
  channel = await sofia.opensChannelWith([budapest, skopje], { contactPoints, roles });
});

async function mustRefuse(event: ChannelEvent, check: string): Promise<void> {
  const before = await budapest.client.channel(channel);
  await rewriteHistory(budapest, channel, (events) => [...events, event]);
  await budapest.syncs();
  const alarms = (await budapest.client.alarms(channel)).map((alarm) => alarm.check);
  expect(alarms).toEqual([check]);
  const after = await budapest.client.channel(channel);
  expect(after.standing).not.toBe('good');
  expect(after).toMatchObject({ epoch: before.epoch, epochAuthenticator: before.epochAuthenticator });
  expect(await budapest.opened(channel)).toEqual([]);
}

describe('a member that forges a commit', () => {
  function certificateFor(device: DeviceAddress, clearance: Classification) {
    const ca = community.founded.authorities.get(contactPointOf(device));
    if (ca === undefined) throw new Error('No such contact point.');
    const key = generateSigningKey(systemRandom);
    const plan = { address: device, officerName: 'A friend' };
    const enrolment = { ca, device: plan, devicePublicKey: key.publicKey, clearance, duties: ['officer' as const] };
    return { key, certificate: enrolDevice(enrolment, { clock: community.clock, random: systemRandom }) };
  }

  async function keyPackageOf(address: string, clearance: Classification): Promise<Uint8Array> {
    const { certificate, key } = certificateFor(DeviceAddress.parse(address), clearance);
    const now = Math.floor(Date.now() / 1000) * 1000;
    const { mls } = await Renegade.from(sofia, channel);
    const lifetime = { notBefore: now - 60_000, notAfter: now + 86_400_000 };
    const made = await mls.createKeyPackage({ certificate, signingSeed: key.privateKey, lifetime, lastResort: false });
    return made.keyPackage;
  }

  async function additionBy(actor: Actor, keyPackage: Uint8Array): Promise<ChannelEvent> {
    const renegade = await Renegade.from(actor, channel);
    const { authenticatedData } = renegade;
    const { commit } = await renegade.mls.commitAdd(renegade.group, [keyPackage], CREDULOUS, {
      at: Date.now(),
      authenticatedData,
    });
    return renegade.commitEvent(commit);
  }

  it('to add a device that is not cleared is refused', async () => {
    await mustRefuse(await additionBy(sofia, await keyPackageOf('iq:friend:desk-1', 'UNCLASSIFIED')), 'CLI-32');
  });

  it('to add a device of a contact point that the channel is not released to is refused', async () => {
    await mustRefuse(await additionBy(sofia, await keyPackageOf('fr:friend:desk-1', 'RESTRICTED')), 'CLI-33');
  });

  it('to add anybody without administering the channel is refused', async () => {
    await mustRefuse(await additionBy(skopje, await keyPackageOf('iq:friend:desk-1', 'RESTRICTED')), 'CLI-34');
  });

  it('to remove a member without administering the channel is refused', async () => {
    const renegade = await Renegade.from(skopje, channel);
    const { commit } = await renegade.mls.commitRemove(renegade.group, [0], {
      authenticatedData: renegade.authenticatedData,
    });
    await mustRefuse(renegade.commitEvent(commit), 'CLI-34');
  });

  it('to give itself a role is refused', async () => {
    const renegade = await Renegade.from(skopje, channel);
    const { profile } = await sofia.client.channel(channel);
    const roles = { ...profile.roles, mk: ['administer' as const, 'post' as const] };
    const { commit } = await renegade.mls.commitProfile(
      renegade.group,
      { ...profile, roles },
      { authenticatedData: renegade.authenticatedData },
    );
    await mustRefuse(renegade.commitEvent(commit), 'CLI-34');
  });

  it.each([
    ['to raise the ceiling', { ceiling: 'SECRET' as const }],
    ['to change the custody rule', { custody: 'required' as const }],
  ])('%s is refused even of an administrator', async (_what, change) => {
    const renegade = await Renegade.from(sofia, channel);
    const { profile } = await sofia.client.channel(channel);
    const { commit } = await renegade.mls.commitProfile(
      renegade.group,
      { ...profile, ...change },
      { authenticatedData: renegade.authenticatedData },
    );
    await mustRefuse(renegade.commitEvent(commit), 'CLI-37');
  });

  it('to evict another member by joining again in its place is refused', async () => {
    const renegade = await Renegade.from(skopje, channel);
    const { externalSenderKey } = decodeUntrustedRoster(community.founded.roster.roster).hub;
    const second = certificateFor(skopje.device, 'RESTRICTED');
    const made = await renegade.mls.rejoin({
      certificate: second.certificate,
      signingSeed: second.key.privateKey,
      groupInfo: await renegade.mls.groupInfo(renegade.group),
      hubKeys: [new Uint8Array(Buffer.from(externalSenderKey, 'base64url'))],
      // A second certificate of its own passes for Sofia's, so it is Sofia's leaf that goes.
      policy: {
        ...CREDULOUS,
        deviceOf: (certificate) =>
          equalBytes(certificate, second.certificate) ? sofia.device : CREDULOUS.deviceOf(certificate),
      },
      authenticatedData: renegade.authenticatedData,
    });
    await mustRefuse(renegade.commitEvent(made.commit), 'CLI-36');
  });

  it('to hide what it has seen is refused', async () => {
    const renegade = await Renegade.from(sofia, channel);
    const { commit } = await renegade.mls.commitUpdate(renegade.group, { authenticatedData: utf8('{}') });
    await mustRefuse(renegade.commitEvent(commit), 'CLI-35');
  });

  it('leaves the channel readable in the epoch that this device accepts', async () => {
    await rewriteHistory(budapest, channel, (events) => events);
    const renegade = await Renegade.from(skopje, channel);
    const { commit } = await renegade.mls.commitRemove(renegade.group, [0], {
      authenticatedData: renegade.authenticatedData,
    });
    const honest = await Renegade.from(sofia, channel);
    const record = recordEvent(channel, await honest.forge({}));
    await rewriteHistory(budapest, channel, () => [renegade.commitEvent(commit), record]);
    await budapest.syncs();
    expect(await budapest.subjects(channel)).toEqual(['Forged']);
    await expect(budapest.sends(channel, 'In dispute')).rejects.toMatchObject({ code: 'not-allowed' });
  });
});

describe('a member that founds a channel under another hub', () => {
  it('leads nobody into it', async () => {
    const { baghdad } = community;
    const renegade = await Renegade.from(sofia, channel);
    const { profile } = await sofia.client.channel(channel);
    const id = '01a1ff78-765a-70b6-9e46-476f2b886b5b';
    const own = generateSigningKey(systemRandom).publicKey;
    const { state } = await renegade.mls.createGroup({
      ...renegade.signer,
      groupId: utf8(id),
      profile,
      externalSenderKey: own,
    });
    const token = (await sofia.client.signIn()).token;
    const { claimed } = (await sofia.hub.request(
      'claimKeyPackages',
      { body: { devices: [baghdad.device] } },
      token,
    )) as {
      claimed: { keyPackage: string }[];
    };
    const keyPackage = new Uint8Array(Buffer.from(claimed[0]?.keyPackage ?? '', 'base64url'));
    const { welcome } = await renegade.mls.commitAdd(state, [keyPackage], CREDULOUS, { at: Date.now() });
    baghdad.hub.lieAbout('listWelcomes', () => ({
      welcomes: [{ id: 'forged', channel: id, seq: 1, epoch: 1, welcome: toBase64url(welcome) }],
    }));
    await baghdad.syncs().catch(() => undefined);
    await baghdad.mustSeeAlarm('CLI-38');
  });
});

describe('a member that forges a record', () => {
  const id = ContactPointId.parse('fr');
  const hash = toBase64url(new Uint8Array(32).fill(3));
  const cases: readonly (readonly [string, string, Forgery])[] = [
    ['above the ceiling', 'CLI-16', { header: { marking: { classification: 'SECRET', handling: [], caveats: [] } } }],
    ['for contact points outside', 'CLI-17', { header: { releasableTo: [id] } }],
    ['that a member is not released to', 'CLI-17', { header: { releasableTo: [ContactPointId.parse('bg')] } }],
    ['in the name of another', 'CLI-15', { header: { sender: DeviceAddress.parse('mk:stojanovska:desk-1') } }],
    ['in the name of nobody', 'CLI-14', { header: { sender: DeviceAddress.parse('mk:nobody:desk-1') } }],
    ['with a foreign signature', 'CLI-15', { signingSeed: new Uint8Array(32).fill(9) }],
    ['without a content key', 'CLI-19', { keyMessage: new Uint8Array(10) }],
    ['with the key of another body', 'CLI-20', { keyMessage: new Uint8Array(64) }],
    ['that is not JSON', 'CLI-21', { plaintext: utf8('not JSON') }],
    ['of an unknown form', 'CLI-21', { plaintext: utf8('{"v":1,"type":"exploit"}') }],
    [
      'with control characters',
      'CLI-21',
      { plaintext: utf8('{"v":1,"type":"content","language":"en","subject":"a\\u001b[2J"}') },
    ],
    ['that says it is larger than it is', 'CLI-10', { header: { bodySize: 60_000 } }],
    ['with a header of unknown members', 'CLI-10', { header: { colour: 'red' } as Forgery['header'] & object }],
    ['for another epoch', 'CLI-12', { header: { epoch: 7 } }],
    ['for another channel', 'CLI-11', { header: { channel: '01a1ff78-765a-70b6-9e46-476f2b886b5b' as ChannelId } }],
  ];

  it.each(cases)('%s is refused (%s)', async (_what, check, forgery) => {
    const renegade = await Renegade.from(sofia, channel);
    await mustRefuse(recordEvent(channel, await renegade.forge(forgery)), check);
    const [failure] = await budapest.failures(channel);
    expect(failure?.card.next).not.toBe('');
  });

  it('without the role to post is refused (CLI-18)', async () => {
    const renegade = await Renegade.from(skopje, channel);
    await mustRefuse(recordEvent(channel, await renegade.forge({})), 'CLI-18');
  });

  it('in the name of another member, with that member’s key message, is refused (CLI-14)', async () => {
    const renegade = await Renegade.from(sofia, channel);
    const envelope = await renegade.forge({
      header: { sender: skopje.device, kind: 'acknowledgement' },
      signingSeed: skopje.profile.signingSeed,
    });
    await mustRefuse(recordEvent(channel, envelope), 'CLI-14');
  });

  it('that claims to have seen another history raises an alarm, and is shown: it is authentic', async () => {
    await sofia.mustSend(channel, 'One');
    await budapest.syncs();
    await sofia.syncs();
    const renegade = await Renegade.from(sofia, channel);
    const event = recordEvent(channel, await renegade.forge({ header: { seen: { seq: 2, chain: hash } } }));
    await rewriteHistory(budapest, channel, (events) => [...events, event]);
    await budapest.syncs();
    await budapest.mustSeeAlarm('CLI-08');
    expect(await budapest.subjects(channel)).toEqual(['One', 'Forged']);
  });
});

/** A member who knows better, and a hub that lets it. */
describe('a member that posts where it may not', () => {
  it('into a closed channel is refused by everybody else', async () => {
    await sofia.client.life.close(channel, 'Done');
    await budapest.syncs();
    const renegade = await Renegade.from(sofia, channel);
    await mustRefuse(recordEvent(channel, await renegade.forge({})), 'CLI-24');
  });

  it('of an exercise into a real channel is refused', async () => {
    const renegade = await Renegade.from(sofia, channel);
    await mustRefuse(recordEvent(channel, await renegade.forge({ header: { exercise: true } })), 'CLI-25');
  });

  it('and an administrator that leaves the channel to nobody who is in it', async () => {
    const renegade = await Renegade.from(sofia, channel);
    const { profile } = await sofia.client.channel(channel);
    const roles = { ...profile.roles, bg: ['post' as const], iq: ['administer' as const] };
    const { commit } = await renegade.mls.commitProfile(
      renegade.group,
      { ...profile, roles },
      { authenticatedData: renegade.authenticatedData },
    );
    await mustRefuse(renegade.commitEvent(commit), 'CLI-37');
    const [trouble] = await budapest.client.life.troubles(channel);
    expect(trouble).toMatchObject({ check: 'CLI-37', by: sofia.device });
    await expect(budapest.client.life.settle(channel, 'Called Sofia')).rejects.toMatchObject({ code: 'not-allowed' });
  });
});
