import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import * as z from 'zod';
import { LiaisonError } from '#liaison/protocol';
import { environmentOfChild } from '../config/environment.js';

const Report = z.object({
  entries: z.int(),
  checkpoints: z.int(),
  events: z.int(),
  erased: z.int(),
  faults: z.array(z.string()),
  keys: z.enum(['roster', 'policy']),
});
export type FsckReport = z.infer<typeof Report>;

export interface FsckCall {
  /** Absolute path of the hub's main.js. */
  readonly program: string;
  /** Settings of the hub that name the database; the others are those of this process. */
  readonly settings: Readonly<Record<string, string>>;
  readonly policy?: string | undefined;
  /** Told what it says on the way, line by line. */
  readonly remark: (text: string) => void;
}

/**
 * Has the hub's own program check the log in its database, in a process of its own: the command line knows no database.
 * @throws LiaisonError `unavailable` with its words where it could not check.
 */
export async function hubFsck({ program, settings, policy, remark }: FsckCall): Promise<FsckReport> {
  const child = spawn(process.execPath, [program, 'fsck', ...(policy === undefined ? [] : ['--policy', policy])], {
    env: environmentOfChild(settings, true),
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  const said: string[] = [];
  child.stdout.setEncoding('utf8').on('data', (text: string) => (output += text));
  createInterface({ input: child.stderr }).on('line', (line) => {
    said.push(line);
    if (/^\d+ of \d+ /.test(line)) remark(line);
  });
  await once(child, 'close');
  const report = Report.safeParse(jsonOf(output));
  if (report.success) return report.data;
  throw new LiaisonError('unavailable', `The log could not be checked. ${said.at(-1) ?? 'The hub gave no reason.'}`);
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
