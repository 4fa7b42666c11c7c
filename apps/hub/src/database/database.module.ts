import { Global, Module, type DynamicModule } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import type pg from 'pg';
import type { Shutdown } from '../lifecycle/shutdown.js';
import type { HubLog } from '../observability/hub-log.js';
import { dataSourceOptions } from './data-source.js';
import { openPool } from './open-pool.js';
import { PG_POOL } from './tokens.js';

/** Two small pools: TypeORM's repositories, and SQL by hand. PostgreSQL serves best with few connections. */
const REPOSITORY_CONNECTIONS = 4;
const POOL_CONNECTIONS = 8;

/** Connections as the application role. */
@Global()
@Module({})
export class DatabaseModule {
  static of(appUrl: string, surroundings: { log: HubLog; shutdown: Shutdown }): DynamicModule {
    const pool = makePool(appUrl, surroundings);
    return {
      module: DatabaseModule,
      imports: [TypeOrmModule.forRoot({ ...dataSourceOptions(appUrl, REPOSITORY_CONNECTIONS), retryAttempts: 0 })],
      providers: [{ provide: PG_POOL, useValue: pool }],
      exports: [PG_POOL],
    };
  }
}

function makePool(appUrl: string, { log, shutdown }: { log: HubLog; shutdown: Shutdown }): pg.Pool {
  const pool = openPool({ connectionString: appUrl, max: POOL_CONNECTIONS }, (error) => {
    log.warn('An idle database connection broke.', { fault: error.name });
  });
  shutdown.at('close-pools', () => pool.end());
  return pool;
}
