import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import type { EmbeddedPostgres, PostmasterExit } from '../src/index.node.js';
import {
  asRoot,
  copyFolder,
  end,
  isRunning,
  newFolder,
  processesOn,
  query,
  removeFolder,
  start,
  supervise,
} from './setting.js';

let folder: string;
/** A folder that was started and stopped once. */
let used: string;
const running: EmbeddedPostgres[] = [];

/** Starts, and stops at the end of the test. */
async function started(options: Parameters<typeof start>[1] = {}): Promise<EmbeddedPostgres> {
  const database = await start(folder, options);
  running.push(database);
  return database;
}

beforeAll(async () => {
  used = newFolder();
  await (await start(used)).stop();
});

afterAll(() => {
  removeFolder(used);
});

beforeEach(() => {
  folder = newFolder();
});

afterEach(async () => {
  for (const database of running.splice(0)) await database.stop();
  expect(await processesOn(folder)).toEqual([]);
  removeFolder(folder);
});

describe('the first start', () => {
  it('makes a durable cluster that wants a password and listens on this machine only', async () => {
    const database = await started({ roles: ['owner', 'app'], databases: { liaison: 'owner' } });
    const rows = await query(
      database.adminUrl,
      `SELECT name, setting FROM pg_settings WHERE name IN
         ('fsync', 'full_page_writes', 'synchronous_commit', 'data_checksums', 'listen_addresses', 'unix_socket_directories', 'password_encryption')`,
    );
    expect(Object.fromEntries(rows.map((row) => [row['name'], row['setting']]))).toEqual({
      fsync: 'on',
      full_page_writes: 'on',
      synchronous_commit: 'on',
      data_checksums: 'on',
      listen_addresses: '127.0.0.1',
      unix_socket_directories: '',
      password_encryption: 'scram-sha-256',
    });
    const methods = await query(database.adminUrl, 'SELECT DISTINCT auth_method FROM pg_hba_file_rules');
    expect(methods).toEqual([{ auth_method: 'scram-sha-256' }]);
    await expect(query(database.adminUrl.replace(/:[^:@]+@/, ':wrong@'), 'SELECT 1')).rejects.toThrow('password');
    expect(await query(database.url('liaison', 'app'), 'SELECT current_user')).toEqual([{ current_user: 'app' }]);
    const superusers = await query(
      database.adminUrl,
      "SELECT rolname FROM pg_roles WHERE rolsuper AND rolname !~ '^pg_'",
    );
    expect(superusers).toEqual([{ rolname: 'liaison_admin' }]);
  });

  it('keeps the passwords in a file of mode 0600 and nowhere else', async () => {
    const database = await started({ roles: ['app'] });
    const file = join(folder, 'passwords.json');
    expect(statSync(file).mode & 0o777).toBe(0o600);
    const passwords = Object.values(JSON.parse(readFileSync(file, 'utf8')) as Record<string, string>);
    expect(new Set(passwords).size).toBe(2);
    await expect(query(database.adminUrl, 'CREATE ROLE app')).rejects.toThrow('exists');
    const log = readFileSync(join(folder, 'postgresql.log'), 'utf8');
    for (const password of passwords) expect(log).not.toContain(password);
    expect(existsSync(join(folder, 'password.new'))).toBe(false);
  });

  it('says so when the given port is taken', async () => {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    await expect(start(folder, { port })).rejects.toMatchObject({
      code: 'conflict',
      message: expect.stringContaining(`Port ${port}`),
    });
    server.close();
  });

  it('refuses settings that would lose data or open the door', async () => {
    await expect(start(folder, { settings: { fsync: false } })).rejects.toMatchObject({ code: 'usage' });
    await expect(start(folder, { settings: { listen_addresses: '*' } })).rejects.toMatchObject({ code: 'usage' });
  });

  it('throws away the draft of an interrupted first start', async () => {
    copyFolder(used, folder);
    renameSync(join(folder, 'cluster'), join(folder, 'cluster.new'));
    rmSync(join(folder, 'cluster.new', 'global'), { recursive: true });
    await started();
    expect(existsSync(join(folder, 'cluster.new'))).toBe(false);
  });
});

describe('a later start', () => {
  it('finds the data and the passwords of the earlier one, and makes roles that are new', async () => {
    copyFolder(used, folder);
    const first = await started();
    await query(first.adminUrl, 'CREATE TABLE kept AS SELECT 42 AS answer');
    await first.stop();
    const second = await started({ roles: ['late'], databases: { liaison: 'late' } });
    expect(await query(second.adminUrl, 'SELECT answer FROM kept')).toEqual([{ answer: 42 }]);
    expect(await query(second.url('liaison', 'late'), 'SELECT current_user')).toEqual([{ current_user: 'late' }]);
  });

  it('refuses passwords that others can read, and says what to do', async () => {
    copyFolder(used, folder);
    chmodSync(join(folder, 'passwords.json'), 0o644);
    await expect(start(folder)).rejects.toMatchObject({
      code: 'unavailable',
      message: expect.stringContaining('chmod 600'),
    });
  });

  it('passes on the reason when PostgreSQL refuses the permissions of its folder', async () => {
    copyFolder(used, folder);
    chmodSync(join(folder, 'cluster'), 0o755);
    await expect(start(folder)).rejects.toMatchObject({
      code: 'unavailable',
      message: expect.stringContaining('permissions'),
    });
  });

  it('says so when the passwords are gone', async () => {
    copyFolder(used, folder);
    rmSync(join(folder, 'passwords.json'));
    await expect(start(folder)).rejects.toMatchObject({ message: expect.stringContaining('Restore the file') });
  });
});

