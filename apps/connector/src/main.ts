#!/usr/bin/env node
import { setTimeout as sleep } from 'node:timers/promises';
import { systemClock, systemRandom } from '#liaison/crypto.node';
import { reachHub } from './reach-hub.js';
import { runConnector } from './run-connector.js';

const stop = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => {
    stop.abort();
  });
}

process.exitCode = await runConnector(process.argv.slice(2), {
  clock: systemClock,
  random: systemRandom,
  transport: reachHub,
  line: (text) => {
    process.stdout.write(`${text}\n`);
  },
  wait: (milliseconds) => sleep(milliseconds, undefined, { signal: stop.signal }).catch(() => undefined),
  stop: stop.signal,
});
