import { readdirSync, readFileSync } from 'node:fs';

/** Linux counts CPU time in hundredths of a second for every architecture Node runs on. */
const MICROSECONDS_PER_TICK = 10_000;

/**
 * CPU microseconds that a PostgreSQL has used so far: the postmaster, its children, and those that have ended.
 * @returns undefined where there is no /proc.
 */
export function postgresCpu(postmaster: number): number | undefined {
  try {
    const own = ticks(postmaster);
    if (own === undefined) return undefined;
    const children = readdirSync('/proc')
      .filter((name) => /^\d+$/.test(name))
      .map((name) => ticks(Number(name)))
      .filter((child) => child?.parent === postmaster);
    const ofChildren = children.reduce((sum, child) => sum + (child?.own ?? 0), 0);
    return (own.own + own.endedChildren + ofChildren) * MICROSECONDS_PER_TICK;
  } catch {
    return undefined;
  }
}

function ticks(pid: number): { parent: number; own: number; endedChildren: number } | undefined {
  let stat: string;
  try {
    stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  } catch {
    return undefined;
  }
  // The second field is a name in parentheses that may itself hold spaces; what follows starts with field 3.
  const fields = stat
    .slice(stat.lastIndexOf(')') + 2)
    .split(' ')
    .map(Number);
  const field = (number: number) => fields[number - 3] ?? 0;
  return { parent: field(4), own: field(14) + field(15), endedChildren: field(16) + field(17) };
}
