import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { generateSigningKey, sign, signAuthorityRelease, signingKeyFromSeed, signSignInPolicy } from '#liaison/crypto';
import { systemRandom } from '#liaison/crypto.node';
import {
  type AuthorityRelease,
  type ChannelId,
  LiaisonError,
  LIMITS,
  LockOutcome,
  lockSignedBytes,
  newId,
  OfficerAddress,
  type OfficerLock,
  officerOf,
  releaseSignedBytes,
  Session,
  timestampOf,
  toBase64url,
} from '#liaison/protocol';
import { type Actor, callHub, type Community, mustCallHub, startCommunity, UnknownSigner } from '#liaison/testing';

const HOUR = 60 * 60 * 1000;
const IVANOV = OfficerAddress.parse('bg:ivanov');
const PETROVA = OfficerAddress.parse('bg:petrova');

let community: Community;
/** An administrator of Bulgaria, and an officer with two devices. */
let sofia: Actor;
let [desk, phone, stoyanov]: Actor[] = [];
let channel: ChannelId;

beforeAll(async () => {
  community = await startCommunity({
    cities: ['sofia', 'budapest'],
    devices: ['bg:ivanov:desk-1', 'bg:ivanov:phone', 'bg:stoyanov:desk-2'],
    withoutDuties: ['bg:ivanov:desk-1', 'bg:ivanov:phone'],
  });
  sofia = community.sofia;
  [desk, phone, stoyanov] = ['bg:ivanov:desk-1', 'bg:ivanov:phone', 'bg:stoyanov:desk-2'].map((address) =>
    community.device(address),
  );
  channel = await sofia.opensChannelWith([desk!, phone!, community.budapest]);
  await community.budapest.mustSend(channel, 'Before the lock');
  for (const device of [desk!, phone!]) await device.mustRead(channel, 'Before the lock');
}, 60_000);
afterAll(() => community.stop());

const checkOf = (act: Promise<unknown>) =>
  act.then(
    () => 'done',
    (error: unknown) => (error as { details?: { check?: string } }).details?.check ?? String(error),
  );
const sessionsOf = async (actor: Actor, scope: 'own' | 'contact-point' = 'own') =>
  (await actor.client.sessions.list(scope)).map(({ device }) => device);

/** A lock or its end as this device's key would sign it. */
async function signs(
  actor: Actor,
  route: 'lockOfficer' | 'unlockOfficer',
  said: { id?: string; officer?: OfficerAddress; lock?: string },
  key = signingKeyFromSeed(actor.profile.signingSeed),
) {
  const { token } = Session.parse(await actor.client.signIn());
  const all = { reason: 'A test', at: timestampOf(community.clock), ...said };
  const { id = newId(community.clock, systemRandom), officer = officerOf(actor.device), lock = id, ...why } = all;
  const body = route === 'lockOfficer' ? { id, officer, ...why } : { lock, ...why };
  const signed =
    route === 'lockOfficer'
      ? lockSignedBytes(actor.device, { id, officer, ...why })
      : releaseSignedBytes(actor.device, { lock, ...why });
  const context = route === 'lockOfficer' ? 'officer-lock' : 'officer-unlock';
  const signature = toBase64url(sign(context, signed, key));
  return LockOutcome.parse(await mustCallHub(community.hub.url, route, { token, body: { ...body, signature } }));
}

