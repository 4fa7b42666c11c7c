import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { enrolDevice, foundAuthority, httpTransport, type HubIdentity, publishDueList } from '#liaison/client';
import {
  type CertificateAuthority,
  generateSigningKey,
  parseDeviceCertificate,
  type SigningKey,
  signingKeyFromSeed,
} from '#liaison/crypto';
import { systemRandom } from '#liaison/crypto.node';
import { parseGroupInfo } from '#liaison/mls-framing';
import {
  type ChannelId,
  ContactPointId,
  decodeUntrustedRoster,
  equalBytes,
  fromBase64url,
  type Roster,
  toBase64url,
} from '#liaison/protocol';
import { type Actor, type Community, Renegade, rewriteHistory, startCommunity } from '#liaison/testing';
import { signCheckpoint, verifyCheckpoint } from '#liaison/tlog';
import { groupsBehind } from '../../apps/hub/src/hub-keys/groups-behind.js';
import { readConfiguration } from '../../apps/hub/src/config/read-configuration.js';
import { loadHubKeys } from '../../apps/hub/src/hub-keys/key-files.js';
import {
  finishExternalSender,
  finishRotation,
  rotateExternalSender,
  rotateLogKey,
  rotateSessionKey,
} from '../../apps/hub/src/hub-keys/rotate-keys.js';

const DAY = 24 * 60 * 60 * 1000;
const BG = ContactPointId.parse('bg');

let community: Community;
let channel: ChannelId;
let phone: Actor;
let tablet: Actor;
let laptop: Actor;
beforeAll(async () => {
  community = await startCommunity({
    cities: ['sofia', 'budapest'],
    devices: ['bg:petrova:phone', 'bg:petrova:tablet', 'bg:petrova:laptop'],
  });
  phone = community.device('bg:petrova:phone');
  tablet = community.device('bg:petrova:tablet');
  laptop = community.device('bg:petrova:laptop');
  channel = await community.sofia.opensChannelWith([community.budapest, phone]);
});
afterAll(() => community.stop());

const notAfterOf = (actor: Actor) => parseDeviceCertificate(actor.client.certificate).notAfter;
const sofiaCa = () => community.founded.authorities.get(BG)!;

async function daysPass(days: number, ca: CertificateAuthority = sofiaCa()): Promise<void> {
  community.clock.advance(days * DAY);
  const transport = httpTransport({ hubUrl: community.hub.url });
  for (const [contactPoint, founded] of community.founded.authorities)
    await publishDueList(transport, { contactPoint, ca: contactPoint === BG ? ca : founded }, community.clock);
  // The hub counts calls by address, and all desks of a test share one.
  community.clock.advance(60_000);
}

async function renewAll(by: Actor, ca: CertificateAuthority) {
  return by.client.administration.renewAll(await by.client.administration.renewals(), ca);
}

/** What Budapest sees of a device in the channel. */
async function seenByBudapest(actor: Actor) {
  await community.budapest.syncs();
  const members = await community.budapest.client.members(channel);
  return members.find(({ device }) => device === actor.device)!;
}

/** Of the next checkpoint that the hub makes: it makes one within a second of an act. */
async function signaturesOfNewest(actor: Actor): Promise<number> {
  const newest = async () => (await actor.hub.request('getLogCheckpoint', { query: {} })) as string;
  const before = await newest();
  for (let round = 0; round < 40 && (await newest()) === before; round += 1)
    await new Promise((resolve) => setTimeout(resolve, 100));
  return (await newest()).match(/^— /gm)?.length ?? 0;
}

