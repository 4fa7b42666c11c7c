import { rmSync } from 'node:fs';

/** Stops the PostgreSQL of this run, if any test asked for it, and removes what the run left. */
export default async function teardown() {
  const { folder, stop } = globalThis.liaisonTestRun ?? {};
  await stop?.();
  if (folder !== undefined) rmSync(folder, { recursive: true, force: true });
}
