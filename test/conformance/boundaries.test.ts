import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';

/** A tree of stubs with the project's own rules: plant one import in it, and see which rule bites. */
let tree: string;

const stubs = [
  'apps/hub/src/main.ts',
  'apps/cli/src/main.ts',
  'test/load/main.ts',
  ...['protocol', 'crypto', 'mls-framing', 'mls-session', 'client', 'testing', 'embedded-postgres'].map(
    (lib) => `libs/${lib}/src/index.ts`,
  ),
];

beforeAll(async () => {
  tree = await mkdtemp(join(tmpdir(), 'liaison-boundaries-'));
  for (const file of ['package.json', 'tsconfig.json', '.dependency-cruiser.mjs']) await cp(file, join(tree, file));
  await symlink(resolve('node_modules'), join(tree, 'node_modules'));
  for (const stub of stubs) await plant(stub, 'export const stub = 1;\n');
});

afterAll(async () => {
  await rm(tree, { recursive: true, force: true });
});

/** Rule, the file that breaks it, what the file imports. */
const violations = [
  ['hub-is-blind', 'apps/hub/src/planted-1.ts', '#liaison/mls-session'],
  ['hub-is-blind', 'apps/hub/src/planted-2.ts', '#liaison/client'],
  ['secret-mls-only-in-mls-session', 'libs/client/src/planted-3.ts', 'ts-mls'],
  ['secret-mls-only-in-mls-session', 'apps/hub/src/planted-4.ts', 'ts-mls'],
  ['lib-protocol', 'libs/protocol/src/planted-5.ts', '#liaison/crypto'],
  ['lib-crypto', 'libs/crypto/src/planted-6.ts', '#liaison/mls-framing'],
  ['lib-mls-framing', 'libs/mls-framing/src/planted-7.ts', '#liaison/mls-session'],
  ['lib-client', 'libs/client/src/planted-8.ts', '#liaison/testing'],
  ['product-never-testing', 'apps/cli/src/planted-9.ts', '#liaison/testing'],
  ['nothing-imports-apps', 'libs/client/src/planted-10.ts', '../../../apps/cli/src/main.js'],
  ['apps-are-apart', 'apps/cli/src/planted-11.ts', '../../hub/src/main.js'],
  ['nest-only-in-hub', 'apps/cli/src/planted-12.ts', '@nestjs/common'],
  ['libs-run-in-browsers', 'libs/client/src/planted-13.ts', 'node:fs'],
] as const;

describe('the boundary rules', () => {
  it('find nothing in a tree that keeps them', async () => {
    expect(await brokenRules()).toEqual([]);
  });

  it('bite wherever a violation is planted', async () => {
    for (const [, file, imported] of violations)
      await plant(file, `import * as planted from '${imported}';\nexport const used = planted;\n`);
    const broken = await brokenRules();
    for (const [rule, file] of violations) expect(broken).toContainEqual({ rule, file });
  });
});

async function plant(file: string, content: string): Promise<void> {
  await mkdir(dirname(join(tree, file)), { recursive: true });
  await writeFile(join(tree, file), content);
}

async function brokenRules(): Promise<{ rule: string; file: string }[]> {
  const program = resolve('node_modules/dependency-cruiser/bin/dependency-cruise.mjs');
  const output = await new Promise<string>((done) => {
    execFile(
      process.execPath,
      [program, 'apps', 'libs', 'test', '--config', '.dependency-cruiser.mjs', '--output-type', 'json'],
      { cwd: tree },
      (_error, stdout) => {
        done(stdout);
      },
    );
  });
  const result = JSON.parse(output) as { summary: { violations: { from: string; rule: { name: string } }[] } };
  return result.summary.violations.map(({ rule, from }) => ({ rule: rule.name, file: from }));
}
