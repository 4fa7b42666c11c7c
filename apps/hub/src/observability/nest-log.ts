import type { LoggerService } from '@nestjs/common';
import type { HubLog } from './hub-log.js';

/** Nest's own messages. Only text passes: its optional parameters may hold anything. */
export class NestLog implements LoggerService {
  constructor(private readonly hubLog: HubLog) {}

  log(message: unknown): void {
    if (typeof message === 'string') this.hubLog.debug(message);
  }

  warn(message: unknown): void {
    if (typeof message === 'string') this.hubLog.warn(message);
  }

  error(message: unknown): void {
    this.hubLog.error(typeof message === 'string' ? message : 'The framework met a fault.', message);
  }
}
