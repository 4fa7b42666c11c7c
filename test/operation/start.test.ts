import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Stands for the hub: ready after a moment, and slow to stop. `crash` ends it. */
const HUB = `
  import { createServer } from 'node:http';
  console.log('hub of ' + process.env.LIAISON_DATA);
  console.log('{"level":40,"time":"2026-11-21T18:00:00.000Z","name":"X","msg":"Not a setting of the hub."}');
  if (process.env.LIAISON_LOG_FORMAT) console.log('It was given a setting that is not its own.');
  createServer((request, answer) => {
    if (request.url === '/crash') process.exit(7);
    answer.writeHead(request.url === '/ready' ? 200 : 404).end();
  }).listen(Number(process.env.LIAISON_PORT), '127.0.0.1');
  process.on('SIGINT', () => console.log('hub was interrupted'));
  process.on('SIGTERM', () => setTimeout(() => { console.log('hub has stopped'); process.exit(0); }, 200));
`;
/** Stands for the command line. */
const CLI = `
  import { mkdirSync } from 'node:fs';
  console.log('liaison ' + process.argv.slice(2).join(' '));
  if (process.argv[3] === 'found') {
    const done = process.env.LIAISON_DATA + '/demo/ceremony/done.json';
    mkdirSync(done, { recursive: true });
  }
`;

let folder: string;
let port: number;

async function listen(): Promise<Server> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  return server;
}

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'liaison-start-'));
  cpSync(join(import.meta.dirname, '../../scripts'), join(folder, 'scripts'), { recursive: true });
  writeFileSync(join(folder, 'package.json'), '{"type":"module"}');
  for (const [app, program] of [
    ['hub', HUB],
    ['cli', CLI],
  ] as const) {
    mkdirSync(join(folder, `dist/apps/${app}/src`), { recursive: true });
    writeFileSync(join(folder, `dist/apps/${app}/src/main.js`), program);
  }
  const server = await listen();
  port = (server.address() as AddressInfo).port;
  server.close();
  await once(server, 'close');
});

afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

interface Started {
  readonly child: ChildProcess;
  readonly output: () => string;
  /** Resolves when the words have been written. */
  says(words: string): Promise<void>;
  readonly exitCode: Promise<number | null>;
}

/** npm start, as the leader of a process group: what a terminal's Ctrl-C reaches. */
function npmStart(environment: Record<string, string> = {}): Started {
  const child = spawn(process.execPath, [join(folder, 'scripts/start.mjs')], {
    cwd: folder,
    env: { PATH: process.env['PATH'], LIAISON_PORT: String(port), ...environment },
    detached: true,
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (output += chunk.toString()));
  const exitCode = once(child, 'close').then(([code]) => code as number | null);
  const says = async (words: string): Promise<void> => {
    while (!output.includes(words)) {
      if (child.exitCode !== null) throw new Error(`It ended and never said "${words}":\n${output}`);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  };
  return { child, output: () => output, says, exitCode };
}

describe('npm start', () => {
  it('founds the demo once, says how to use it, and stops cleanly on Ctrl-C', async () => {
    const first = npmStart();
    await first.says('Ctrl-C stops the hub.');
    expect(first.output()).toContain(`hub of ${folder}/.data`);
    expect(first.output()).toMatch(/The hub is ready\.\n[^]*liaison demo found\n[^]*liaison demo how-to\n/);
    for (let press = 0; press < 3; press += 1) process.kill(-first.child.pid!, 'SIGINT');
    expect(await first.exitCode).toBe(0);
    expect(first.output()).toContain('hub has stopped');
    expect(first.output()).not.toContain('interrupted');
    expect(first.output().match(/Stopping/g)).toHaveLength(1);

    const second = npmStart();
    await second.says('Ctrl-C stops the hub.');
    expect(second.output()).not.toContain('demo found');
    second.child.kill('SIGTERM');
    expect(await second.exitCode).toBe(0);
  });

  it('tells the log in words where words are wanted, and as it is where a program reads it', async () => {
    for (const [format, words] of [
      ['plain', 'WARNING Not a setting of the hub. (name: X)\n'],
      ['json', '"name":"X","msg":"Not a setting of the hub."}\n'],
    ] as const) {
      const started = npmStart({ LIAISON_LOG_FORMAT: format });
      await started.says('Ctrl-C stops the hub.');
      expect(started.output()).toContain(words);
      expect(started.output()).not.toContain('not its own');
      started.child.kill('SIGTERM');
      expect(await started.exitCode).toBe(0);
      expect(started.output()).toContain('hub has stopped');
    }
  });

  it('founds no demo in a database that somebody configured', async () => {
    const started = npmStart({ LIAISON_DATABASE_URL: 'postgresql://somewhere/liaison' });
    await started.says('ready');
    started.child.kill('SIGTERM');
    await started.exitCode;
    expect(started.output()).not.toContain('liaison demo');
  });

  it('reports a hub that crashes, with its exit code and the next step', async () => {
    const started = npmStart();
    await started.says('Ctrl-C stops the hub.');
    await fetch(`http://127.0.0.1:${port}/crash`).catch(() => undefined);
    expect(await started.exitCode).toBe(7);
    expect(started.output()).toContain('The hub ended by itself (exit code 7)');
    expect(started.output()).toContain('run npm start again');
  });

  it('says so when the port is in use', async () => {
    const server = createServer().listen(port, '127.0.0.1');
    await once(server, 'listening');
    const started = npmStart();
    expect(await started.exitCode).toBe(1);
    expect(started.output()).toContain(`Port ${port} is in use`);
    server.close();
  });
});
