/** A process of its own, for it limits itself: writes to a store while only some more bytes fit, and prints what came of it. */
import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { openDiskStore } from '#liaison/client.node';
import { cryptoReady } from '#liaison/crypto';

const [folder, fits] = process.argv.slice(2);
const random = { bytes: (length) => new Uint8Array(randomBytes(length)) };
const open = () => openDiskStore({ folder, key: new Uint8Array(32).fill(5), random });
const put = (store, key, value) =>
  store.exclusively(() => store.write([{ type: 'put', key, value: Buffer.from(value) }]));
const has = (store, key) => store.exclusively(async () => (await store.get(key)) !== undefined);

/** Files of this process grow to that size only: writing beyond it fails as on a full disk. */
function limitFiles(bytes) {
  execFileSync('prlimit', ['--pid', String(process.pid), `--fsize=${bytes}:unlimited`]);
}

await cryptoReady();
const store = await open();
await put(store, 'before', 'kept');
const journal = readdirSync(folder).find((name) => /^journal\.\d+$/.test(name));
limitFiles(statSync(join(folder, journal)).size + Number(fits));
const check = await put(store, 'too-large', 'x'.repeat(50_000)).then(
  () => 'stored',
  (error) => error.details?.check,
);
limitFiles('unlimited');
await put(store, 'after', 'goes on');
await store.close();
const again = await open();
const kept = [];
for (const key of ['before', 'too-large', 'after']) if (await has(again, key)) kept.push(key);
await again.close();
process.stdout.write(JSON.stringify({ check, kept }));
