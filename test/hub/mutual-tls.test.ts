import { once } from 'node:events';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:https';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Duplex } from 'node:stream';
import { connect as connectTls } from 'node:tls';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import {
  type DeviceProfile,
  type HubTransport,
  PROFILE_FILE,
  sealProfile,
  type SocketMessage,
  STORE_FOLDER,
} from '#liaison/client';
import { reachHub, tlsTransport } from '#liaison/client.node';
import { cryptoReady, parseDeviceCertificate, PASSPHRASE_COST_FOR_TESTING, signSignInPolicy } from '#liaison/crypto';
import { systemRandom } from '#liaison/crypto.node';
import {
  LiaisonError,
  RATE_CLASSES,
  type Roster,
  Session,
  SessionChallenge,
  SignInPolicy,
  timestampOf,
  toBase64url,
} from '#liaison/protocol';
import {
  callHub,
  freePort,
  HubCommunity,
  type HubDevice,
  hubTlsCertificate,
  MovableClock,
  mustCallHub,
  startHub,
  startTestPostgres,
  type TestHub,
  type TestPostgres,
} from '#liaison/testing';
import { liaison } from '../../apps/cli/test/capture.js';
import { runConnector } from '../../apps/connector/src/run-connector.js';
import { answerBrokenRequests } from '../../apps/hub/src/http/broken-requests.js';

const DAY = 24 * 60 * 60 * 1000;

const clock = new MovableClock();
let database: TestPostgres;
/** Two processes of one hub: one behind a proxy that ends TLS, the other ends it itself. */
let [behindProxy, own]: TestHub[] = [];
let authorities: string;
let community: HubCommunity;
let connector: HubDevice;
let officer: HubDevice;
let administrator: HubDevice;
let folder: string;

beforeAll(async () => {
  await cryptoReady();
  database = await startTestPostgres();
  const keys = { tokenKey: systemRandom.bytes(32), externalSenderKey: systemRandom.bytes(32) };
  const port = await freePort();
  const origin = `https://127.0.0.1:${port}`;
  const tls = hubTlsCertificate(systemRandom);
  authorities = tls.certificate;
  behindProxy = await startHub({ clock, database, configuration: { ...keys, origin } });
  community = new HubCommunity(behindProxy.url, { clock, random: systemRandom });
  const founding = await community.found();
  const notAfter = Math.floor(clock.now() / 1000) * 1000 + 179 * DAY;
  connector = community.enrol('bg:connector:one', { duties: ['connector'], notAfter });
  officer = community.enrol('bg:petrova:desk-1', { notAfter });
  administrator = community.enrol('bg:stoyanov:desk-2', { duties: ['officer', 'administrator'], notAfter });
  for (const contactPoint of ['bg', 'hu'])
    await mustCallHub(behindProxy.url, 'putRevocationList', revocationList(contactPoint, 1));
  // The lists of the other process are read at the start, and later only now and then.
  own = await startHub({ clock, database, configuration: { ...keys, origin, port, tls } });
  await writeFolder(founding);
});
afterAll(async () => {
  await own?.stop();
  await behindProxy?.stop();
  await database.stop();
  await rm(folder, { recursive: true });
});
beforeEach(() => {
  clock.advance(60_000);
});

function revocationList(contactPoint: string, number: number) {
  const crl = toBase64url(community.revocationList(contactPoint, number, []));
  return { params: { contactPoint }, body: { crl } };
}

const lastDayOf = ({ certificate }: HubDevice) =>
  new Date(parseDeviceCertificate(certificate).notAfter).toISOString().slice(0, 10);

/** A connection that presents the certificate of this device, with its key; without one, none. */
function over(device?: HubDevice): HubTransport {
  const identity = device && { certificate: () => device.certificate, signingSeed: device.key.privateKey };
  return tlsTransport({ hubUrl: own!.url, authorities, ...(identity && { identity }) });
}

