import { readdirSync } from 'node:fs';
import { setTimeout } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { cryptoReady, sign, signSignInPolicy } from '#liaison/crypto';
import { systemRandom } from '#liaison/crypto.node';
import pg from 'pg';
import {
  ContactPointId,
  LIMITS,
  LiveSessionList,
  LockOutcome,
  lockSignedBytes,
  newId,
  OfficerAddress,
  ProofOffer,
  ProofOutcome,
  ProofTicket,
  releaseSignedBytes,
  type RouteName,
  SecondFactorStatus,
  Session,
  SessionChallenge,
  SignInPolicy,
  timestampOf,
  toBase64url,
} from '#liaison/protocol';
import {
  callHub,
  HubCommunity,
  type HubDevice,
  MovableClock,
  mustCallHub,
  seededRandom,
  startHub,
  type TestHub,
} from '#liaison/testing';
import { SoftKey } from './soft-key.js';

const MINUTE = 60_000;
const BG = ContactPointId.parse('bg');

const clock = new MovableClock();
let hub: TestHub;
let community: HubCommunity;
let desk: HubDevice;
/** Of a machine, so that nothing is demanded of it. */
let administrator: HubDevice;
const keys = new Map<string, SoftKey>();
let policies = 0;

beforeAll(async () => {
  await cryptoReady();
  hub = await startHub({ clock });
  community = new HubCommunity(hub.url, { clock, random: seededRandom('second-factor') });
  await community.found();
  desk = community.enrol('bg:ivanov:desk-1');
  administrator = community.enrol('bg:stoyanov:desk-2', { duties: ['administrator', 'connector'] });
  await demand('webauthn');
});
afterAll(() => hub.stop());

async function demand(secondFactor: 'none' | 'webauthn'): Promise<void> {
  policies += 1;
  const issuedAt = new Date(clock.now()).toISOString();
  const policy = SignInPolicy.parse({ v: 1, contactPoint: BG, number: policies, issuedAt, secondFactor, hours: 12 });
  const body = signSignInPolicy(policy, community.authorities.get('bg')!.key);
  await mustCallHub(hub.url, 'putSignInPolicy', { params: { contactPoint: 'bg' }, body });
}

function keyOf(name: string): SoftKey {
  const known = keys.get(name) ?? new SoftKey(hub.url, name);
  keys.set(name, known);
  return known;
}

/** As a device would, in a session of its own. @returns the answer, or the check that it fails. */
async function calls(device: HubDevice, route: RouteName, body?: unknown): Promise<unknown> {
  const { token } = await community.signIn(device);
  const answer = await callHub(hub.url, route, { token, ...(body !== undefined && { body }) });
  if (answer.status < 300) return answer.body;
  return (answer.body as { error: { check: string } }).error.check;
}
const status = async (device: HubDevice) => SecondFactorStatus.parse(await calls(device, 'getSecondFactor'));

/** A page that has opened a link of the device. @returns the check that refuses the link, or the page. */
async function opens(device: HubDevice, purpose: 'prove' | 'register') {
  const given = await calls(device, 'createProofTicket', { purpose });
  if (typeof given === 'string') return given;
  const { link } = ProofTicket.parse(given);
  const offer = ProofOffer.parse(await mustCallHub(hub.url, 'openTicket', { body: { ticket: link.split('#')[1] } }));
  return offer.outcome === 'refused' ? offer.check : offer;
}
type Page = Exclude<Awaited<ReturnType<typeof opens>>, string>;

async function touches(key: SoftKey, { flow, webauthn }: Page, algorithm?: 'ES384'): Promise<string> {
  const challenge = webauthn?.options['challenge'];
  const credential = webauthn?.act === 'create' ? key.registers(challenge, algorithm) : key.proves(challenge);
  const outcome = ProofOutcome.parse(await mustCallHub(hub.url, 'proveByWebauthn', { body: { flow, credential } }));
  return outcome.outcome === 'refused' ? outcome.check : outcome.outcome;
}

async function does(device: HubDevice, purpose: 'prove' | 'register', key: string): Promise<string> {
  const page = await opens(device, purpose);
  return typeof page === 'string' ? page : touches(keyOf(key), page);
}

