/** Stops the PostgreSQL of this run, if any test asked for it. */
export default async function teardown() {
  await globalThis.liaisonTestPostgres?.stop();
}
