import { parseArgs } from 'node:util';
import { LiaisonError } from '#liaison/protocol';

const PARTS = ['room', 'pairs', 'idle', 'mls', 'client', 'log', 'scale', 'grant', 'start'] as const;
export type Part = (typeof PARTS)[number];

export interface BenchOptions {
  readonly parts: ReadonlySet<Part>;
  readonly quick: boolean;
  /** Pairs of rounds in each shape. */
  readonly rounds: number;
  /** Length of one measured round. */
  readonly seconds: number;
  /** After how many seconds the bench gives up. */
  readonly limitSeconds: number;
  /** After how many seconds no further rounds begin: on a busy machine there are fewer of them. */
  readonly roundsSeconds: number;
  readonly json: boolean;
  readonly profile: boolean;
  /** The bare ceiling carries as many bytes as a record does, so that what is left of the gap is work. */
  readonly evenBytes: boolean;
  /** The ceiling in the hub's place: ratios must be 1 but for noise. */
  readonly againstItself: boolean;
}

const USAGE = `npm run bench -- [options]
  --quick            under a minute and a half, rougher figures, and neither start times, scale nor grants
  --only <parts>     of ${PARTS.join(', ')}, with commas between
  --rounds <n>       pairs of alternating rounds (default 5, quick 2)
  --profile          also where the servers spend their CPU, function by function
  --json             the results as JSON
  --even-bytes       a bare ceiling that carries as many bytes as a record has, not the body alone
  --against-itself   the bare ceiling in the hub's place: shows how exact the ratios are`;

/** @throws LiaisonError `usage`. */
export function readOptions(args: readonly string[]): BenchOptions {
  const values = parse(args);
  const rounds = Number(values.rounds ?? (values.quick ? 2 : 5));
  if (!Number.isInteger(rounds) || rounds < 1 || rounds > 50) throw usage('--rounds takes a number from 1 to 50.');
  const limitSeconds = (values.quick ? 120 : 360) + rounds * (values.quick ? 15 : 60);
  return {
    parts: new Set(values.only === undefined ? partsOf(values.quick) : readParts(values.only)),
    quick: values.quick,
    rounds,
    seconds: values.quick ? 1.2 : 4,
    limitSeconds,
    roundsSeconds: limitSeconds * 0.55,
    json: values.json,
    profile: values.profile,
    evenBytes: values['even-bytes'],
    againstItself: values['against-itself'],
  };
}

function parse(args: readonly string[]) {
  const flag = { type: 'boolean', default: false } as const;
  const options = {
    quick: flag,
    json: flag,
    profile: flag,
    'even-bytes': flag,
    'against-itself': flag,
    only: { type: 'string' },
    rounds: { type: 'string' },
  } as const;
  try {
    return parseArgs({ args: [...args], options }).values;
  } catch (error) {
    throw usage((error as Error).message);
  }
}

/** Starting a hub twice takes a fifth of a quick run, and thousands of devices more than all of it. */
function partsOf(quick: boolean): readonly Part[] {
  return quick ? PARTS.filter((part) => part !== 'start' && part !== 'scale' && part !== 'grant') : PARTS;
}

function readParts(only: string): Part[] {
  return only.split(',').map((name) => {
    const part = PARTS.find((known) => known === name.trim());
    if (part === undefined) throw usage(`--only knows no part "${name}".`);
    return part;
  });
}

function usage(message: string): LiaisonError {
  return new LiaisonError('usage', `${message}\n\n${USAGE}`);
}
