import { chmodSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { cryptoReady, hubFingerprint } from '#liaison/crypto';
import { equalBytes, toBase64url } from '#liaison/protocol';
import { hubTlsCertificate, seededRandom } from '#liaison/testing';
import { configurationPage } from '../src/config/configuration-page.js';
import { ConfigurationError, readConfiguration, unknownSettings } from '../src/config/read-configuration.js';
import { identityOf } from '../src/hub-keys/identity-command.js';
import { loadHubKeys } from '../src/hub-keys/key-files.js';
import { HUB_VERSION } from '../src/hub-version.js';
import { runCommand } from '../src/run-command.js';

const root = join(import.meta.dirname, '../../..');
let folder: string;
beforeAll(async () => {
  await cryptoReady();
  folder = mkdtempSync(join(tmpdir(), 'liaison-configuration-'));
});
afterAll(() => {
  rmSync(folder, { recursive: true });
});

function faultsOf(environment: Record<string, string>): readonly string[] {
  try {
    readConfiguration(environment);
  } catch (error) {
    if (error instanceof ConfigurationError) return error.faults;
    throw error;
  }
  return [];
}

function file(name: string, content: string): string {
  const path = join(folder, name);
  writeFileSync(path, content, { mode: 0o600 });
  return path;
}

describe('a word after the program’s name', () => {
  async function run(argv: readonly string[], environment: Record<string, string> = { LIAISON_PORT: 'x' }) {
    const [out, err] = [[] as string[], [] as string[]];
    const writing = { out: (text: string) => void out.push(text), err: (text: string) => void err.push(text) };
    const code = await runCommand(argv, () => readConfiguration(environment), writing);
    return { code, out: out.join(''), err: err.join('') };
  }

  it('that the hub does not know starts no hub, and is told which there are', async () => {
    expect(await run([])).toEqual({ code: undefined, out: '', err: '' });
    for (const word of ['restore', 'toString', '--version']) {
      expect(await run([word])).toMatchObject({ code: 2, out: '', err: expect.stringContaining(`knows no "${word}"`) });
    }
    const help = await run(['fsck', '--help']);
    expect(help).toMatchObject({ code: 0, err: '' });
    expect(await run(['--help'])).toEqual(help);
    for (const word of ['identity', 'fsck', 'restored', 'hub-keys finish-external-sender'])
      expect(help.out).toContain(word);
  });

  it('identity: hub.json, and the digits that the co-chairs compare; of a hub that is there', async () => {
    const environment = { LIAISON_DATA: join(folder, 'identity'), LIAISON_ORIGIN: 'https://hub.example' };
    await expect(run(['identity'], environment)).rejects.toThrow('no keys in');
    const configuration = readConfiguration(environment);
    const file = identityOf(configuration, loadHubKeys(configuration, seededRandom('identity')));
    const { code, out, err } = await run(['identity'], environment);
    expect([code, JSON.parse(out)]).toEqual([0, file]);
    expect(err.replaceAll(/\s+/g, ' ')).toContain(`https://hub.example: ${hubFingerprint(file)} `);
    const rotated = await run(['hub-keys', 'rotate'], environment);
    expect(rotated.err.replaceAll(/\s+/g, ' ')).toContain(hubFingerprint(JSON.parse(rotated.out) as typeof file));
    const both = await run(['identity'], environment);
    expect(both.out).toBe(out);
    expect(both.err).toContain('that wait for a roster version');
  });
});

describe('the configuration', () => {
  it('needs nothing', () => {
    expect(readConfiguration({ PATH: '/bin' })).toMatchObject({
      host: '127.0.0.1',
      port: 4680,
      origin: 'http://127.0.0.1:4680',
      handshakes: 'bounded',
      dataFolder: '.data',
      databaseUrl: undefined,
      logLevel: 'info',
      trustedProxies: 0,
    });
  });

  it('lists every fault at once, in plain words, without the values', () => {
    const faults = faultsOf({
      LIAISON_PORT: 'eighty',
      LIAISON_LOG_LEVEL: 'loud',
      LIAISON_DATABASE_OWNER_URL: 'mysql://secret@db',
      LIAISON_TOKEN_KEY: 'c2VjcmV0',
    });
    expect(faults).toHaveLength(4);
    expect(faults.join('\n')).not.toMatch(/secret|c2VjcmV0|eighty|loud/);
  });

  it('knows which names are none of its own', () => {
    const environment = { LIAISON_PROT: '1', LIAISON_PORT: '1', LIAISON_TOKEN_KEY_FILE: '/x', HOME: '/root' };
    expect(unknownSettings(environment)).toEqual(['LIAISON_PROT']);
  });

  it('reads secrets from files', () => {
    const url = 'postgres://liaison_app:pass@db/liaison';
    expect(readConfiguration({ LIAISON_DATABASE_URL_FILE: file('url', `${url}\n`) }).databaseUrl).toBe(url);
    const key = toBase64url(seededRandom('key').bytes(32));
    const { tokenKey } = readConfiguration({ LIAISON_TOKEN_KEY_FILE: file('key', key) });
    expect(toBase64url(tokenKey ?? new Uint8Array())).toBe(key);
  });

  it('refuses a file that is not there, and value and file together', () => {
    expect(faultsOf({ LIAISON_TOKEN_KEY_FILE: join(folder, 'absent') })).toEqual([
      'LIAISON_TOKEN_KEY_FILE cannot be read (ENOENT).',
    ]);
    const both = { LIAISON_DATABASE_URL: 'postgres://a/b', LIAISON_DATABASE_URL_FILE: file('both', 'postgres://a/b') };
    expect(faultsOf(both)).toEqual(['LIAISON_DATABASE_URL and LIAISON_DATABASE_URL_FILE are both given. Give one.']);
  });

  it('refuses an owner without a database, and a port that the origin cannot know', () => {
    expect(faultsOf({ LIAISON_DATABASE_OWNER_URL: 'postgres://a/b' })).toHaveLength(1);
    expect(faultsOf({ LIAISON_PORT: '0' })).toHaveLength(1);
    expect(faultsOf({ LIAISON_PORT: '65536' })).toHaveLength(1);
    expect(faultsOf({ LIAISON_ORIGIN: 'https://Hub.example/path' })).toHaveLength(1);
  });

  it('takes certificate and key for TLS of its own, and lists all that is wrong with them at once', () => {
    const [tls, other] = [hubTlsCertificate(seededRandom('tls')), hubTlsCertificate(seededRandom('other'))];
    const LIAISON_TLS_CERT = file('tls.crt', tls.certificate + other.certificate);
    const LIAISON_TLS_KEY = file('tls.key', tls.key);
    expect(readConfiguration({ LIAISON_TLS_CERT, LIAISON_TLS_KEY })).toMatchObject({
      origin: 'https://127.0.0.1:4680',
      tls: { certificate: tls.certificate + other.certificate, key: tls.key },
    });
    chmodSync(LIAISON_TLS_KEY, 0o644);
    expect(faultsOf({ LIAISON_TLS_CERT, LIAISON_TLS_KEY })).toEqual([expect.stringContaining('by everybody')]);
    chmodSync(LIAISON_TLS_KEY, 0o600);
    expect(faultsOf({ LIAISON_TLS_CERT })).toEqual([expect.stringContaining('belong together')]);
    expect(faultsOf({ LIAISON_TLS_CERT, LIAISON_TLS_KEY: file('other.key', other.key) })).toEqual([
      'LIAISON_TLS_KEY is not the key of LIAISON_TLS_CERT, whose file begins with the certificate of the hub.',
    ]);
    const wrong = {
      LIAISON_TLS_CERT: join(folder, 'absent'),
      LIAISON_TLS_KEY: LIAISON_TLS_CERT,
      LIAISON_PORT: 'eighty',
      LIAISON_TRUSTED_PROXIES: '9',
    };
    const faults = faultsOf(wrong);
    expect(faults).toHaveLength(4);
    expect(faults.join('\n')).toMatch(
      /LIAISON_TLS_CERT cannot be read \(ENOENT\)[\s\S]*LIAISON_TLS_KEY is not a PEM file/,
    );
    const plain = { LIAISON_TLS_CERT, LIAISON_TLS_KEY, LIAISON_ORIGIN: 'http://hub.example' };
    expect(faultsOf(plain)).toEqual([expect.stringContaining('begins with http://')]);
  });

  it('is described by docs/configuration.md as it is', () => {
    const page = join(root, 'docs/configuration.md');
    if (process.env['LIAISON_WRITE_PAGES'] !== undefined) writeFileSync(page, configurationPage());
    expect(readFileSync(page, 'utf8')).toBe(configurationPage());
  });

  it('knows the version of the package', () => {
    const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string };
    expect(HUB_VERSION).toBe(version);
  });
});

describe("the hub's keys", () => {
  it('are made once, readable by nobody else, and the same from then on', () => {
    const configuration = { ...readConfiguration({}), dataFolder: join(folder, 'made') };
    const [first, second] = [seededRandom('1'), seededRandom('2')].map((random) => loadHubKeys(configuration, random));
    expect(equalBytes(first!.externalSenderKey.publicKey, second!.externalSenderKey.publicKey)).toBe(true);
    for (const name of ['token.key', 'external-sender.key']) {
      expect(statSync(join(folder, 'made/keys', name)).mode & 0o777).toBe(0o600);
    }
  });

  it('are refused where others can read them, or where the file holds none', () => {
    const configuration = { ...readConfiguration({}), dataFolder: join(folder, 'open') };
    loadHubKeys(configuration, seededRandom('1'));
    const path = join(folder, 'open/keys/token.key');
    chmodSync(path, 0o640);
    expect(() => loadHubKeys(configuration, seededRandom('1'))).toThrow('chmod 600');
    chmodSync(path, 0o600);
    writeFileSync(path, 'not a key');
    expect(() => loadHubKeys(configuration, seededRandom('1'))).toThrow('There is no key in');
  });
});