/** As if it had come about long before. */
async function inDatabase(statement: string, values: readonly unknown[]): Promise<void> {
  const database = new pg.Client({ connectionString: hub.database.appUrl });
  await database.connect();
  await database.query(statement, [...values]);
  await database.end();
}

/** As an administrator sees them. */
async function listed({ address }: HubDevice) {
  const { token } = await community.signIn(administrator);
  const query = { scope: 'contact-point' };
  const { sessions } = LiveSessionList.parse(await mustCallHub(hub.url, 'listSessions', { token, query }));
  return sessions.filter(({ device }) => device === address);
}
const sessionsOf = async (device: HubDevice) => (await listed(device)).map(({ id }) => id);

describe('a device that somebody finds proved', () => {
  it('gets no further key, and none removed, without a proof of the last five minutes', async () => {
    expect(await does(desk, 'register', 'one')).toBe('proved');
    clock.advance(6 * MINUTE);
    expect((await status(desk)).state).toBe('proved');
    expect(await opens(desk, 'register')).toBe('SFA-10');
    expect(await calls(desk, 'removeCredential', { credential: keyOf('one').credentialId })).toBe('SFA-10');
    expect((await status(desk)).credentials).toHaveLength(1);
    expect(await does(desk, 'prove', 'one')).toBe('proved');
    expect(await does(desk, 'register', 'two')).toBe('proved');
    expect(await calls(desk, 'removeCredential', { credential: keyOf('two').credentialId })).toEqual({});
    expect(await status(desk)).toMatchObject({ state: 'needed', credentials: [{ id: keyOf('one').credentialId }] });
  });
});

describe('a proof that runs out', () => {
  it('ends what it let in, at once, and stands in the list of sessions until then', async () => {
    const own = community.enrol('bg:dragomirov:desk-1');
    await status(own);
    expect((await listed(own)).map(({ proof }) => proof)).toEqual([undefined]);
    expect(await does(own, 'register', 'dragomirov')).toBe('proved');
    const { method, at } = (await status(own)).proof!;
    clock.advance(12 * 60 * MINUTE - 2_000);
    const { token } = await community.signIn(own);
    expect((await callHub(hub.url, 'listChannels', { token })).status).toBe(200);
    expect((await listed(own)).map((session) => session.proof)).toEqual([{ method, at }]);
    clock.advance(2_500);
    expect((await listed(own)).map((session) => session.proof)).toEqual([undefined]);
    expect(await callHub(hub.url, 'listChannels', { token })).toMatchObject({ body: { error: { check: 'SIN-08' } } });
  });
});

describe('a first key', () => {
  const allows = (device: HubDevice, reset = false) =>
    calls(administrator, 'allowRegistration', { device: device.address, reset });

  it('is registered on the one device that an administrator named, once', async () => {
    const [own, stolen] = ['bg:dimova:desk-1', 'bg:dimova:phone'].map((address) => community.enrol(address)) as [
      HubDevice,
      HubDevice,
    ];
    for (const device of [own, stolen]) expect((await status(device)).mayRegister).toBe(true);
    expect(await allows(own)).toHaveProperty('until');
    expect(await opens(stolen, 'register')).toBe('SFA-03');
    expect(await does(own, 'register', 'hers')).toBe('proved');
    expect(await does(stolen, 'prove', 'hers')).toBe('proved');
    expect(await allows(own, true)).toHaveProperty('until');
    expect(await opens(stolen, 'prove')).toBe('SFA-03');
    expect(await does(own, 'register', 'hers anew')).toBe('proved');
    expect(await calls(own, 'removeCredential', { credential: keyOf('hers anew').credentialId })).toEqual({});
    for (const device of [own, stolen]) expect(await opens(device, 'register')).toBe('SFA-03');
  });

  it('is not registered when the allowance has run out, or was given to nobody’s device', async () => {
    const own = community.enrol('bg:marinova:desk-1');
    expect(await allows(own)).toEqual({ refused: 'SFA-05' });
    await status(own);
    await allows(own);
    clock.advance(25 * 60 * MINUTE);
    expect(await opens(own, 'register')).toBe('SFA-03');
    expect((await status(own)).mayRegister).toBe(false);
  });
});

