import { cryptoReady } from '#liaison/crypto';
import { LiaisonError } from '#liaison/protocol';
import type { GeneratorAnswer, GeneratorOrder } from '../processes/generator-process.js';
import type { RoundResult } from './load.js';
import { LoadGenerator } from './load-generator.js';

const generators = new Map<string, LoadGenerator>();

async function obey(order: GeneratorOrder): Promise<RoundResult | true> {
  if (order.order === 'connect') {
    const generator = new LoadGenerator(order.load);
    generators.set(order.target, generator);
    await generator.connect();
    return true;
  }
  const generator = generators.get(order.target);
  if (generator === undefined) throw new LiaisonError('usage', `Not connected to ${order.target}.`);
  if (order.order === 'run') return generator.run();
  if (order.order === 'prepare') generator.prepare(order.round);
  else generator.close();
  return true;
}

await cryptoReady();
process.on('message', (order: GeneratorOrder) => {
  obey(order)
    .then((done): GeneratorAnswer => ({ done }))
    .catch((error: unknown): GeneratorAnswer => ({ failed: error instanceof Error ? error.message : String(error) }))
    .then((answer) => process.send?.(answer))
    .catch(() => process.exit(1));
});
