import { describe, expect, it } from '@jest/globals';
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const root = join(import.meta.dirname, '../..');
const composeFile = readFileSync(join(root, 'docker-compose.yml'), 'utf8');

/** The compose plugin is a part of its own: many docker clients lack it. */
const composeWorks = spawnSync('docker', ['compose', 'version']).status === 0;
if (!composeWorks)
  console.warn('skipped: `docker compose` is not installed here, so docker-compose.yml is not validated by it');

describe('docker-compose.yml', () => {
  (composeWorks ? it : it.skip)('is valid', () => {
    const { status, stderr } = spawnSync('docker', ['compose', 'config', '-q'], { cwd: root, encoding: 'utf8' });
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  });

  it('opens no port beyond this machine', () => {
    const ports = [...composeFile.matchAll(/ports: (.*)/g)].map((found) => found[1]);
    expect(ports).toEqual(["['127.0.0.1:4680:4680']"]);
  });

  it('holds no secret', () => {
    expect(composeFile).not.toMatch(/postgres(ql)?:\/\//);
    expect(composeFile).not.toMatch(/PASSWORD:/);
  });
});
