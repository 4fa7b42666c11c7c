import { LiaisonError } from '#liaison/protocol';
import type { Percentiles } from './statistics.js';
import { median } from './statistics.js';
import type { Measure, Section } from './measures.js';
import type { RoundResult } from './generator/load.js';
import type { GeneratorProcess } from './processes/generator-process.js';
import type { ServerProcess } from './processes/server-process.js';
import type { Shape } from './shapes.js';

export interface Contender {
  /** As the generator knows it. */
  readonly name: string;
  readonly server: ServerProcess;
}

export interface Arena {
  readonly hub: Contender;
  readonly ceiling: Contender;
  readonly generator: GeneratorProcess;
  /** CPU microseconds of the database so far, where they can be known. */
  readonly databaseCpu: () => number | undefined;
  /** Before each round: what the last one left to be written must not weigh on this one. */
  readonly settle: () => Promise<void>;
  readonly rounds: number;
  readonly seconds: number;
  /** Whether the time of a shape's rounds is over: one is always run. */
  readonly isLate: () => boolean;
  readonly log: (line: string) => void;
}

interface MeasuredRound extends RoundResult {
  /** Microseconds of the server's CPU for each delivery. */
  readonly cpu: number;
  readonly mainThread: number;
  readonly databaseCpu: number;
}

/** Messages of the unmeasured first rounds, in which both servers get warm. */
const WARM_UP_MESSAGES = 2_000;
const MOST_MESSAGES = 80_000;

/** Rounds of the same shape on both servers by turns, so that what else the machine does meets both alike. */
export async function compareShape(shape: Shape, arena: Arena): Promise<Section> {
  const counts = new Map<Contender, number>();
  for (const contender of [arena.ceiling, arena.hub])
    counts.set(contender, await messagesPerRound(shape, contender, arena));
  const hub: MeasuredRound[] = [];
  const ceiling: MeasuredRound[] = [];
  for (let round = 0; round < arena.rounds && !(round > 0 && arena.isLate()); round += 1) {
    const turns = round % 2 === 0 ? [arena.ceiling, arena.hub] : [arena.hub, arena.ceiling];
    for (const contender of turns) {
      const measured = await runRound(shape, contender, counts.get(contender) ?? 0, arena);
      (contender === arena.hub ? hub : ceiling).push(measured);
      arena.log(
        `${shape.id} round ${round + 1}/${arena.rounds} ${contender.name}: ${measured.perSecond.toFixed(0)} messages/s, ` +
          `p99 ${measured.delivered.p99.toFixed(1)} ms, generator ${(measured.generatorBusy * 100).toFixed(0)} % busy`,
      );
    }
  }
  const title = hub.length === arena.rounds ? shape.title : `${shape.title}; busy machine, rounds: ${hub.length}`;
  return { title, measures: measuresOf(shape, hub, ceiling) };
}

/** Warms up, and finds how many messages fill a round. */
async function messagesPerRound(shape: Shape, contender: Contender, arena: Arena): Promise<number> {
  if (shape.pace.kind === 'rate') {
    await runRound(shape, contender, shape.pace.perSecond, arena);
    return shape.pace.perSecond * arena.seconds;
  }
  await runRound(shape, contender, WARM_UP_MESSAGES, arena);
  const { perSecond } = await runRound(shape, contender, WARM_UP_MESSAGES, arena);
  return Math.min(MOST_MESSAGES, Math.max(WARM_UP_MESSAGES, perSecond * arena.seconds));
}

/** @throws LiaisonError `integrity` where a delivery was lost, doubled or out of order: no figure is worth reading then. */
export async function runRound(
  shape: Shape,
  { name, server }: Contender,
  messages: number,
  { generator, databaseCpu, settle }: Arena,
): Promise<MeasuredRound> {
  const messagesPerChannel = Math.ceil(messages / shape.channels.length);
  await generator.prepare(name, { channels: shape.channels, messagesPerChannel, pace: shape.pace });
  await settle();
  const [before, databaseBefore] = [await server.usage(), databaseCpu()];
  const result = await generator.run(name);
  const [after, databaseAfter] = [await server.usage(), databaseCpu()];
  if (result.faults.length > 0)
    throw new LiaisonError('integrity', `${name}, ${shape.id}: deliveries are wrong.\n${result.faults.join('\n')}`);
  return {
    ...result,
    cpu: (after.cpu - before.cpu) / result.deliveries,
    mainThread: ((after.mainThread ?? Number.NaN) - (before.mainThread ?? Number.NaN)) / result.deliveries,
    databaseCpu: ((databaseAfter ?? Number.NaN) - (databaseBefore ?? Number.NaN)) / result.messages,
  };
}

type Pick = (round: MeasuredRound) => number;

function measuresOf(shape: Shape, hub: readonly MeasuredRound[], ceiling: readonly MeasuredRound[]): Measure[] {
  const line = (id: string, name: string, unit: string, pick: Pick): Measure => ({
    id: `${shape.id}.${id}`,
    name,
    unit,
    value: median(hub.map(pick)),
    ceiling: median(ceiling.map(pick)),
    ratio: median(hub.map((round, index) => pick(round) / pick(ceiling[index] ?? round))),
  });
  return [
    line('messages', 'messages', '/s', (round) => round.perSecond),
    line('deliveries', 'deliveries', '/s', (round) => (round.perSecond * round.deliveries) / round.messages),
    ...delays(line, 'acknowledged', 'sent to acknowledged', (round) => round.acknowledged),
    ...delays(line, 'delivered', 'sent to last delivery', (round) => round.delivered),
    line('cpu', 'server CPU a delivery', 'µs', (round) => round.cpu),
    line('main-thread', 'of it, the main thread', 'µs', (round) => round.mainThread),
    line('database-cpu', 'PostgreSQL CPU a message', 'µs', (round) => round.databaseCpu),
  ];
}

function delays(
  line: (id: string, name: string, unit: string, pick: Pick) => Measure,
  id: string,
  name: string,
  pick: (round: MeasuredRound) => Percentiles,
): Measure[] {
  return [
    line(`${id}.p50`, `${name}, p50`, 'ms', (round) => pick(round).p50),
    line(`${id}.p95`, `${name}, p95`, 'ms', (round) => pick(round).p95),
    line(`${id}.p99`, `${name}, p99`, 'ms', (round) => pick(round).p99),
  ];
}
