#!/usr/bin/env node
import { fileURLToPath } from 'node:url';
import { systemClock, systemRandom } from '#liaison/crypto.node';
import { runCommandLine } from './command-line.js';
import { readEnvironment } from './config/environment.js';
import { hubReach } from './config/hub-reach.js';
import { askHidden, askLine } from './terminal/prompt.js';
import { readInput } from './terminal/read-input.js';
import { processTerminal } from './terminal/terminal.js';
import { waitFor } from './terminal/wait.js';

// Whoever reads what is written here may have read enough: `liaison inbox | head -1`.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  process.exit(error.code === 'EPIPE' ? 0 : 1);
});
const environment = readEnvironment(process.env);
const stop = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => {
    stop.abort();
  });
}

process.exitCode = await runCommandLine(process.argv.slice(2), {
  environment,
  terminal: processTerminal(environment),
  clock: systemClock,
  random: systemRandom,
  reach: hubReach(environment),
  sealing: { random: systemRandom },
  wait: (milliseconds, signal) => waitFor(milliseconds, AbortSignal.any([stop.signal, ...(signal ? [signal] : [])])),
  stop: stop.signal,
  isAttended: process.stdin.isTTY,
  askHidden,
  askLine,
  readInput,
  exportVerifier: fileURLToPath(new URL('../../../../apps/cli/assets/verify.mjs', import.meta.url)),
  hubProgram: fileURLToPath(new URL('../../hub/src/main.js', import.meta.url)),
});
