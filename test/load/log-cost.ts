import pg from 'pg';
import { systemClock, systemRandom } from '#liaison/crypto.node';
import { signingKeyFromSeed } from '#liaison/crypto';
import { DeviceAddress, LiaisonError } from '#liaison/protocol';
import type { LogAct } from '#liaison/tlog';
import { CheckpointMaker } from '../../apps/hub/src/log/checkpoint-maker.js';
import { LogAppender } from '../../apps/hub/src/log/log-appender.js';
import { LogProofs } from '../../apps/hub/src/log/log-proofs.js';
import { LogStore } from '../../apps/hub/src/log/log-store.js';
import { compareShape, type Arena, type Contender } from './compare-shape.js';
import type { Measure, Section } from './measures.js';
import { verificationMeasure } from './log-verification.js';
import { SHAPES } from './shapes.js';

const BATCHES = [1, 10, 100, 500];
const CHECKPOINTED = 20_000;
const PROOFS = 500;
/** Devices that ask at the same time. */
const PROVED_TOGETHER = 16;

/**
 * What the log costs whoever submits: the hub against the same hub that gives records no entry, by turns, over its sockets. Both
 * figures and their ratio are of this run.
 */
export async function logCostSection(withLeaves: Contender, without: Contender, arena: Arena): Promise<Section> {
  const shape = SHAPES.find(({ id }) => id === 'pairs.saturation');
  if (shape === undefined) throw new LiaisonError('internal', 'There is no such shape.');
  const measured = { ...shape, id: 'log-cost' };
  const { title, measures } = await compareShape(measured, { ...arena, hub: withLeaves, ceiling: without });
  const names: Readonly<Record<string, string>> = {
    'log-cost.messages': 'messages',
    'log-cost.cpu': 'server CPU a message',
    'log-cost.database-cpu': 'PostgreSQL CPU a message',
  };
  return {
    title: `Log: ${title}, against a hub without entries (in the column of the ceiling)`,
    measures: measures.flatMap((measure) => {
      const name = names[measure.id];
      return name === undefined ? [] : [{ ...measure, name }];
    }),
  };
}

interface LogOptions {
  /** How long entries are appended by each batch. */
  readonly seconds: number;
  /** Entries of the log that is verified. */
  readonly verified: number;
}

/**
 * The log by itself, on a database of the current schema: appends by batch, hashing into tiles and checkpoint, proofs. One at a time,
 * in this process. What it costs the hot path: {@link logCostSection}.
 */
export async function logSection(databaseUrl: string, options: LogOptions): Promise<Section> {
  const { seconds, verified } = options;
  const pool = new pg.Pool({ connectionString: databaseUrl, max: 2 });
  try {
    const appender = new LogAppender(pool, systemRandom);
    const measures: Measure[] = [];
    for (const batch of BATCHES) measures.push(await appends(appender, batch, seconds));
    measures.push(await hashing(pool, appender), await proofs(pool), await verificationMeasure(verified));
    return { title: 'Log', measures };
  } finally {
    await pool.end();
  }
}

function acts(count: number): LogAct[] {
  const at = new Date(systemClock.now()).toISOString();
  return Array.from({ length: count }, () => ({ type: 'log.started', at, actor: 'hub', subject: {} }));
}

async function appends(appender: LogAppender, batch: number, seconds: number): Promise<Measure> {
  const startedAt = performance.now();
  let appended = 0;
  while (performance.now() - startedAt < seconds * 1000) {
    await appender.appendAlone(acts(batch));
    appended += batch;
  }
  const value = (appended * 1000) / (performance.now() - startedAt);
  return { id: `log.append.${batch}`, name: `entries appended, ${batch} at once`, unit: '/s', value };
}

function makerOf(pool: pg.Pool): CheckpointMaker {
  const key = signingKeyFromSeed(new Uint8Array(32).fill(7));
  return new CheckpointMaker(pool, systemClock, { origin: 'bench.example/v1/log', key });
}

async function hashing(pool: pg.Pool, appender: LogAppender): Promise<Measure> {
  const maker = makerOf(pool);
  await maker.catchUp();
  for (let count = 0; count < CHECKPOINTED; count += 500) await appender.appendAlone(acts(500));
  const startedAt = performance.now();
  await maker.catchUp();
  const value = (CHECKPOINTED * 1000) / (performance.now() - startedAt);
  return { id: 'log.checkpoint', name: 'entries hashed into a checkpoint', unit: '/s', value };
}

async function proofs(pool: pg.Pool): Promise<Measure> {
  const store = new LogStore(pool);
  const service = new LogProofs(store);
  const size = await store.size();
  const device = DeviceAddress.parse('bg:bench:desk-1');
  const viewer = { device, duties: [], memberships: [], contactPointMemberships: [] };
  const startedAt = performance.now();
  let count = 0;
  const ask = async (): Promise<void> => {
    while (count < PROOFS) {
      count += 1;
      await service.receipt(viewer, Math.floor(((count - 1) * size) / PROOFS), 0);
    }
  };
  await Promise.all(Array.from({ length: PROVED_TOGETHER }, ask));
  const value = (PROOFS * 1000) / (performance.now() - startedAt);
  return { id: 'log.proofs', name: `receipts proved, ${PROVED_TOGETHER} at once`, unit: '/s', value };
}