describe('sessions', () => {
  it('are listed for their officer on all devices, and for an administrator of the contact point', async () => {
    expect(new Set(await sessionsOf(phone!))).toEqual(new Set(['bg:ivanov:desk-1', 'bg:ivanov:phone']));
    expect(await sessionsOf(sofia, 'contact-point')).toEqual(expect.arrayContaining(['bg:ivanov:phone', sofia.device]));
    expect((await sessionsOf(sofia, 'contact-point')).filter((device) => !device.startsWith('bg:'))).toEqual([]);
    expect(await sessionsOf(desk!, 'contact-point')).toEqual([]);
    const [own] = (await phone!.client.sessions.list('own')).filter(({ isThis }) => isThis);
    expect(own).toMatchObject({ device: 'bg:ivanov:phone', network: '127.0.0.*' });
  });

  it('are ended by another device of the officer at once, sockets too, and not by a stranger', async () => {
    await desk!.client.connect();
    const live = await phone!.client.sessions.list('own');
    const ofDesk = live.filter(({ device }) => device === desk!.device).map(({ id }) => id);
    expect(await community.budapest.client.sessions.end(ofDesk)).toEqual([]);
    const closed = new Promise<void>((resolve) => {
      desk!.client.listen((event) => {
        if (event.type === 'connection' && event.state !== 'live') resolve();
      });
    });
    expect((await phone!.client.sessions.end(ofDesk)).sort()).toEqual([...ofDesk].sort());
    await closed;
    desk!.client.disconnect();
    expect(await phone!.client.sessions.end(ofDesk)).toEqual([]);
    const ended = (await community.hub.logEntries()).filter(({ type }) => type === 'session.ended');
    expect(ended.at(-1)).toMatchObject({ actor: phone!.device, subject: { device: desk!.device } });
  });

  it('end with the oldest, where a device opens more than it may have', async () => {
    const { token } = await phone!.client.signIn();
    expect((await callHub(community.hub.url, 'listChannels', { token })).status).toBe(200);
    for (let opened = 0; opened < LIMITS.sessionsPerDevice; opened += 1) {
      community.clock.advance(1_000);
      await phone!.client.signIn();
    }
    const live = (await phone!.client.sessions.list('own')).filter(({ device }) => device === phone!.device);
    expect(live).toHaveLength(LIMITS.sessionsPerDevice);
    community.clock.advance(10_000);
    expect((await callHub(community.hub.url, 'listChannels', { token })).status).toBe(401);
  });

  it('are ended by an administrator of the contact point', async () => {
    const live = await sofia.client.sessions.list('contact-point');
    const [ofPhone] = live.filter(({ device }) => device === phone!.device);
    expect(await sofia.client.sessions.end([ofPhone!.id])).toEqual([ofPhone!.id]);
  });
});