async function signIn(way: HubTransport, device: HubDevice): Promise<Session> {
  const { nonce, origin } = SessionChallenge.parse(await way.request('createChallenge', { body: {} }));
  return Session.parse(await way.request('createSession', { body: community.signInBody(device, nonce, origin) }));
}

/** `done`, or all that the refusal says. */
async function outcome(act: Promise<unknown>): Promise<string> {
  try {
    await act;
    return 'done';
  } catch (error) {
    if (error instanceof LiaisonError) return `${error.code} ${error.details.check}: ${error.message}`;
    throw error;
  }
}

const call = (way: HubTransport, token: string) => outcome(way.request('countKeyPackages', {}, token));

/** The connector's own program, with its device in a folder. @returns exit code and lines. */
async function checked(argv = ['--hub-ca', join(folder, 'hub.pem')], reach = reachHub): Promise<string> {
  const lines: string[] = [];
  const exitCode = await runConnector(['check', join(folder, 'device'), ...argv], {
    clock,
    random: systemRandom,
    sealingCost: PASSPHRASE_COST_FOR_TESTING,
    transport: reach,
    line: (text) => void lines.push(text),
    wait: () => Promise.resolve(),
    stop: new AbortController().signal,
  });
  return `${exitCode} ${lines.join('\n')}`;
}

async function writeFolder(founding: Roster): Promise<void> {
  folder = await mkdtemp(join(tmpdir(), 'liaison-mutual-tls-'));
  const profile: DeviceProfile = {
    v: 1,
    device: connector.address,
    signingSeed: connector.key.privateKey,
    certificate: connector.certificate,
    hubUrl: own!.url,
    foundingRoster: community.signed(founding),
    storeKey: systemRandom.bytes(32),
  };
  const cost = PASSPHRASE_COST_FOR_TESTING;
  await mkdir(join(folder, 'device'));
  await writeFile(
    join(folder, 'device', PROFILE_FILE),
    sealProfile(profile, 'only here', { random: systemRandom, cost }),
  );
  await writeFile(join(folder, 'passphrase'), 'only here\n');
  await writeFile(join(folder, 'hub.pem'), authorities);
}

/** What a socket is told first, and how to go on with it. */
async function socket(way: HubTransport, token: string) {
  const opened = way.openSocket(token);
  const told: SocketMessage[] = [];
  let heard: () => void = () => undefined;
  const next = async (type: SocketMessage['type']): Promise<void> => {
    while (!told.some((message) => message.type === type)) await new Promise<void>((resolve) => (heard = resolve));
  };
  const first = new Promise<SocketMessage>((resolve) => {
    opened.listen((message) => {
      told.push(message);
      resolve(message);
      heard();
    });
  });
  return {
    first: (await first).type,
    next,
    close: () => {
      opened.close();
    },
  };
}

let policies = 0;
async function demand(connectors?: 'mutual-tls'): Promise<void> {
  policies += 1;
  const policy = SignInPolicy.parse({
    v: 1,
    contactPoint: 'bg',
    number: policies,
    issuedAt: timestampOf(clock),
    secondFactor: 'none',
    hours: 12,
    ...(connectors && { connectors }),
  });
  const body = signSignInPolicy(policy, community.authorities.get('bg')!.key);
  const params = { contactPoint: 'bg' };
  await over().request('putSignInPolicy', { params, body });
  // The other process is not waited for: it is told the same.
  expect((await callHub(behindProxy!.url, 'putSignInPolicy', { params, body })).status).toBe(200);
}

/** Connections that are not the connector's own, each with a key that it proves. */
function foreign(): Record<string, HubTransport> {
  const [address, duties] = ['bg:connector:one', ['connector'] as const];
  return {
    none: over(),
    'of an officer': over(officer),
    'of another connector': over(community.enrol('bg:connector:two', { duties })),
    'of another contact point': over(community.enrol('hu:connector:one', { duties })),
    'self-made, of the same subject': over(community.enrol(address, { duties }, community.newAuthority('bg'))),
    'self-made, of the same subject and key': over(
      community.enrol(address, { duties, key: connector.key }, community.newAuthority('bg')),
    ),
    'another one of the same device': over(community.enrol(address, { duties, key: connector.key })),
  };
}