describe('two starts on one folder', () => {
  it('gives the second a clear error, in one process and across processes', async () => {
    copyFolder(used, folder);
    await started();
    await expect(start(folder)).rejects.toMatchObject({
      code: 'conflict',
      message: expect.stringContaining(`process ${process.pid}`),
    });
    const { said } = await supervise(folder);
    expect(said).toMatchObject({ code: 'conflict' });
  });

  it('lets exactly one of many win after a crash', async () => {
    copyFolder(used, folder);
    const { child } = await supervise(folder);
    await end(child, 'SIGKILL');
    const attempts = await Promise.allSettled([1, 2, 3].map(() => start(folder)));
    const winners = attempts.filter((attempt) => attempt.status === 'fulfilled');
    running.push(...winners.map((winner) => winner.value));
    expect(winners).toHaveLength(1);
  });
});

describe('crashes', () => {
  it('ends the postmaster that a killed supervisor left, then starts with nothing lost', async () => {
    copyFolder(used, folder);
    const { child, said } = await supervise(folder);
    await query(said.adminUrl!, 'CREATE TABLE kept AS SELECT 42 AS answer');
    await end(child, 'SIGKILL');
    expect(isRunning(said.pid!)).toBe(true);
    const messages: string[] = [];
    const database = await started({ log: (message) => messages.push(message) });
    expect(isRunning(said.pid!)).toBe(false);
    expect(messages.join()).toContain('crash');
    expect(await query(database.adminUrl, 'SELECT answer FROM kept')).toEqual([{ answer: 42 }]);
  });

  it('tells when the postmaster is killed, and recovers what was committed', async () => {
    copyFolder(used, folder);
    const exits: PostmasterExit[] = [];
    const first = await started({ onExit: (exit) => exits.push(exit) });
    await query(first.adminUrl, 'CREATE TABLE kept AS SELECT 42 AS answer');
    await first.kill9ForTesting();
    expect(exits).toEqual([{ code: null, signal: 'SIGKILL' }]);
    const second = await started();
    expect(await query(second.adminUrl, 'SELECT answer FROM kept')).toEqual([{ answer: 42 }]);
  });

  it('is not misled by a postmaster.pid whose number is another process’s now', async () => {
    copyFolder(used, folder);
    writeFileSync(join(folder, 'cluster', 'postmaster.pid'), `${process.pid}\n${folder}/cluster\n1\n5432\n`);
    await started();
    expect(isRunning(process.pid)).toBe(true);
  });
});

describe('stopping', () => {
  it('leaves no process, does not count as a crash, and may be asked twice', async () => {
    copyFolder(used, folder);
    const exits: PostmasterExit[] = [];
    const database = await started({ onExit: (exit) => exits.push(exit) });
    await Promise.all([database.stop(), database.stop()]);
    expect(await processesOn(folder)).toEqual([]);
    expect(exits).toEqual([]);
    expect(readFileSync(join(folder, 'postgresql.log'), 'utf8')).toContain('database system is shut down');
  });

  it('happens on a clean end of another process, before it is gone', async () => {
    copyFolder(used, folder);
    const { child, said } = await supervise(folder);
    await end(child, 'SIGTERM');
    expect(isRunning(said.pid!)).toBe(false);
  });

  it('is asked for by a process that just exits', async () => {
    copyFolder(used, folder);
    const { child, said } = await supervise(folder);
    await end(child, 'SIGHUP');
    while (isRunning(said.pid!)) await new Promise((resolve) => setTimeout(resolve, 10));
    expect(readFileSync(join(folder, 'postgresql.log'), 'utf8')).toContain('fast shutdown request');
  });
});

const inRootOnly = asRoot ? describe : describe.skip;

inRootOnly('accounts', () => {
  const ORDINARY = 65_534;

  it('runs PostgreSQL under an unprivileged account when started by root', async () => {
    copyFolder(used, folder);
    const database = await started();
    const status = readFileSync(`/proc/${database.pid}/status`, 'utf8');
    expect(/^Uid:\t(\d+)/m.exec(status)?.[1]).not.toBe('0');
    expect(/^Groups:[ \t]*$/m.test(status)).toBe(true);
  });

  it('works for an ordinary user', async () => {
    mkdirSync(folder);
    chownSync(folder, ORDINARY, ORDINARY);
    const { child, said } = await supervise(folder, ORDINARY);
    expect(said).toMatchObject({ pid: expect.any(Number) });
    expect(statSync(join(folder, 'cluster')).uid).toBe(ORDINARY);
    await end(child, 'SIGTERM');
    const database = await started();
    expect(database.pid).toBeGreaterThan(0);
  });

  it('tells an ordinary user whose folder it is', async () => {
    copyFolder(used, folder);
    const { said } = await supervise(folder, ORDINARY);
    expect(said).toMatchObject({ code: 'unavailable', message: expect.stringContaining('may not use') });
  });

  it('lets its account pass a data folder of mode 0700, as mkdtemp makes them', async () => {
    mkdirSync(folder, { mode: 0o700 });
    const database = await started();
    expect(statSync(folder).mode & 0o777).toBe(0o711);
    expect(existsSync(join(folder, 'elsewhere'))).toBe(false);
    expect(database.pid).toBeGreaterThan(0);
  });

  it('keeps the cluster elsewhere when the data folder lies under a home of mode 0700', async () => {
    chmodSync(join(folder, '..'), 0o700);
    const first = await started();
    await query(first.adminUrl, 'CREATE TABLE kept AS SELECT 42 AS answer');
    await first.stop();
    expect(readFileSync(join(folder, 'elsewhere'), 'utf8')).toContain('/var/lib/liaison/');
    const second = await started();
    expect(await query(second.adminUrl, 'SELECT answer FROM kept')).toEqual([{ answer: 42 }]);
  });
});