describe('the lock of all devices of an officer', () => {
  let lock: string;

  it('is not for others to place, and not to be forged', async () => {
    expect(await checkOf(phone!.client.sessions.lock('Not mine', PETROVA))).toBe('LCK-02');
    expect(await checkOf(community.budapest.client.sessions.lock('Not ours', IVANOV))).toBe('LCK-02');
    expect(await checkOf(sofia.client.sessions.lock('Nobody', OfficerAddress.parse('bg:nobody')))).toBe('LCK-02');
    expect(await signs(phone!, 'lockOfficer', {}, generateSigningKey(systemRandom))).toEqual({ refused: 'LCK-01' });
  });

  it('shuts out each of them, from any of them, at once', async () => {
    const { token } = await desk!.client.signIn();
    lock = (await phone!.client.sessions.lock('The desk was broken into')).lock;
    expect(await callHub(community.hub.url, 'listChannels', { token })).toMatchObject({ status: 401 });
    for (const device of [desk!, phone!]) expect(await checkOf(device.client.signIn())).toBe('SIN-03');
    await community.budapest.mustSend(channel, 'After the lock');
    await expect(desk!.syncs()).rejects.toMatchObject({ code: 'unauthenticated' });
    const { missing } = await community.budapest.client
      .createChannel({
        kind: 'bilateral',
        ceiling: 'RESTRICTED',
        contactPoints: [sofia.contactPoint],
        devices: [sofia.device],
      })
      .then(({ id }) => community.budapest.client.addMembers(id, [desk!.device]));
    expect(missing).toEqual([desk!.device]);
  });

  it('leaves them what they hold, and nothing more', async () => {
    for (const device of [desk!, phone!]) {
      expect(await device.subjects(channel)).toEqual(['Before the lock']);
      expect(await checkOf(device.client.sessions.list('own'))).toBe('SIN-03');
    }
    await sofia.mustRead(channel, 'After the lock');
  });

  it('is the same lock when it is placed again, by whomever', async () => {
    expect((await sofia.client.sessions.lock('Again', IVANOV)).lock).toBe(lock);
    expect(await signs(sofia, 'lockOfficer', { id: lock, officer: PETROVA })).toEqual({ refused: 'LCK-03' });
  });

  it('is shown to administrators, who verify who did it, and is in the log', async () => {
    const [shown] = await sofia.client.sessions.locks();
    expect(shown).toMatchObject({ id: lock, officer: IVANOV, device: phone!.device, isOver: false });
    const logged = (await community.hub.logEntries()).filter(({ type }) => type === 'officer.locked');
    expect(logged.map(({ actor, subject }) => [actor, subject.device])).toEqual([
      [phone!.device, desk!.device],
      [phone!.device, phone!.device],
    ]);
    sofia.hub.lieAbout('listLocks', (answer) => {
      const { locks } = answer as { locks: object[] };
      return { locks: locks.map((each) => ({ ...each, reason: 'Another reason' })) };
    });
    expect(await checkOf(sofia.client.sessions.locks())).toBe('CLI-87');
    sofia.hub.tellTruth();
  });

  describe('whose signer’s CA is unknown', () => {
    const signerFor = ({ device }: Actor) => new UnknownSigner(device, community.clock);
    const shows = (told: (lock: OfficerLock) => OfficerLock[], query: { which?: 'open' } = {}) => {
      sofia.hub.lieAbout('listLocks', (answer) => ({ locks: told((answer as { locks: OfficerLock[] }).locks[0]!) }));
      return sofia.client.sessions.locks(query).finally(() => {
        sofia.hub.tellTruth();
      });
    };

    it('is shown with the reason, and the others beside it', async () => {
      const [unknown, known] = await shows((genuine) => [signerFor(phone!).lock(genuine), genuine]);
      expect(unknown?.unverified).toMatch(/the CA that certified bg:ivanov:phone/);
      expect(known).toMatchObject({ id: lock, officer: IVANOV });
      expect(known).not.toHaveProperty('unverified');
    });

    it('keeps none of its other signatures from being verified, and is none of after this device’s first roster', async () => {
      const release = (genuine: OfficerLock) => [signerFor(stoyanov!).release(genuine)];
      const [shown] = await shows((genuine) => [{ ...genuine, releases: release(genuine) }]);
      expect(shown?.unverified).toMatch(/the CA that certified bg:stoyanov:desk-2/);
      // Nor is a lock over, and out of sight, by who cannot be known.
      const over = (genuine: OfficerLock) => [{ ...genuine, releases: release(genuine), isOver: true }];
      expect(await shows(over, { which: 'open' })).toMatchObject([{ id: lock, unverified: shown?.unverified }]);
      const forged = shows((genuine) => [{ ...genuine, reason: 'Forged', releases: release(genuine) }]);
      expect(await checkOf(forged)).toBe('CLI-87');
      const later = timestampOf({ now: () => community.clock.now() + 48 * HOUR });
      expect(await checkOf(shows((genuine) => [signerFor(phone!).lock({ ...genuine, at: later })]))).toBe('CLI-87');
    });
  });

  it('ends by another administrator, both where the contact point wants two', async () => {
    expect(await checkOf(community.budapest.client.sessions.unlock(lock, 'A favour'))).toBe('LCK-02');
    await community.revises({ twoAdministrators: [sofia.contactPoint] });
    expect(await sofia.client.sessions.unlock(lock, 'Found again')).toEqual({ isLocked: true });
    expect(await sofia.client.sessions.unlock(lock, 'Found again')).toEqual({ isLocked: true });
    expect(await checkOf(desk!.client.signIn())).toBe('SIN-03');
    expect(await stoyanov!.client.sessions.unlock(lock, 'I have seen it')).toEqual({ isLocked: false });
    await desk!.mustRead(channel, 'After the lock');
    const own = await sofia.client.sessions.lock('A test');
    expect(await checkOf(sofia.client.signIn())).toBe('SIN-03');
    await community.revises({ oneAdministrator: [sofia.contactPoint] });
    expect(await stoyanov!.client.sessions.unlock(own.lock, 'Tested')).toEqual({ isLocked: false });
    expect((await stoyanov!.client.sessions.locks()).map(({ isOver }) => isOver)).toEqual([true, true]);
    expect(await stoyanov!.client.sessions.locks({ which: 'open' })).toEqual([]);
    expect(await signs(sofia, 'unlockOfficer', { lock: own.lock })).toEqual({ refused: 'LCK-04' });
  });

  it('does not end by who agreed and administers no more, and ends by the same one again once that is enough', async () => {
    await phone!.client.sessions.lock('Once more', IVANOV);
    await community.revises({ twoAdministrators: [sofia.contactPoint] });
    const [open] = await sofia.client.sessions.locks({ officer: IVANOV, which: 'open' });
    expect(await stoyanov!.client.sessions.unlock(open!.id, 'Found again')).toEqual({ isLocked: true });
    await community.revoke(stoyanov!);
    expect(await sofia.client.sessions.unlock(open!.id, 'I have seen it')).toEqual({ isLocked: true });
    await community.revises({ oneAdministrator: [sofia.contactPoint] });
    expect(await sofia.client.sessions.unlock(open!.id, 'I have seen it')).toEqual({ isLocked: false });
    const shown = await sofia.client.sessions.locks({ officer: IVANOV });
    expect(shown.map(({ isOver, releases }) => [isOver, releases.length])).toEqual([
      [true, 3],
      [true, 2],
    ]);
  });
});

