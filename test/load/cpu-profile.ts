import { readFileSync } from 'node:fs';

/** The parts of a V8 CPU profile that are read here. */
interface CpuProfile {
  readonly nodes: readonly {
    readonly id: number;
    readonly callFrame: { readonly functionName: string; readonly url: string; readonly lineNumber: number };
  }[];
  readonly samples: readonly number[];
  /** Microseconds before each sample. */
  readonly timeDeltas: readonly number[];
}

interface SelfTime {
  readonly name: string;
  readonly milliseconds: number;
  /** Of the time the thread was not idle. */
  readonly share: number;
}

interface ProfileSummary {
  readonly busyMilliseconds: number;
  readonly packages: readonly SelfTime[];
  readonly functions: readonly SelfTime[];
}

/** `dispatch` is the inspector that takes the profile. */
const NOT_WORK = new Set(['(idle)', 'dispatch']);

/** Self time of the main thread, by package and by function, longest first. */
export function summarizeProfile(file: string): ProfileSummary {
  const profile = JSON.parse(readFileSync(file, 'utf8')) as CpuProfile;
  const frames = new Map(profile.nodes.map(({ id, callFrame }) => [id, callFrame]));
  const packages = new Map<string, number>();
  const functions = new Map<string, number>();
  let busy = 0;
  for (const [index, id] of profile.samples.entries()) {
    const frame = frames.get(id);
    const milliseconds = (profile.timeDeltas[index] ?? 0) / 1000;
    if (frame === undefined || NOT_WORK.has(frame.functionName)) continue;
    busy += milliseconds;
    const owner = packageOf(frame);
    add(packages, owner, milliseconds);
    add(functions, `${frame.functionName || '(anonymous)'}  ${placeOf(owner, frame)}`, milliseconds);
  }
  return { busyMilliseconds: busy, packages: longest(packages, busy), functions: longest(functions, busy) };
}

/** What to print of it. */
export function profileText(title: string, { busyMilliseconds, packages, functions }: ProfileSummary): string {
  const lines = (times: readonly SelfTime[]) =>
    times.map(
      ({ name, milliseconds, share }) =>
        `  ${(share * 100).toFixed(1).padStart(5)} % ${milliseconds.toFixed(0).padStart(6)} ms  ${name}`,
    );
  return [
    `${title}: ${busyMilliseconds.toFixed(0)} ms of the main thread, by package`,
    ...lines(packages.slice(0, 16)),
    'by function',
    ...lines(functions.slice(0, 40)),
  ].join('\n');
}

function packageOf({ functionName, url }: { functionName: string; url: string }): string {
  if (url === '') return functionName.startsWith('(') ? functionName : '(native)';
  if (url.startsWith('node:')) return 'node';
  const installed = /.*\/node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(url)?.[1];
  return installed ?? /\/dist\/((?:apps|libs|test)\/[^/]+)/.exec(url)?.[1] ?? url;
}

function placeOf(owner: string, { url, lineNumber }: { url: string; lineNumber: number }): string {
  if (url === '') return owner;
  const file = url.startsWith('node:') ? url : `${owner} ${url.slice(url.lastIndexOf('/') + 1)}`;
  return `${file}:${lineNumber + 1}`;
}

function add(times: Map<string, number>, name: string, milliseconds: number): void {
  times.set(name, (times.get(name) ?? 0) + milliseconds);
}

function longest(times: ReadonlyMap<string, number>, busy: number): SelfTime[] {
  return [...times]
    .map(([name, milliseconds]) => ({ name, milliseconds, share: milliseconds / busy }))
    .sort((a, b) => b.milliseconds - a.milliseconds);
}