describe('where the contact point demands nothing', () => {
  it('a connector signs in and calls as any device does, with a certificate and without', async () => {
    for (const way of [over(), over(connector), over(officer)]) {
      const { token } = await signIn(way, connector);
      expect(await call(over(), token)).toBe('done');
      const { first, close } = await socket(over(), token);
      expect(first).toBe('hello');
      close();
    }
    const { token } = await community.signIn(connector);
    expect((await callHub(behindProxy!.url, 'countKeyPackages', { token })).status).toBe(200);
  });
});

describe('mutual TLS', () => {
  it('holds from the moment on at which the contact point demands it: TLS-02', async () => {
    const { token } = await signIn(over(), connector);
    const open = await socket(over(), token);
    await demand('mutual-tls');
    await open.next('closing');
    expect(await call(over(), token)).toMatch(/^unauthenticated TLS-02/);
    expect(await call(over(connector), token)).toBe('done');
  });

  it('lets a connector sign in on a connection of its own alone, and refuses all others alike: TLS-01', async () => {
    expect((await signIn(over(connector), connector)).device).toBe('bg:connector:one');
    const answers = new Set<string>();
    for (const [name, way] of Object.entries(foreign())) {
      const answer = await outcome(signIn(way, connector));
      expect([name, answer]).toEqual([name, expect.stringMatching(/^unauthenticated SIN-03/)]);
      answers.add(answer);
    }
    const { nonce, origin } = SessionChallenge.parse(await over().request('createChallenge', { body: {} }));
    const body = community.signInBody(connector, nonce, origin);
    const { status, body: refusal } = await callHub(behindProxy!.url, 'createSession', { body });
    expect([status, refusal]).toEqual([401, { error: expect.objectContaining({ check: 'SIN-03' }) }]);
    expect(answers.size).toBe(1);
    expect(own!.logLines.join('')).toContain('"check":"TLS-01"');
  });

  it('takes a token, by call and by socket, on a connection of its own alone, and refuses all others alike: TLS-02', async () => {
    const { token } = await signIn(over(connector), connector);
    const answers = new Set<string>();
    for (const [name, way] of Object.entries(foreign())) {
      const answer = await call(way, token);
      expect([name, answer]).toEqual([name, expect.stringMatching(/^unauthenticated TLS-02/)]);
      answers.add(answer);
      expect([name, (await socket(way, token)).first]).toEqual([name, 'disconnect']);
      clock.advance(10_000);
    }
    expect(answers.size).toBe(1);
    const { first, close } = await socket(over(connector), token);
    expect(first).toBe('hello');
    close();
  });

  it('believes no header, and no proxy: TLS-02', async () => {
    const { token } = await signIn(over(connector), connector);
    const certificate = toBase64url(connector.certificate);
    const headers = {
      'x-forwarded-client-cert': certificate,
      'client-cert': `:${certificate}:`,
      'x-ssl-cert': certificate,
    };
    const { status, body } = await callHub(behindProxy!.url, 'countKeyPackages', { token, headers });
    expect([status, body]).toEqual([401, { error: expect.objectContaining({ check: 'TLS-02' }) }]);
  });

  it('is what the connector verifies, with its own folder and the hub’s authorities: CLI-79', async () => {
    const text = await checked();
    expect(text).toMatch(/^0 bg:connector:one is signed in, over mutual TLS/);
    expect(text).toMatch(/roster version 1, revocation lists of 2 contact points, a log of \d+ entries/);
    const sessions = /which is over: \d+/.exec(text)?.[0];
    expect(sessions).toBeDefined();
    expect(await checked()).toContain(sessions);
    expect(await checked(['--hub', behindProxy!.url])).toMatch(/^2 Your contact point demands mutual TLS/);
    const other = join(folder, 'other.pem');
    await writeFile(other, hubTlsCertificate(systemRandom).certificate);
    expect(await checked(['--hub-ca', other])).toMatch(/^5 .*not trusted here/);
    expect(await checked(['--hub-ca', join(folder, 'passphrase')])).toMatch(/^2 .*no certificate/);
    const heedless: typeof reachHub = (hubUrl, tls) => {
      const truth = reachHub(hubUrl, tls);
      return tls.identity ? truth : { ...truth, request: () => Promise.resolve({}) };
    };
    expect(await checked(undefined, heedless)).toMatch(/^7 .*without its certificate/);
    expect(await checked()).toMatch(/^7 .*ALARM CLI-79/s);
  });

  it('lets the command line in as a connector, which presents the certificate by itself, and on no other connection', async () => {
    const as = (variables: Record<string, string>) =>
      liaison(['--profile', join(folder, 'device'), 'sessions', 'list'], {
        clock,
        variables: { LIAISON_PASSPHRASE: 'only here', LIAISON_HUB_CA: join(folder, 'hub.pem'), ...variables },
      });
    const { exitCode, text } = await as({});
    expect([exitCode, text]).toEqual([0, expect.stringContaining('(this one)  bg:connector:one')]);
    expect((await as({ LIAISON_HUB: behindProxy!.url })).remarks).toContain('SIN-03');
    expect((await as({ LIAISON_HUB_CA: join(folder, 'passphrase') })).remarks).toContain('no certificate in PEM');
  });

  it('goes on with a certificate that was renewed: presents it, and keeps it in store and profile', async () => {
    clock.advance(121 * DAY);
    for (const contactPoint of ['bg', 'hu']) await over().request('putRevocationList', revocationList(contactPoint, 2));
    const { token } = await signIn(over(connector), connector);
    expect(await checked()).toContain(`counts until ${lastDayOf(connector)}`);
    const { token: administrators } = await signIn(over(), administrator);
    const renewed = community.enrol(connector.address, { duties: ['connector'], key: connector.key });
    const body = { certificate: toBase64url(renewed.certificate) };
    await over().request('giveRenewal', { body }, administrators);
    const isIn = `connector:one is signed in, over mutual TLS, and the hub refuses its token elsewhere. Its certificate counts until ${lastDayOf(renewed)}`;
    for (const _ of ['fetched', 'of the store']) expect(await checked()).toContain(isIn);
    await rm(join(folder, 'device', STORE_FOLDER), { recursive: true });
    expect(await checked()).toContain(isIn);
    expect(await outcome(signIn(over(connector), connector))).toMatch(/^unauthenticated SIN-03/);
    expect(await call(over(connector), token)).toMatch(/^unauthenticated (TLS-02|SIN-06)/);
    connector = renewed;
  });

  it('asks officers for nothing, whatever their connection presents', async () => {
    for (const way of [over(), over(officer), over(connector)]) {
      const { token } = await signIn(way, officer);
      expect(await call(over(), token)).toBe('done');
    }
  });

  it('ends with the demand', async () => {
    await demand();
    const { token } = await signIn(over(), connector);
    expect(await call(over(), token)).toBe('done');
  });
});

