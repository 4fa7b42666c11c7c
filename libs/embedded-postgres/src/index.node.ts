export {
  startEmbeddedPostgres,
  type EmbeddedPostgres,
  type EmbeddedPostgresOptions,
} from './embedded-postgres.node.js';
export { SMALL_SETTINGS, type Settings } from './settings.node.js';
export type { PostmasterExit } from './postmaster.node.js';
