import { Controller, Inject, Res } from '@nestjs/common';
import { HealthCheckService, TypeOrmHealthIndicator } from '@nestjs/terminus';
import type { Response } from 'express';
import type { Pool } from 'pg';
import { PG_POOL } from '../database/tokens.js';
import { requireCurrentSchema } from '../database/schema-check.js';
import { Endpoint, type AnswerOf } from '../http/endpoint.js';
import { Shutdown } from '../lifecycle/shutdown.js';

const PATIENCE_MS = 1000;

@Controller()
export class HealthController {
  constructor(
    private readonly checks: HealthCheckService,
    private readonly database: TypeOrmHealthIndicator,
    private readonly shutdown: Shutdown,
    @Inject(PG_POOL) private readonly pool: Pool,
  ) {}

  @Endpoint('health')
  health(): AnswerOf<'health'> {
    return { status: this.shutdown.hasBegun ? 'stopping' : 'ok' };
  }

  /** Answers 503 where a load balancer should send nobody here. */
  @Endpoint('ready')
  async ready(@Res({ passthrough: true }) response: Response): Promise<AnswerOf<'ready'>> {
    if (!this.shutdown.hasBegun && (await this.isServing())) return { status: 'ok' };
    response.status(503);
    return { status: this.shutdown.hasBegun ? 'stopping' : 'unavailable' };
  }

  private async isServing(): Promise<boolean> {
    try {
      await this.checks.check([
        () => this.database.pingCheck('database', { timeout: PATIENCE_MS }),
        async () => {
          await requireCurrentSchema(this.pool);
          return { schema: { status: 'up' } };
        },
      ]);
      return true;
    } catch {
      return false;
    }
  }
}
