export {
  startEmbeddedPostgres,
  type EmbeddedPostgres,
  type EmbeddedPostgresOptions,
} from './embedded-postgres.node.js';
export { urlOfRunningPostgres } from './running.node.js';
export { SMALL_SETTINGS } from './settings.node.js';
export type { PostmasterExit } from './postmaster.node.js';
