import { Identity1763000000000 } from './1763000000000-identity.js';

/** In the order in which they run. */
export const MIGRATIONS = [Identity1763000000000];
