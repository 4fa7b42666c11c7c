import { channelsRoutes } from './routes/channels.js';
import { communityRoutes } from './routes/community.js';
import { custodyRoutes } from './routes/custody.js';
import { enrolmentRoutes } from './routes/enrolment.js';
import { historyRoutes } from './routes/history.js';
import { hubRoutes } from './routes/hub.js';
import { keyPackagesRoutes } from './routes/key-packages.js';
import { logRoutes } from './routes/log.js';
import { recordsRoutes } from './routes/records.js';
import { retentionRoutes } from './routes/retention.js';
import { secondFactorRoutes } from './routes/second-factor.js';
import { sessionRoutes } from './routes/session.js';
import type { RouteContract } from './routes/contract.js';

export { type AuthMode, RATE_CLASSES, type RateClass, type RouteContract } from './routes/contract.js';

/** The whole REST contract. The hub binds a handler to each; a test fails on a handler without a row and on a row without an auth mode. */
export const ROUTES = {
  ...hubRoutes,
  ...communityRoutes,
  ...sessionRoutes,
  ...secondFactorRoutes,
  ...enrolmentRoutes,
  ...keyPackagesRoutes,
  ...channelsRoutes,
  ...recordsRoutes,
  ...retentionRoutes,
  ...historyRoutes,
  ...custodyRoutes,
  ...logRoutes,
} as const satisfies Record<string, RouteContract>;

export type RouteName = keyof typeof ROUTES;
