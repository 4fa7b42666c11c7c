import { LiaisonError } from '#liaison/protocol';
import type { Host } from '../host.js';

/** What is about to happen, for somebody who has to answer for it. */
export interface Consequences {
  /** Safe lines, in plain words. */
  readonly lines: readonly string[];
  /** What is typed to agree. */
  readonly word: string;
}

/** Tells the consequences and waits for the word, unless `--yes` said it. @throws LiaisonError `usage` where it is not typed. */
export async function confirm(
  { terminal, askLine }: Pick<Host, 'terminal' | 'askLine'>,
  { lines, word }: Consequences,
  yes: boolean | undefined,
): Promise<void> {
  for (const line of lines) terminal.remark(line);
  if (yes) return;
  const typed = await askLine(`Type ${word} to go on: `);
  if (typed.trim().toLowerCase() !== word) throw new LiaisonError('usage', 'Stopped: nothing was done.');
}
