import { type Answer, give } from '../answers/answer.js';
import { type Desk, type GlobalOptions, withDesk } from '../desk/open-desk.js';
import type { Host } from '../host.js';

/** What every command is given. */
export interface Setting {
  readonly host: Host;
  /** The exit code where a command answers, but not with success. */
  readonly end: (exitCode: number) => void;
}

/** Opens the device that the options mean, and gives what `work` answers. */
export async function answerAtDesk(
  { host }: Setting,
  options: GlobalOptions,
  work: (desk: Desk) => Promise<Answer>,
): Promise<void> {
  const answer = await withDesk(host, options, work);
  give(answer, host.terminal, options.json);
}