describe('the lock of who could unlock', () => {
  const ca = () => community.founded.authorities.get(sofia.contactPoint)!;
  const foreignCa = () => community.founded.authorities.get(community.budapest.contactPoint)!;
  const said = { officer: PETROVA, reason: 'Locked by a thief' };
  const inHours = (hours: number) => timestampOf({ now: () => community.clock.now() + hours * HOUR });
  async function publishes(release: Omit<AuthorityRelease, 'signature'>, { key } = ca()) {
    const { status, body } = await callHub(community.hub.url, 'unlockByAuthority', {
      body: signAuthorityRelease(release, key),
    });
    return status === 200 ? LockOutcome.parse(body) : (body as { error: { check: string } }).error.check;
  }

  it('ends by the CA of the contact point without a session, once for each signature: LCK-05', async () => {
    // Long after the first roster that its device has: all CAs of that time are known.
    community.clock.advance(26 * HOUR);
    await community.revises({ twoAdministrators: [sofia.contactPoint] });
    const { lock } = await sofia.client.sessions.lock('A thief of this desk');
    expect(await checkOf(sofia.client.signIn())).toBe('SIN-03');
    expect(await publishes({ ...said, at: inHours(0) }, foreignCa())).toBe('LCK-05');
    for (const hours of [-25, 25]) expect(await publishes({ ...said, at: inHours(hours) })).toBe('LCK-05');
    const nobody = OfficerAddress.parse('bg:nobody');
    expect(await publishes({ ...said, officer: nobody, at: inHours(0) })).toEqual({ refused: 'LCK-02' });
    const captured = { ...said, at: inHours(0) };
    expect(await publishes(captured)).toEqual({ lock, index: expect.any(Number), isLocked: false });
    const later = await sofia.client.sessions.lock('Once more');
    expect(await publishes(captured)).toMatchObject({ lock, isLocked: false });
    expect(await checkOf(sofia.client.signIn())).toBe('SIN-03');
    expect(await sofia.client.sessions.unlockByAuthority(PETROVA, said.reason, ca())).toEqual(later);
  });

  it('is shown with whose word ended it, is verified, and is in the log', async () => {
    const [shown] = await sofia.client.sessions.locks({ officer: PETROVA });
    expect(shown).toMatchObject({ isOver: true, releases: [], byAuthority: { reason: said.reason } });
    const logged = (await community.hub.logEntries()).findLast(({ type }) => type === 'officer.unlocked');
    expect(logged).toMatchObject({ actor: 'hub', subject: { device: sofia.device }, details: { by: 'authority' } });
    const shows = (change: Partial<OfficerLock>) => {
      sofia.hub.lieAbout('listLocks', (told) => ({
        locks: [{ ...(told as { locks: OfficerLock[] }).locks[0]!, ...change }],
      }));
      return checkOf(sofia.client.sessions.locks()).finally(() => {
        sofia.hub.tellTruth();
      });
    };
    expect(await shows({})).toBe('done');
    expect(await shows({ byAuthority: undefined })).toBe('CLI-87');
    expect(await shows({ byAuthority: { ...shown!.byAuthority!, reason: 'Another' } })).toBe('CLI-87');
    const key = signingKeyFromSeed(sofia.profile.signingSeed);
    const moved = { ...shown!, at: inHours(50) };
    const signature = toBase64url(sign('officer-lock', lockSignedBytes(sofia.device, moved), key));
    expect(await shows({ at: moved.at, signature })).toBe('CLI-87');
  });
});

