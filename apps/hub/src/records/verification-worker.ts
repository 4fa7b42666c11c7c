import { parentPort } from 'node:worker_threads';
import { cryptoReady } from '#liaison/crypto';
import { verifyRecords } from '#liaison/crypto.node';
import { unpackRecords } from './packed-records.js';

/** The program of the verification thread: packed records in, one byte a record out, 1 where the signature holds. */
let last: Promise<void> = Promise.resolve();

await cryptoReady();
parentPort?.on('message', (packed: Uint8Array) => {
  const answers = verifyRecords(unpackRecords(packed));
  // Without native libsodium the answers of two batches may come in any order; they leave in that of the questions.
  last = last.then(async () => {
    const verdicts = Uint8Array.from(await answers, Number);
    parentPort?.postMessage(verdicts, [verdicts.buffer]);
  });
});