describe('proofs that are under way together', () => {
  /** As many devices of one officer, each with a page that may register the first key. */
  const firstPages = (officer: string, names: readonly string[]) =>
    Promise.all(names.map(async (name) => (await opens(community.enrol(`bg:${officer}:${name}`), 'register')) as Page));

  it('register one first key, whichever page is faster', async () => {
    const pages = await firstPages('georgieva', ['desk-1', 'desk-2', 'phone']);
    const ends = await Promise.all(pages.map((page, index) => touches(keyOf(`first ${index}`), page)));
    expect(ends.sort()).toEqual(['SFA-03', 'SFA-03', 'proved']);
  });

  it('register no more keys than an officer may have', async () => {
    const own = community.enrol('bg:todorova:desk-1');
    expect(await does(own, 'register', 'todorova')).toBe('proved');
    await inDatabase(
      `INSERT INTO webauthn_credentials (id, officer, device, public_key, counter, created_at, last_used_at)
       SELECT 'copy-' || n, officer, device, public_key, counter, created_at, last_used_at
       FROM webauthn_credentials, generate_series(1, $1) AS n WHERE officer = 'bg:todorova'`,
      [LIMITS.credentialsPerOfficer - 2],
    );
    const pages = [await opens(own, 'register'), await opens(own, 'register'), await opens(own, 'register')] as Page[];
    const ends = await Promise.all(pages.map((page, index) => touches(keyOf(`one more ${index}`), page)));
    expect(ends.sort()).toEqual(['SFA-03', 'SFA-03', 'proved']);
    expect((await status(own)).credentials).toHaveLength(LIMITS.credentialsPerOfficer);
  });

  it('are none once the session is ended, even where the end comes between the check and the proof', async () => {
    const [page] = await firstPages('ilieva', ['desk-1']);
    const other = new pg.Client({ connectionString: hub.database.appUrl });
    await other.connect();
    try {
      await other.query('BEGIN');
      await other.query("SELECT pg_advisory_xact_lock(hashtextextended('officer bg:ilieva', 0))");
      const proof = touches(keyOf('ilieva'), page!);
      await waitUntil(async () => {
        const { rowCount } = await other.query(
          `SELECT FROM pg_locks WHERE locktype = 'advisory' AND NOT granted
           AND (classid::bigint << 32) | objid::bigint = hashtextextended('officer bg:ilieva', 0)`,
        );
        return rowCount === 1;
      });
      await other.query("UPDATE sessions SET ended_at = now() WHERE device = 'bg:ilieva:desk-1'");
      await other.query('COMMIT');
      expect(await proof).toBe('SFA-02');
    } finally {
      await other.end();
    }
  });
});

describe('an end of sessions while their device proves', () => {
  it('waits for the proof, and then takes it away', async () => {
    const own = community.enrol('bg:zlatev:desk-1');
    expect(await does(own, 'register', 'zlatev')).toBe('proved');
    await status(own);
    const [first, ...others] = await sessionsOf(own);
    const other = new pg.Client({ connectionString: hub.database.appUrl });
    await other.connect();
    try {
      await other.query('BEGIN');
      await other.query("SELECT pg_advisory_xact_lock(hashtextextended('officer bg:zlatev', 0))");
      await other.query('SELECT FROM sessions WHERE session = ANY($1::text[]) FOR SHARE', [others]);
      const end = calls(administrator, 'endSessions', { sessions: [first] });
      await waitUntil(async () => {
        const waiting = 'SELECT FROM pg_locks WHERE NOT granted AND pg_backend_pid() = ANY(pg_blocking_pids(pid))';
        return (await other.query(waiting)).rowCount === 1;
      });
      await other.query(
        `INSERT INTO second_proofs (device, method, proved_at, until) VALUES ($1, 'webauthn', $2, $2)
         ON CONFLICT (device) DO UPDATE SET proved_at = excluded.proved_at`,
        [own.address, new Date(clock.now())],
      );
      await other.query('COMMIT');
      expect(await end).toEqual({ ended: [first] });
      expect(await sessionsOf(own)).toEqual([]);
    } finally {
      await other.end();
    }
  });
});

