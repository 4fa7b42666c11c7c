import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from '@jest/globals';

/** A second verifier, in another language, from the specifications alone: it must judge the golden log as ours does. */
const PROGRAM = 'test/conformance/tlog_verify.py';
const GOLDEN = 'vectors/tlog';
const POLICY = `${GOLDEN}/policy.txt`;
const AT = String(Date.parse((JSON.parse(readFileSync(`${GOLDEN}/keys.json`, 'utf8')) as { at: string }).at) / 1000);

const present = spawnSync('python3', ['--version']).status === 0;
if (!present) process.stderr.write('The independent verifier of the log is skipped: there is no python3.\n');

interface Expected {
  readonly name: string;
  readonly outcome: string;
  readonly check?: string;
}

function casesOf<Fields>(name: string): (Expected & Fields)[] {
  return (JSON.parse(readFileSync(`${GOLDEN}/${name}.json`, 'utf8')) as { cases: (Expected & Fields)[] }).cases;
}

const folder = mkdtempSync(join(tmpdir(), 'liaison-tlog-'));
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

let files = 0;
function fileOf(content: string): string {
  const path = join(folder, `file-${(files += 1)}`);
  writeFileSync(path, content);
  return path;
}

/** Puts every question to one process. */
function judge(cases: readonly Expected[], questions: readonly string[][]): void {
  const input = questions.map((question) => `${JSON.stringify(question)}\n`).join('');
  const lines = execFileSync('python3', [PROGRAM, 'serve'], { input, encoding: 'utf8' }).trim().split('\n');
  const answers = lines.map((line) => JSON.parse(line) as Expected);
  const summary = ({ outcome, check }: Expected, at: number) => `${cases[at]?.name ?? ''}: ${check ?? outcome}`;
  expect(answers.map(summary)).toEqual(cases.map(summary));
  expect(answers.map(({ outcome }) => outcome)).toEqual(cases.map(({ outcome }) => outcome));
}

(present ? describe : describe.skip)('the verifier in Python', () => {
  it('accepts the golden log', () => {
    const output = execFileSync('python3', [PROGRAM, 'log', `${GOLDEN}/log`, POLICY, '--at', AT], { encoding: 'utf8' });
    expect(JSON.parse(output)).toMatchObject({ outcome: 'ok', size: 300, shown: 300 });
  });

  it('ends with a failure where it refuses', () => {
    const changed = changedLog({ 'tile/0/000': null });
    const result = spawnSync('python3', [PROGRAM, 'log', changed, POLICY], { encoding: 'utf8' });
    expect(result.status).toBe(1);
    expect(JSON.parse(result.stdout)).toMatchObject({ outcome: 'missing', check: 'LOG-15' });
  });

  it('judges each changed log as we do', () => {
    const cases = casesOf<{ entries: boolean; changes: Record<string, string | null> }>('logs');
    const questions = cases.map(({ entries, changes }) => {
      const question = ['log', changedLog(changes), POLICY, '--at', AT];
      return entries ? question : [...question, '--tiles-only'];
    });
    judge(cases, questions);
  });

  it('judges each receipt as we do', () => {
    const cases = casesOf<{ proof: unknown; expected?: Record<string, string> }>('receipts');
    const questions = cases.map(({ proof, expected }) => {
      const question = ['receipt', fileOf(JSON.stringify(proof)), POLICY, '--at', AT];
      const expectations = Object.entries(expected ?? {}).map(([name, value]) => `${name}=${value}`);
      return expectations.length === 0 ? question : [...question, '--expect', ...expectations];
    });
    judge(cases, questions);
  });

  it('judges the growth of the log as we do', () => {
    const cases = casesOf<{ older: string; newer: string; proof: string[] }>('growth');
    judge(
      cases,
      cases.map(({ older, newer, proof }) => ['growth', fileOf(older), fileOf(newer), POLICY, ...proof]),
    );
  });

  it('judges each checkpoint as we do', () => {
    const cases = casesOf<{ note: string }>('checkpoints');
    const [receipt] = casesOf<{ proof: object }>('receipts');
    // Every case but the good ones fails before the proof is looked at; the good ones are of the tree of the first receipt.
    const questions = cases.map(({ note }) => {
      const file = fileOf(JSON.stringify({ ...receipt?.proof, checkpoint: note }));
      return ['receipt', file, POLICY, '--at', AT];
    });
    judge(cases, questions);
  });
});

let logs = 0;
function changedLog(changes: Record<string, string | null>): string {
  const path = join(folder, `log-${(logs += 1)}`);
  cpSync(`${GOLDEN}/log`, path, { recursive: true });
  for (const [file, content] of Object.entries(changes)) {
    if (content === null) rmSync(join(path, file));
    else writeFileSync(join(path, file), Buffer.from(content, 'base64url'));
  }
  return path;
}