describe('the TLS of the hub', () => {
  it('is 1.3 alone, and resumes nothing: each connection proves its key', async () => {
    const { port, hostname: host } = new URL(own!.url);
    const at = { host, port: Number(port), ca: authorities };
    const first = connectTls(at);
    await once(first, 'secureConnect');
    first.write('GET /health HTTP/1.1\r\nHost: hub\r\n\r\n');
    await once(first, 'data');
    const session = first.getSession();
    expect([first.getProtocol(), session === undefined]).toEqual(['TLSv1.3', false]);
    const again = connectTls({ ...at, session });
    await once(again, 'secureConnect');
    expect(again.isSessionReused()).toBe(false);
    first.destroy();
    again.destroy();
    await expect(once(connectTls({ ...at, maxVersion: 'TLSv1.2' }), 'secureConnect')).rejects.toMatchObject({
      code: 'ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION',
    });
  });

  it('is not spoken to by a client that does not trust its certificate', async () => {
    const stranger = tlsTransport({ hubUrl: own!.url, authorities: hubTlsCertificate(systemRandom).certificate });
    expect(await outcome(stranger.request('health', {}))).toMatch(/^unavailable .*not trusted here/);
    expect((await socket(stranger, 'token')).first).toBe('disconnect');
    expect(() => tlsTransport({ hubUrl: behindProxy!.url })).toThrow('https://');
  });

  it('is spoken to in 1.3 alone, by call and by socket: before that, a client shows its certificate to everybody', async () => {
    const { certificate: cert, key } = hubTlsCertificate(systemRandom);
    const old = createServer({ cert, key, maxVersion: 'TLSv1.2' });
    let agreed = 0;
    old.on('secureConnection', () => (agreed += 1)).listen(0, '127.0.0.1');
    await once(old, 'listening');
    const { certificate, key: own } = connector;
    const way = tlsTransport({
      hubUrl: `https://127.0.0.1:${(old.address() as AddressInfo).port}`,
      authorities: cert,
      identity: { certificate: () => certificate, signingSeed: own.privateKey },
    });
    expect(await outcome(way.request('health', {}))).toMatch(/^unavailable/);
    expect((await socket(way, 'token')).first).toBe('disconnect');
    expect(agreed).toBe(0);
    old.close();
    await once(old, 'close');
  });

  it('begins no more handshakes of a network address than its rate, says so, and goes on: HUB-05', async () => {
    const { port, hostname: host } = new URL(own!.url);
    const opened: Socket[] = [];
    const isRefusing = () => own!.logLines.some((line) => line.includes('closed before their TLS handshake'));
    while (!isRefusing()) {
      const batch = Array.from({ length: 50 }, () => connect(Number(port), host).on('error', () => undefined));
      opened.push(...batch);
      await Promise.all(batch.map((socket) => once(socket, 'connect').catch(() => undefined)));
    }
    for (const socket of opened) socket.destroy();
    expect(opened.length).toBeGreaterThan(RATE_CLASSES.handshake.burst / 2);
    clock.advance(60_000);
    expect(await outcome(over().request('health', {}))).toBe('done');
  });

  it('ends connections that speak something else, and goes on', async () => {
    const { port, hostname: host } = new URL(own!.url);
    const plain = connect(Number(port), host);
    plain.end('GET /health HTTP/1.1\r\nHost: hub\r\n\r\n');
    plain.resume();
    await once(plain, 'close');
    expect(await outcome(over().request('health', {}))).toBe('done');
  });

  it.each([
    ['say nothing', () => Promise.resolve(new Uint8Array())],
    ['stop after their ClientHello', clientHello],
  ])('ends connections that %s: the end of the hub would wait for them', async (_what, opening) => {
    const { certificate: cert, key } = hubTlsCertificate(systemRandom);
    const server = createServer({ cert, key, minVersion: 'TLSv1.3', handshakeTimeout: 200 });
    answerBrokenRequests(server);
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const silent = connect((server.address() as AddressInfo).port, '127.0.0.1');
    await once(silent, 'connect');
    silent.resume();
    silent.write(await opening());
    await once(silent, 'close');
    server.close();
    await once(server, 'close');
  });
});

/** What a TLS client says first. */
function clientHello(): Promise<Uint8Array> {
  return new Promise((resolve) => {
    const wire = new Duplex({
      read: () => undefined,
      write: (bytes: Uint8Array) => {
        resolve(bytes);
      },
    });
    connectTls({ socket: wire, minVersion: 'TLSv1.3' }).on('error', () => undefined);
  });
}