describe('the hub changes the key of its log', () => {
  const next = new Uint8Array(32).fill(9);
  const nextPublicKey = () => toBase64url(signingKeyFromSeed(next).publicKey);
  let ofTheOldKey: string;
  let oldLogKey: SigningKey;

  it('first both keys sign, and nobody notices', async () => {
    const { sofia, hub } = community;
    await sofia.syncs();
    ofTheOldKey = (await sofia.hub.request('getLogCheckpoint', { query: {} })) as string;
    oldLogKey = hub.logKey;
    await hub.restart({ nextLogKey: next });
    const signatures = signaturesOfNewest(sofia);
    await sofia.mustSend(channel, 'Signed by both');
    expect(await signatures).toBe(2);
    await sofia.syncs();
    await sofia.mustSeeNoAlarm();
  });

  it('then the co-chairs name the new one, and it alone counts for what is new', async () => {
    const { sofia, budapest, hub } = community;
    const { origin, externalSenderKey } = (await sofia.hub.request('getHub', {})) as HubIdentity;
    await community.revises({ hub: { origin, externalSenderKey, logKey: nextPublicKey() } });
    await hub.restart({ logKey: next, nextLogKey: undefined });
    const signatures = signaturesOfNewest(sofia);
    await sofia.mustSend(channel, 'Signed by the new one');
    expect(await signatures).toBe(1);
    // As "liaison log verify" does on a device that has not synced.
    const isGood = async () => {
      const [note, policy] = [await budapest.client.log.newest(), await budapest.client.log.policy(0)];
      return verifyCheckpoint({ note, policy }).outcome === 'ok';
    };
    expect(await isGood()).toBe(false);
    await budapest.client.log.refresh();
    expect(await isGood()).toBe(true);
    for (const each of [sofia, budapest]) {
      await each.syncs();
      await each.mustSeeNoAlarm();
    }
    const { hub: named } = decodeUntrustedRoster((await sofia.client.roster()).roster);
    expect(named).toMatchObject({ logKey: nextPublicKey(), formerLogKeys: [toBase64url(oldLogKey.publicKey)] });
  });

  it('what the old one signed stays evidence; what a thief of it signs now is refused', async () => {
    const { sofia } = community;
    const policy = await sofia.client.log.policy(0);
    expect(verifyCheckpoint({ note: ofTheOldKey, policy })).toMatchObject({ outcome: 'ok' });
    const held = await sofia.client.log.held();
    const forged = signCheckpoint({ ...held!, size: held!.size + 1 }, oldLogKey);
    sofia.hub.lieAbout('getLogCheckpoint', () => forged);
    await sofia.syncs();
    sofia.hub.tellTruth();
    const alarm = await sofia.mustSeeAlarm('CLI-70');
    await sofia.client.settleAlarm(alarm.id, 'The rehearsal');
  });

  it('the operator’s commands: made once, finished only when the roster names it and it has signed', async () => {
    const dataFolder = mkdtempSync(join(tmpdir(), 'liaison-keys-'));
    const configuration = readConfiguration({ LIAISON_DATA: dataFolder });
    const file = rotateLogKey(configuration, systemRandom);
    expect(rotateLogKey(configuration, systemRandom)).toEqual(file);
    expect(statSync(join(dataFolder, 'keys/log.key.next')).mode & 0o077).toBe(0);
    const roster = decodeUntrustedRoster((await community.sofia.client.roster()).roster);
    const finish = (isNamed: boolean, isSigned: boolean) => () =>
      finishRotation(configuration, systemRandom, {
        roster: isNamed ? { ...roster, hub: { ...roster.hub, logKey: file.logKey } } : roster,
        isSigned,
      });
    expect(finish(false, true)).toThrow('does not name');
    expect(finish(true, false)).toThrow('restart the hub first');
    expect(finish(true, true)()).toEqual({ logKey: file.logKey });
    const keys = loadHubKeys(configuration, systemRandom);
    expect(toBase64url(keys.logKey.publicKey)).toBe(file.logKey);
    expect(keys.nextLogKey).toBeUndefined();
    rotateSessionKey(configuration, systemRandom);
    expect(loadHubKeys(configuration, systemRandom).challengeKey).not.toEqual(keys.challengeKey);
    expect(() => rotateLogKey({ ...configuration, logKey: next }, systemRandom)).toThrow('LIAISON_LOG_KEY_NEXT');
    rmSync(dataFolder, { recursive: true });
  });
});

