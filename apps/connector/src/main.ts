#!/usr/bin/env node
import { setTimeout as sleep } from 'node:timers/promises';
import { reachHub } from '#liaison/client.node';
import { systemClock, systemRandom } from '#liaison/crypto.node';
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