describe('a key of an algorithm that we do not ask for', () => {
  /** At a hub process that was started since. */
  async function opensElsewhere(device: HubDevice): Promise<string | undefined> {
    const { origin } = hub.configuration;
    const other = await startHub({ clock, database: hub.database, configuration: { origin } });
    try {
      const { nonce } = SessionChallenge.parse(await mustCallHub(other.url, 'createChallenge', { body: {} }));
      const signed = { body: community.signInBody(device, nonce, origin) };
      const { token } = Session.parse(await mustCallHub(other.url, 'createSession', signed));
      const answer = await callHub(other.url, 'createProofTicket', { token, body: { purpose: 'register' } });
      return (answer.body as { error?: { check: string } }).error?.check;
    } finally {
      await other.stop();
    }
  }

  it('is not registered, and links of before the lock-out count no more, nor at any hub process', async () => {
    const own = community.enrol('bg:koleva:desk-1');
    await status(own);
    const pages: Page[] = [];
    for (let count = 0; count < 4; count += 1) pages.push((await opens(own, 'register')) as Page);
    const before = 'INSERT INTO proof_failures (device, failures, last_at) VALUES ($1, 8, $2)';
    await inDatabase(before, [own.address, new Date(clock.now())]);
    expect(pages[0]?.webauthn?.options['pubKeyCredParams']).toEqual(
      [-8, -7, -257].map((alg) => ({ alg, type: 'public-key' })),
    );
    const ends: string[] = [];
    for (const page of pages) ends.push(await touches(keyOf('koleva'), page, 'ES384'));
    expect(ends).toEqual(['SFA-04', 'SFA-04', 'SFA-02', 'SFA-02']);
    expect(await opens(own, 'register')).toBe('SFA-09');
    expect(await opensElsewhere(own)).toBe('SFA-09');
  });
});

describe('the thief of an administrator’s device', () => {
  async function signs(
    by: HubDevice,
    route: 'lockOfficer' | 'unlockOfficer',
    said: { officer?: string; lock?: string },
  ) {
    const why = { reason: 'A test', at: timestampOf(clock) };
    const { lock = newId(clock, systemRandom) } = said;
    const order = { id: lock, officer: OfficerAddress.parse(said.officer ?? 'bg:nobody'), ...why };
    const isLock = route === 'lockOfficer';
    const bytes = isLock ? lockSignedBytes(by.address, order) : releaseSignedBytes(by.address, { lock, ...why });
    const signature = toBase64url(sign(isLock ? 'officer-lock' : 'officer-unlock', bytes, by.key));
    const answer = await calls(by, route, { ...(isLock ? order : { lock, ...why }), signature });
    return typeof answer === 'string' ? answer : LockOutcome.parse(answer);
  }
  const isIn = async (device: HubDevice) => {
    const { nonce, origin } = SessionChallenge.parse(await mustCallHub(hub.url, 'createChallenge', { body: {} }));
    return (
      (await callHub(hub.url, 'createSession', { body: community.signInBody(device, nonce, origin) })).status === 200
    );
  };
  const enrolsAdministrator = (address: string) => community.enrol(address, { duties: ['officer', 'administrator'] });

  it('locks nobody without a proof of the last five minutes; with one, the CA lets them in again without a session', async () => {
    const [stolen, colleague] = [enrolsAdministrator('bg:nikolov:desk-1'), enrolsAdministrator('bg:hristova:desk-1')];
    expect(await does(colleague, 'register', 'hristova')).toBe('proved');
    expect(await does(stolen, 'register', 'nikolov')).toBe('proved');
    clock.advance(6 * MINUTE);
    expect(await signs(stolen, 'lockOfficer', { officer: 'bg:hristova' })).toBe('SFA-10');
    expect(await calls(stolen, 'allowRegistration', { device: colleague.address, reset: true })).toBe('SFA-10');
    const sessions = await sessionsOf(colleague);
    expect(await calls(stolen, 'endSessions', { sessions })).toBe('SFA-10');
    expect(await sessionsOf(colleague)).toEqual(sessions);
    expect(await calls(stolen, 'endSessions', { sessions: await sessionsOf(stolen) })).not.toBe('SFA-10');
    expect(await isIn(colleague)).toBe(true);
    expect(await does(stolen, 'prove', 'nikolov')).toBe('proved');
    const locked = await signs(stolen, 'lockOfficer', { officer: 'bg:hristova' });
    expect(locked).toMatchObject({ isLocked: true });
    expect(await isIn(colleague)).toBe(false);
    const crl = toBase64url(community.revocationList('bg', clock.now(), [stolen]));
    await mustCallHub(hub.url, 'putRevocationList', { params: { contactPoint: 'bg' }, body: { crl } });
    expect(await isIn(stolen)).toBe(false);
    const certified = enrolsAdministrator('bg:vasilev:desk-9');
    const { lock } = locked as { lock: string };
    expect(await signs(certified, 'unlockOfficer', { lock })).toBe('SIN-08');
    expect(await does(certified, 'register', 'vasilev')).toBe('proved');
    expect(await signs(certified, 'unlockOfficer', { lock })).toMatchObject({ isLocked: false });
    expect(await isIn(colleague)).toBe(true);
  });

  it('locks no officer out of locking their own devices, however old the proof is', async () => {
    const own = community.enrol('bg:pavlova:desk-1');
    expect(await does(own, 'register', 'pavlova')).toBe('proved');
    clock.advance(60 * MINUTE);
    expect(await signs(own, 'lockOfficer', { officer: 'bg:pavlova' })).toMatchObject({ isLocked: true });
  });
});