describe('the hub changes the key by which it proposes removals', () => {
  const seed = new Uint8Array(32).fill(7);
  let next: Uint8Array;
  let former: SigningKey;
  /** In which nobody is online while the key changes. */
  let quiet: ChannelId;
  let asleep: ChannelId;
  let leaving: ChannelId;
  let other: ChannelId;

  async function keyOf(actor: Actor, id: ChannelId): Promise<Uint8Array> {
    const { token } = await actor.client.signIn();
    const answer = (await actor.hub.request('getGroupInfo', { params: { channel: id } }, token)) as {
      groupInfo: string;
    };
    return parseGroupInfo(fromBase64url(answer.groupInfo)).externalSenderKey;
  }

  /** As `finish-external-sender` finds them. */
  async function behind(): Promise<ChannelId[]> {
    const client = new pg.Client({ connectionString: community.hub.databaseUrl });
    await client.connect();
    try {
      return await groupsBehind(client, next);
    } finally {
      await client.end();
    }
  }

  it('when the roster names it, whoever is online first puts it into its channels, and nobody notices', async () => {
    const { sofia, budapest, hub } = community;
    former = hub.externalSenderKey;
    next = signingKeyFromSeed(seed).publicKey;
    quiet = await phone.opensChannelWith([laptop]);
    asleep = await laptop.opensChannelWith([tablet]);
    leaving = await laptop.opensChannelWith([tablet]);
    other = await sofia.opensChannelWith([budapest, laptop]);
    await hub.restart({ nextExternalSenderKey: seed });
    const { origin, logKey } = (await sofia.hub.request('getHub', {})) as HubIdentity;
    await community.revises({ hub: { origin, externalSenderKey: toBase64url(next), logKey } });
    // Budapest administers nothing here, and lets those who do go ahead: they are away.
    await budapest.client.connect();
    await budapest.looksUntil(async () => equalBytes(await keyOf(budapest, channel), next));
    await budapest.looksUntil(async () => equalBytes(await keyOf(budapest, other), next));
    budapest.client.disconnect();
    await budapest.syncs();
    expect(await keyOf(budapest, channel)).toEqual(next);
    await sofia.mustSend(channel, 'Under the new key');
    await budapest.mustRead(channel, 'Under the new key');
    for (const each of [sofia, budapest]) await each.mustSeeNoAlarm();
    const entries = await hub.logEntries();
    expect(entries.filter(({ details }) => details?.['change'] === 'hub-key').map(({ actor }) => actor)).toEqual([
      budapest.device,
      budapest.device,
    ]);
  });

  it('a device that does not know the roster yet founds anew what the hub refuses, and joins what names either key', async () => {
    const { sofia } = community;
    const founded = await phone.opensChannelWith([sofia]);
    expect(await keyOf(phone, founded)).toEqual(next);
    // Before the new roster reached it, phone had added somebody to a channel under the former key.
    expect(await keyOf(phone, quiet)).toEqual(former.publicKey);
    await phone.client.addMembers(quiet, [sofia.device]);
    expect(await keyOf(phone, quiet)).toEqual(former.publicKey);
    await sofia.syncs();
    expect(await keyOf(sofia, quiet)).toEqual(next);
    expect(await keyOf(tablet, asleep)).toEqual(former.publicKey);
    expect((await behind()).sort()).toEqual([asleep, leaving].sort());
    await sofia.mustSeeNoAlarm();
  });

  it('CHN-40: where the hub has the old one no more it lets nobody leave until a member has changed the key', async () => {
    await community.hub.restart({ externalSenderKey: seed, nextExternalSenderKey: undefined });
    const before = await tablet.client.roster();
    tablet.hub.lieAbout('getRoster', () => before);
    const isRefused = { code: 'not-allowed', details: { check: 'CHN-40' } };
    await expect(tablet.client.life.leave(leaving, 'Moved')).rejects.toMatchObject(isRefused);
    tablet.hub.tellTruth();
    await tablet.client.life.leave(leaving, 'Moved');
    expect(await tablet.client.channel(leaving)).toMatchObject({ left: { reason: 'Moved' } });
    expect(await keyOf(laptop, leaving)).toEqual(next);
    expect(await behind()).toEqual([asleep]);
  });

  it('removals are proposed by the key that each channel names', async () => {
    const { sofia, budapest } = community;
    await community.revoke(laptop);
    const isOut = (actor: Actor, id: ChannelId) => async () => !(await actor.memberDevices(id)).includes(laptop.device);
    await tablet.syncsUntil(isOut(tablet, asleep));
    expect(await keyOf(tablet, asleep)).toEqual(next);
    await budapest.syncsUntil(isOut(budapest, other));
    await phone.syncsUntil(isOut(phone, quiet));
    for (const each of [sofia, budapest, phone, tablet]) await each.mustSeeNoAlarm();
    expect(await behind()).toEqual([]);
  });

  it('CLI-38: no member takes a group back to a former key, or to one that the roster does not list', async () => {
    const { sofia, budapest } = community;
    for (const key of [former.publicKey, new Uint8Array(32).fill(1)]) {
      await sofia.syncs();
      const renegade = await Renegade.from(budapest, other);
      const { authenticatedData } = renegade;
      const { commit } = await renegade.mls.commitHubKey(renegade.group, key, { authenticatedData });
      await rewriteHistory(sofia, other, (events) => [...events, renegade.commitEvent(commit)]);
      await sofia.syncs();
      const alarm = await sofia.mustSeeAlarm('CLI-38');
      await sofia.client.settleAlarm(alarm.id, 'The rehearsal');
      sofia.hub.tellTruth();
    }
  });

  it('the operator’s commands: made once, finished only when the roster and every channel name it, or on their word', () => {
    const dataFolder = mkdtempSync(join(tmpdir(), 'liaison-keys-'));
    const configuration = readConfiguration({ LIAISON_DATA: dataFolder });
    const file = rotateExternalSender(configuration, systemRandom);
    expect(rotateExternalSender(configuration, systemRandom)).toEqual(file);
    expect(statSync(join(dataFolder, 'keys/external-sender.key.next')).mode & 0o077).toBe(0);
    expect(rotateLogKey(configuration, systemRandom)).toMatchObject({ externalSenderKey: file.externalSenderKey });
    const { roster } = community.founded;
    const hub = decodeUntrustedRoster(roster.roster);
    const named = { ...hub, hub: { ...hub.hub, externalSenderKey: file.externalSenderKey } };
    const finish = (roster: Roster, behind: readonly ChannelId[], leaveBehind = false) =>
      finishExternalSender(configuration, systemRandom, { roster, behind }, { leaveBehind });
    expect(() => finish(hub, [])).toThrow('does not name');
    expect(() => finish(named, [quiet])).toThrow(quiet);
    expect(finish(named, [quiet], true)).toEqual({ externalSenderKey: file.externalSenderKey, leftBehind: [quiet] });
    const keys = loadHubKeys(configuration, systemRandom);
    expect(toBase64url(keys.externalSenderKey.publicKey)).toBe(file.externalSenderKey);
    expect(keys.nextExternalSenderKey).toBeUndefined();
    const given = { ...configuration, externalSenderKey: seed };
    expect(() => rotateExternalSender(given, systemRandom)).toThrow('LIAISON_EXTERNAL_SENDER_KEY_NEXT');
    rmSync(dataFolder, { recursive: true });
  });
});

