import { Global, Module, type DynamicModule } from '@nestjs/common';
import { CONFIGURATION, type Configuration } from './config/configuration.js';
import { RateLimiter } from './http/rate-limiter.js';
import { HubKeys } from './hub-keys/hub-keys.js';
import { Shutdown } from './lifecycle/shutdown.js';
import { HubLog } from './observability/hub-log.js';
import { Metrics } from './observability/metrics.js';
import { CLOCK, RANDOM, type Ports } from './ports.js';

export interface Surroundings extends Ports {
  readonly configuration: Configuration;
  readonly log: HubLog;
  readonly shutdown: Shutdown;
  readonly keys: HubKeys;
  readonly metrics: Metrics;
}

/** What every module may ask for: made before Nest starts, so that it can be passed in. */
@Global()
@Module({})
export class SurroundingsModule {
  static of(surroundings: Surroundings): DynamicModule {
    const { clock, random, configuration, log, shutdown, keys, metrics } = surroundings;
    const providers = [
      { provide: CLOCK, useValue: clock },
      { provide: RANDOM, useValue: random },
      { provide: CONFIGURATION, useValue: configuration },
      { provide: HubLog, useValue: log },
      { provide: Shutdown, useValue: shutdown },
      { provide: HubKeys, useValue: keys },
      { provide: Metrics, useValue: metrics },
      { provide: RateLimiter, useValue: new RateLimiter(clock) },
    ];
    return { module: SurroundingsModule, providers, exports: providers.map(({ provide }) => provide) };
  }
}