describe('what the page says', () => {
  type Texts = Readonly<Record<string, string>>;
  /** Of the hub, whose own words are English. */
  const REFUSALS = ['over', 'nothing', 'wrong', 'away'];

  it('stands in all twelve languages of the community, whole and in no other’s words', async () => {
    const script = String(await mustCallHub(hub.url, 'secondFactorTexts'));
    const { TEXTS, RIGHT_TO_LEFT } = (await import(`data:text/javascript,${encodeURIComponent(script)}`)) as {
      TEXTS: Readonly<Record<string, Texts>>;
      RIGHT_TO_LEFT: readonly string[];
    };
    const { en, ...others } = TEXTS;
    const languages = readdirSync('libs/templates/labels').flatMap(
      (file) => /^([a-z]{2,3})\.json$/.exec(file)?.[1] ?? [],
    );
    expect(Object.keys(TEXTS).sort()).toEqual(languages.sort());
    for (const texts of Object.values(others)) {
      expect(Object.keys(texts)).toEqual([...Object.keys(en ?? {}), ...REFUSALS]);
      expect(texts['signOn']).toContain('{host}');
      expect(Object.values(texts).filter((text) => Object.values(en ?? {}).includes(text))).toEqual([]);
    }
    const inArabicScript = languages.filter((language) => /^\p{Script=Arabic}/u.test(TEXTS[language]?.['title'] ?? ''));
    expect(inArabicScript).toHaveLength(3);
    expect([...RIGHT_TO_LEFT].sort()).toEqual(inArabicScript);
    const said = Object.values(TEXTS).flatMap((texts) => Object.values(texts));
    expect(new Set(said).size).toBe(said.length);
  });
});

/** The last: it stays in the database. */
describe('a stored policy that this version of the hub does not understand', () => {
  it('keeps no other from being taken, and a hub process from starting, which would demand nothing', async () => {
    await inDatabase(
      `INSERT INTO sign_in_policies (contact_point, number, policy, signature, stored_at) VALUES ('hu', 1, '{"v":2}', $1, $2)`,
      [toBase64url(new Uint8Array(64)), new Date(clock.now())],
    );
    await demand('webauthn');
    expect((await status(desk)).policy?.policy).toContain(`"number":${policies}`);
    const start = startHub({ clock, database: hub.database, configuration: { origin: hub.configuration.origin } });
    await expect(start).rejects.toThrow('not understood');
  });
});

async function waitUntil(isSo: () => Promise<boolean>): Promise<void> {
  while (!(await isSo())) await setTimeout(20);
}
