/** For work on the code: compiles on every change and restarts the hub with what was compiled. */
import { spawn } from 'node:child_process';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const start = (...args) => spawn(process.execPath, args, { cwd: root, stdio: ['ignore', 'inherit', 'inherit'] });

const children = [
  start('node_modules/typescript/bin/tsc', '-p', 'tsconfig.build.json', '--watch', '--preserveWatchOutput'),
  start('--watch', '--watch-preserve-output', '--enable-source-maps', 'dist/apps/hub/src/main.js'),
];

// A terminal's Ctrl-C reaches the children as well; a kill of this process does not, so it is passed on.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
  process.on(signal, () => {
    for (const child of children) child.kill('SIGTERM');
  });
}
