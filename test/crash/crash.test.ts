import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { cryptoReady } from '#liaison/crypto';
import { type Crew, CrewRoster } from './crew.js';
import { Dice } from './dice.js';
import { type Fault, FAULTS, Installation } from './installation.js';
import { type RunReport, runUnderFaults } from './run.js';

/** More runs for a longer soak; a seed to repeat what failed. */
const RUNS = Number(process.env['LIAISON_CRASH_RUNS'] ?? 20);
const SEED = process.env['LIAISON_CRASH_SEED'] ?? String(Date.now());
/** Sessions end after a quarter of an hour, KeyPackages after forty channels. */
const RUNS_OF_A_CREW = 20;

let installation: Installation;
let people: CrewRoster;
let crew: Crew;
const reports: RunReport[] = [];
const startedAt = performance.now();

beforeAll(async () => {
  await cryptoReady();
  installation = await Installation.start();
  people = new CrewRoster(installation.url);
  await people.found();
}, 60_000);
afterAll(async () => {
  await installation.stop();
  process.stderr.write(`${summary()}\n`);
}, 60_000);

function planOf(run: number): { faults: readonly Fault[]; withCommit: boolean; dice: Dice } {
  const dice = new Dice(`${SEED} ${run}`);
  const first = FAULTS[run % FAULTS.length]!;
  const faults = dice.between(1, 4) === 1 ? [first, dice.pick(FAULTS)] : [first];
  return { faults, withCommit: run % 3 === 0, dice };
}

function sum(of: (report: RunReport) => number): number {
  return reports.reduce((total, report) => total + of(report), 0);
}

function summary(): string {
  const seconds = ((performance.now() - startedAt) / 1000).toFixed(0);
  return [
    `crash: seed ${SEED}, ${reports.length} runs in ${seconds} s`,
    `${sum(({ acknowledged }) => acknowledged)} records acknowledged`,
    `${sum(({ pushed }) => pushed)} events pushed`,
    `${sum(({ checkpoints }) => checkpoints)} checkpoints seen`,
    `${sum(({ underWay }) => underWay)} records under way when a process was killed`,
    `${sum(({ storedUnheard }) => storedUnheard)} receipts lost and given again`,
  ].join(', ');
}

describe('kill -9 under load loses, doubles and moves nothing', () => {
  it.each(Array.from({ length: RUNS }, (_, run) => ({ run, ends: planOf(run).faults.join(', then ') })))(
    'run $run: of $ends',
    async ({ run }) => {
      await installation.untilReady();
      if (run % RUNS_OF_A_CREW === 0) crew = await people.next();
      const report = await runUnderFaults(installation, crew, planOf(run)).catch((fault: unknown) => {
        throw new Error(`Run ${run} of seed ${SEED} broke off. The hub said: ${installation.hubOutput()}`, {
          cause: fault,
        });
      });
      reports.push(report);
      expect({ seed: SEED, run, complaints: report.complaints }).toEqual({ seed: SEED, run, complaints: [] });
      expect(report.acknowledged).toBeGreaterThan(10);
      expect(report.pushed).toBeGreaterThan(report.acknowledged / 2);
    },
    120_000,
  );

  it('and was put to the proof: records were under way when processes ended', () => {
    expect(sum(({ underWay }) => underWay)).toBeGreaterThan(RUNS);
  });
});
