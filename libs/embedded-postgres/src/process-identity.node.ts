import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';

/**
 * A string that no other process ever has: process ids are used again after a restart, ids with a start time are not.
 * @returns undefined when no such process runs (a zombie does not run).
 */
export function processIdentity(pid: number): string | undefined {
  if (existsSync('/proc/self/stat')) return linuxIdentity(pid);
  const started = ps(pid, 'lstart=');
  return started === '' ? undefined : `${pid} ${started}`;
}

function linuxIdentity(pid: number): string | undefined {
  const stat = readOrEmpty(`/proc/${pid}/stat`);
  // The second field is the program's name in parentheses and may hold spaces.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const [state, started] = [fields[0], fields[19]];
  if (started === undefined || state === 'Z' || state === 'X') return undefined;
  return `${pid} ${started} ${readOrEmpty('/proc/sys/kernel/random/boot_id').trim()}`;
}

/** The command line of a process, arguments joined by spaces; empty when it is gone. */
export function commandOf(pid: number): string {
  if (existsSync('/proc/self/stat')) return readOrEmpty(`/proc/${pid}/cmdline`).replaceAll('\0', ' ');
  return ps(pid, 'args=');
}

function ps(pid: number, column: string): string {
  return spawnSync('ps', ['-o', column, '-p', String(pid)], { encoding: 'utf8' }).stdout.trim();
}

function readOrEmpty(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