describe('the hub is restored from an older backup', () => {
  it('every client notices, and says what it means', async () => {
    const { sofia, budapest, hub } = community;
    await hub.goDown();
    const restore = await hub.backUp();
    await hub.goUp();
    const { id } = await sofia.mustSend(channel, 'Lost at the hub');
    await sofia.mustProve(channel, id);
    for (const each of [sofia, budapest]) await each.syncs();
    await hub.goDown();
    await restore();
    await hub.goUp();
    for (const each of [sofia, budapest]) {
      await each.syncs();
      expect((await each.mustSeeAlarm('CLI-71')).message).toContain('restored backup');
      await each.mustSeeAlarm('CLI-47');
    }
  });

  it('what was lost is listed, with the proof that the hub had logged it', async () => {
    const { sofia, budapest } = community;
    const [lost] = await sofia.client.log.lost();
    expect(lost).toMatchObject({ channel, header: { sender: sofia.device } });
    expect(lost?.proof?.checkpoint).toContain('/v1/log');
    expect(await budapest.client.log.lost()).toMatchObject([{ header: { id: lost?.header.id } }]);
  });

  it('CLI-92: clients follow the restored log once the co-chairs have named it', async () => {
    const { sofia, budapest, hub } = community;
    await sofia.syncs();
    await expect(sofia.client.log.advance()).rejects.toMatchObject({ details: { check: 'CLI-71' } });
    await community.revises({ restored: await hub.newestOfLog() });
    for (const each of [sofia, budapest]) {
      await each.syncs();
      expect((await each.mustSeeAlarm('CLI-92')).message).toContain('goes on from');
      await each.client.log.advance();
    }
    // What goes on, goes on in a channel of its own.
    channel = await sofia.opensChannelWith([budapest, phone]);
    await sofia.mustSend(channel, 'Sent again');
    await budapest.mustRead(channel, 'Sent again');
    for (const each of [sofia, budapest, phone])
      for (const { id } of await each.client.alarms()) await each.client.settleAlarm(id, 'The restore');
  });
});

