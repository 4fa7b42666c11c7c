import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { summarizeProfile } from '../cpu-profile.js';
import { readOptions } from '../options.js';
import { table } from '../report.js';
import { SHAPES } from '../shapes.js';
import { median, percentiles } from '../statistics.js';
import { judge, TARGETS } from '../targets.js';

const measure = (id: string, value: number, ceiling?: number) => ({
  id,
  name: id,
  unit: 'x',
  value,
  ...(ceiling !== undefined && { ceiling, ratio: value / ceiling }),
});

describe('targets', () => {
  it('judge by how much they are met or missed', () => {
    expect(judge(measure('room.saturation.messages', 900, 1000))).toMatchObject({ met: true });
    expect(judge(measure('room.saturation.messages', 300, 1000))).toMatchObject({ met: false, missedBy: 0.5 });
    expect(judge(measure('room.steady.delivered.p50', 10))).toMatchObject({ met: false, missedBy: 1 });
    expect(judge(measure('room.steady.delivered.p50', 5))).toMatchObject({ met: false, missedBy: 0 });
    expect(judge(measure('room.steady.messages', 5))).toBeUndefined();
  });

  it('name measures of the shapes, of the client or of the log', () => {
    const prefixes = [...SHAPES.map(({ id }) => id), 'client', 'log-cost', 'log'];
    for (const { measure: id } of TARGETS) expect(prefixes.some((prefix) => id.startsWith(prefix))).toBe(true);
  });
});

describe('the table', () => {
  it('says what was met, what was missed and what the ceiling misses as well', () => {
    const measures = [
      measure('room.saturation.messages', 900, 1000),
      measure('room.steady.delivered.p50', 10, 4),
      measure('room.steady.delivered.p99', 30, 20),
    ];
    const lines = table([{ title: 'A title', measures }]).split('\n');
    expect(lines[2]).toBe('A title');
    expect(lines[3]).toMatch(/900 x {2,}1000 x +0\.90 {3}ratio >= 0\.6, goal 0\.8: met, 50 % to spare$/);
    expect(lines[4]).toMatch(/< 5: MISSED by 100 %$/);
    expect(lines[5]).toMatch(/< 15: MISSED by 100 %, as does the bare ceiling$/);
  });
});

describe('options', () => {
  it('are read', () => {
    expect(readOptions(['--quick', '--only', 'room,mls', '--rounds', '3'])).toMatchObject({
      quick: true,
      rounds: 3,
      parts: new Set(['room', 'mls']),
    });
  });

  it.each([['--only', 'rooms'], ['--rounds', '0'], ['--slow']])('refuse %s %s', (...args) => {
    expect(() => readOptions(args)).toThrow(expect.objectContaining({ code: 'usage' }));
  });
});

describe('statistics', () => {
  it('take the nearest rank and leave out what was not measured', () => {
    const values = Float64Array.from([Number.NaN, ...Array.from({ length: 100 }, (_, index) => 100 - index)]);
    expect(percentiles(values)).toEqual({ p50: 50, p95: 95, p99: 99, most: 100 });
    expect([median([3, 1, 2]), median([4, 1, 2, 3])]).toEqual([2, 2.5]);
  });
});

describe('a CPU profile', () => {
  it('is summed by package and function without idle time', () => {
    const frame = (id: number, functionName: string, url: string) => ({
      id,
      callFrame: { functionName, url, lineNumber: 9 },
    });
    const nodes = [
      frame(1, '(idle)', ''),
      frame(2, 'send', 'file:///x/node_modules/@socket.io/y/z.js'),
      frame(3, 'submit', 'file:///x/dist/apps/hub/src/records/sequencer.js'),
    ];
    const folder = mkdtempSync(join(tmpdir(), 'liaison-profile-'));
    const file = join(folder, 'a.cpuprofile');
    writeFileSync(file, JSON.stringify({ nodes, samples: [1, 2, 3, 3], timeDeltas: [500, 1000, 1000, 2000] }));
    const { busyMilliseconds, packages, functions } = summarizeProfile(file);
    rmSync(folder, { recursive: true });
    expect(busyMilliseconds).toBe(4);
    expect(packages).toEqual([
      { name: 'apps/hub', milliseconds: 3, share: 0.75 },
      { name: '@socket.io/y', milliseconds: 1, share: 0.25 },
    ]);
    expect(functions[0]?.name).toBe('submit  apps/hub sequencer.js:10');
  });
});
