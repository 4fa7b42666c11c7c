import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { spawn, spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const repository = join(import.meta.dirname, '../..');
let clone: string;

const at = (...path: string[]): string => join(clone, ...path);

function write(path: string, content: string): void {
  mkdirSync(join(at(path), '..'), { recursive: true });
  writeFileSync(at(path), content);
}

/** Changes the one line of node_modules/greeting/index.js. */
function patchTo(word: string): string {
  return [
    'diff --git a/node_modules/greeting/index.js b/node_modules/greeting/index.js',
    '--- a/node_modules/greeting/index.js',
    '+++ b/node_modules/greeting/index.js',
    '@@ -1 +1 @@',
    "-module.exports = 'as published';",
    `+module.exports = '${word}';`,
    '',
  ].join('\n');
}

/** A clone in small: the real scripts, two tools that lead to this repository's, and one package as a tarball, to patch. */
function makeClone(): void {
  clone = mkdtempSync(join(tmpdir(), 'liaison-bootstrap-'));
  cpSync(join(repository, 'scripts'), at('scripts'), { recursive: true });
  write('pack/package/package.json', '{"name":"greeting","version":"1.0.0"}');
  write('pack/package/index.js', "module.exports = 'as published';\n");
  mkdirSync(at('vendor'));
  expect(spawnSync('tar', ['-czf', at('vendor/greeting.tgz'), '-C', at('pack'), 'package']).status).toBe(0);
  for (const [tool, program] of [
    ['@swc/core', 'index.js'],
    ['patch-package', 'index.js'],
  ] as const) {
    write(`vendor/${tool}/package.json`, JSON.stringify({ name: tool, version: '1.0.0' }));
    write(
      `vendor/${tool}/${program}`,
      `module.exports = require(${JSON.stringify(join(repository, 'node_modules', tool, program))});\n`,
    );
  }
  const dependencies = {
    greeting: 'file:vendor/greeting.tgz',
    '@swc/core': 'file:vendor/@swc/core',
    'patch-package': 'file:vendor/patch-package',
  };
  write('package.json', JSON.stringify({ name: 'clone', version: '1.0.0', type: 'module', dependencies }));
  const installed = spawnSync('npm', ['install', '--package-lock-only', '--offline', '--no-audit', '--no-fund'], {
    cwd: clone,
    encoding: 'utf8',
  });
  expect({ status: installed.status, stderr: installed.stderr.replaceAll(/npm warn.*\n/g, '') }).toEqual({
    status: 0,
    stderr: '',
  });
  write('patches/greeting+1.0.0.patch', patchTo('patched'));
  write('libs/one/src/index.ts', 'export const one: number = 1;\n');
  write('libs/one/src/two.ts', 'export const two: number = 2;\n');
}

function bootstrap(...args: string[]): Promise<{ code: number | null; output: string }> {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, [at('scripts/bootstrap.mjs'), ...args], { cwd: tmpdir() });
    let output = '';
    for (const stream of [child.stdout, child.stderr])
      stream.on('data', (chunk: Buffer) => (output += chunk.toString()));
    child.once('close', (code) => {
      resolve({ code, output });
    });
  });
}

const greeting = (): string => readFileSync(at('node_modules/greeting/index.js'), 'utf8');

beforeAll(makeClone);
afterAll(() => {
  rmSync(clone, { recursive: true, force: true });
});

/** One clone, in the order of its life. */
describe('bootstrap', () => {
  it('makes a fresh clone ready once, though two run at the same time', async () => {
    const runs = await Promise.all([bootstrap(), bootstrap()]);
    expect(runs.map(({ code }) => code)).toEqual([0, 0]);
    expect(
      runs
        .map(({ output }) => output)
        .join('')
        .match(/npm ci/g),
    ).toHaveLength(1);
    expect(greeting()).toContain('patched');
    expect(readdirSync(at('dist/libs/one/src')).sort()).toEqual(['index.js', 'index.js.map', 'two.js', 'two.js.map']);
  });

  it('says and does nothing when all is ready', async () => {
    expect(await bootstrap()).toEqual({ code: 0, output: '' });
  });

  it('builds what changed, and removes the output of a source that is gone', async () => {
    write('libs/one/src/index.ts', 'export const one: number = 11;\n');
    rmSync(at('libs/one/src/two.ts'));
    expect(await bootstrap()).toEqual({ code: 0, output: 'Building ...\n' });
    expect(readFileSync(at('dist/libs/one/src/index.js'), 'utf8')).toContain('11');
    expect(existsSync(at('dist/libs/one/src/two.js'))).toBe(false);
  });

  it('writes an output again that somebody removed', async () => {
    rmSync(at('dist/libs/one/src/index.js'));
    await bootstrap();
    expect(existsSync(at('dist/libs/one/src/index.js'))).toBe(true);
  });

  it('passes on what the compiler says, and tries again next time', async () => {
    write('libs/one/src/index.ts', 'export const one: number = ;\n');
    for (const _attempt of [1, 2]) {
      const { code, output } = await bootstrap('--quiet');
      expect(code).toBe(1);
      expect(output).toMatch(/Expression expected[^]*libs\/one\/src\/index\.ts:1/);
    }
    write('libs/one/src/index.ts', 'export const one: number = 1;\n');
    const { code, output } = await bootstrap('--quiet');
    expect(code).toBe(0);
    expect(output).toMatch(/^Making Liaison ready.*\n$/);
    expect(await bootstrap('--quiet')).toEqual({ code: 0, output: '' });
  });

  it('puts a patch back that an install by hand undid', async () => {
    writeFileSync(at('node_modules/greeting/index.js'), "module.exports = 'as published';\n");
    expect((await bootstrap()).code).toBe(0);
    expect(greeting()).toContain('patched');
  });

  it('applies a patch that changed to the package as published', async () => {
    write('patches/greeting+1.0.0.patch', patchTo('patched anew'));
    expect((await bootstrap('--install-only')).code).toBe(0);
    expect(greeting()).toContain('patched anew');
  });

  it('fails on a patch that does not fit', async () => {
    write('patches/greeting+1.0.0.patch', patchTo('x').replace('as published', 'something else'));
    const { code, output } = await bootstrap('--install-only');
    expect(code).toBe(1);
    expect(output).toContain('does not fit');
    write('patches/greeting+1.0.0.patch', patchTo('patched'));
    expect((await bootstrap('--install-only')).code).toBe(0);
  });

  it('does not wait for a run that died', async () => {
    rmSync(at('dist'), { recursive: true });
    write('dist/.lock/1.lock', `${process.pid} 1`);
    expect((await bootstrap()).output).not.toContain('Waiting');
    expect(existsSync(at('dist/libs/one/src/index.js'))).toBe(true);
  });
});