describe('a certificate is renewed before it runs out', () => {
  it('the device asks by itself in the last third, and not before', async () => {
    expect(await community.sofia.client.administration.renewals()).toEqual([]);
    await daysPass(125);
    await phone.syncs();
    await phone.mustSeeNoAlarm();
    const waiting = await community.sofia.client.administration.renewals();
    expect(waiting.map(({ device }) => device)).toContain(phone.device);
  });

  it('ENR-16: what was confirmed is certified, and nothing else; nobody who was revoked since', async () => {
    const { administration } = community.sofia.client;
    await tablet.syncs();
    expect(await administration.renewAll([], sofiaCa())).toEqual([]);
    const waiting = await administration.renewals();
    const confirmed = waiting.filter(({ device }) => device === tablet.device);
    expect(confirmed).toHaveLength(1);
    await community.revoke(tablet);
    await expect(administration.renewAll(confirmed, sofiaCa())).rejects.toMatchObject({ details: { check: 'ENR-16' } });
    expect((await administration.renewals()).map(({ device }) => device)).not.toContain(tablet.device);
  });

  it('ENR-18: nobody asks for another device; other contact points see nothing that waits', async () => {
    const forged = { ...phone.client.renewalRequest(), signature: 'A'.repeat(86) };
    await expect(
      phone.hub.request('requestRenewal', { body: forged }, (await phone.client.signIn()).token),
    ).rejects.toMatchObject({ details: { check: 'ENR-18' } });
    expect(await community.budapest.client.administration.renewals()).toEqual([]);
  });

  it('ENR-19: the hub passes on no certificate that widens what a device may', async () => {
    const { officerName, publicKey } = parseDeviceCertificate(phone.client.certificate);
    const wider = enrolDevice(
      {
        ca: sofiaCa(),
        device: { address: phone.device, officerName },
        devicePublicKey: publicKey,
        clearance: 'RESTRICTED',
        duties: ['officer', 'custodian'],
      },
      { clock: community.clock, random: systemRandom },
    );
    const give = async (by: Actor) =>
      by.hub.request('giveRenewal', { body: { certificate: toBase64url(wider) } }, (await by.client.signIn()).token);
    await expect(give(community.sofia)).rejects.toMatchObject({ details: { check: 'ENR-19' } });
    await expect(give(community.budapest)).rejects.toMatchObject({ details: { check: 'ENR-08' } });
  });

  it('one confirmation of the administrator renews all; devices fetch, install, and show it in every channel', async () => {
    const before = notAfterOf(phone);
    await community.sofia.syncs();
    const renewed = await renewAll(community.sofia, sofiaCa());
    expect(renewed.sort()).toEqual([community.sofia.device, phone.device].sort());
    community.clock.advance(2 * 60 * 60 * 1000);
    await phone.syncs();
    expect(notAfterOf(phone)).toBeGreaterThan(before);
    expect((await seenByBudapest(phone)).certificateNotAfter).toBe(new Date(notAfterOf(phone)).toISOString());
    await phone.mustSend(channel, 'Certified anew');
    await community.budapest.mustRead(channel, 'Certified anew');
    // What others add it by carries the new certificate, too.
    const again = await community.budapest.client.createChannel({
      kind: 'bilateral',
      ceiling: 'RESTRICTED',
      contactPoints: [BG],
      devices: [phone.device],
    });
    const added = (await community.budapest.client.members(again.id)).find(({ device }) => device === phone.device);
    expect(added?.certificateNotAfter).toBe(new Date(notAfterOf(phone)).toISOString());
    await community.sofia.syncs();
    expect(await community.sofia.client.administration.renewals()).toEqual([]);
    // ENR-16: nor what the hub shows as waiting before it is due.
    const early = phone.client.renewalRequest();
    community.sofia.hub.lieAbout('listRenewals', () => ({ renewals: [early] }));
    expect(await community.sofia.client.administration.renewals()).toEqual([]);
    community.sofia.hub.tellTruth();
    // It is remembered with the device's state: the profile holds the old one still.
    await phone.starts();
    expect(notAfterOf(phone)).toBeGreaterThan(before);
  });

  it('CLI-90, CLI-91: the officer and the administrator are told at 30, 14 or 3 days, each once', async () => {
    const told = async (actor: Actor, check: string) =>
      (await actor.client.alarms())
        .filter((alarm) => alarm.check === check)
        .map(({ message }) => /than (\d+)/.exec(message)?.[1]);
    // Budapest is renewed by nobody: 180 days from the founding.
    await daysPass(27);
    await community.budapest.syncs();
    await daysPass(1);
    await community.budapest.syncs();
    expect(await told(community.budapest, 'CLI-90')).toEqual(['30']);
    await daysPass(25);
    await community.budapest.syncs();
    expect((await told(community.budapest, 'CLI-90')).sort()).toEqual(['3', '30']);
    await renewAll(community.budapest, community.founded.authorities.get(community.budapest.contactPoint)!);
    community.clock.advance(2 * 60 * 60 * 1000);
    await community.budapest.syncs();
    // 120 days on, what was renewed first runs out first; its colleague has not synced.
    await daysPass(100);
    await community.sofia.syncs();
    expect(await told(community.sofia, 'CLI-91')).toEqual(['30']);
  });
});