describe('a hub that says that a second proof is needed, and asks for none (CLI-98)', () => {
  const alarms = async ({ client }: Actor) => (await client.alarms()).map(({ check }) => check);

  it('is found out by a device that it lets in, once that is no moment any more', async () => {
    const { budapest, clock, founded } = community;
    const { contactPoint } = budapest;
    const policy = { v: 1, contactPoint, number: 1, secondFactor: 'webauthn', hours: 12 } as const;
    const { key } = founded.authorities.get(contactPoint)!;
    const signed = signSignInPolicy({ ...policy, issuedAt: timestampOf(clock) }, key);
    const lies = () => {
      budapest.hub.lieAbout('getSecondFactor', (told) => ({ ...(told as object), state: 'needed', policy: signed }));
    };
    const looks = async () => {
      clock.advance(6 * 60_000);
      await budapest.syncs();
      return alarms(budapest);
    };
    lies();
    expect(await looks()).not.toContain('CLI-98');
    budapest.hub.lieAbout('countKeyPackages', () => {
      throw new LiaisonError('second-factor-needed', 'As an honest hub would.');
    });
    await expect(looks()).rejects.toMatchObject({ code: 'second-factor-needed' });
    budapest.hub.tellTruth();
    lies();
    expect(await looks()).not.toContain('CLI-98');
    expect(await looks()).toContain('CLI-98');
    budapest.hub.tellTruth();
  });
});

describe('what a contact point demands of its connectors', () => {
  it('stays demanded until a later policy says otherwise', async () => {
    const ca = community.founded.authorities.get(sofia.contactPoint)!;
    const publish = (wish: { connectors?: 'any' | 'mutual-tls' } = {}) =>
      sofia.client.secondFactor.publishPolicy({ secondFactor: 'none', hours: 12, ...wish }, ca);
    const first = await publish({ connectors: 'mutual-tls' });
    expect(first.connectors).toBe('mutual-tls');
    expect(await publish()).toEqual({ number: first.number + 1, connectors: 'mutual-tls' });
    expect((await sofia.client.secondFactor.status()).policy?.policy).toContain('"connectors":"mutual-tls"');
    expect(await publish({ connectors: 'any' })).toEqual({ number: first.number + 2, connectors: 'any' });
    expect((await sofia.client.secondFactor.status()).policy?.policy).not.toContain('connectors');
  });
});
