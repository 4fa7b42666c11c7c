import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';

/** docs/spec/validation.md: every check, who makes it, what it asks, and the file of its test. */
const rows = [
  ...readFileSync('docs/spec/validation.md', 'utf8').matchAll(
    /^\| ([A-Z]{3}-\d{2}) \| ([^|]+) \| ([^|]+) \| `([^`|]+)` \|$/gm,
  ),
].map(([, id, who, what, test]) => ({
  id: id ?? '',
  who: who ?? '',
  what: what ?? '',
  test: test ?? '',
}));

const inCode = new Set(
  execFileSync(
    'git',
    ['grep', '-hoE', `'[A-Z]{3}-[0-9]{2}'`, '--', 'apps/*/src/*.ts', 'libs/*/src/*.ts', ':!libs/testing'],
    { encoding: 'utf8' },
  )
    .split('\n')
    .filter((line) => line !== '')
    .map((quoted) => quoted.slice(1, -1)),
);

describe('the table of checks', () => {
  it('lists exactly the checks that the code makes', () => {
    expect(rows.map((row) => row.id).sort()).toEqual([...inCode].sort());
  });

  it('lists each once', () => {
    expect(new Set(rows.map((row) => row.id)).size).toBe(rows.length);
  });

  it.each(rows)('$id has a test that names it: $test', ({ id, test }) => {
    expect(existsSync(test)).toBe(true);
    expect(readFileSync(test, 'utf8')).toContain(id);
  });
});