describe('a contact point changes the key of its CA', () => {
  let next: CertificateAuthority;

  it('with an overlap: what the old one certified counts, and asks to be certified anew at once', async () => {
    const { sofia, clock, founded } = community;
    next = foundAuthority({ id: BG, names: { en: 'Bulgaria' } }, generateSigningKey(systemRandom), {
      clock,
      random: systemRandom,
    });
    await phone.syncs();
    await renewAll(sofia, sofiaCa());
    clock.advance(2 * 60 * 60 * 1000);
    await sofia.syncs();
    await phone.syncs();
    await community.revises({ newAuthorities: new Map([[BG, next.certificate]]), overlapDays: 30 });
    expect((await seenByBudapest(phone)).flags).toEqual([]);
    await phone.mustSend(channel, 'Certified by the old one');
    await community.budapest.mustRead(channel, 'Certified by the old one');
    const request = phone.client.renewalRequest();
    await expect(sofia.client.administration.renew(request, founded.authorities.get(BG)!)).rejects.toThrow(
      'not the CA',
    );
  });

  it('the new one lists what the old one revoked, and certifies who asks', async () => {
    const { sofia, clock } = community;
    await sofia.client.administration.revoke([], next);
    clock.advance(2 * 60 * 60 * 1000);
    await phone.syncs();
    expect(await renewAll(sofia, next)).toContain(phone.device);
    clock.advance(2 * 60 * 60 * 1000);
    await phone.syncs();
    expect((await seenByBudapest(phone)).flags).toEqual([]);
    await phone.mustSend(channel, 'Certified by the new one');
    await community.budapest.mustRead(channel, 'Certified by the new one');
  });

  it('CRT-15: after the day what the old one certified counts no more, and stands in nobody’s way', async () => {
    const { sofia, budapest } = community;
    await daysPass(31, next);
    await expect(sofia.client.sync()).rejects.toMatchObject({ code: 'unauthenticated' });
    expect((await seenByBudapest(sofia)).flags).toEqual(['expired']);
    await phone.mustSend(channel, 'Without the one who was late');
    await budapest.mustRead(channel, 'Without the one who was late');
  });
});
