import { Module, type DynamicModule } from '@nestjs/common';
import { ChannelsModule } from './channels/channels.module.js';
import { CustodyModule } from './custody/custody.module.js';
import { DatabaseModule } from './database/database.module.js';
import { EnrolmentModule } from './enrolment/enrolment.module.js';
import { HealthModule } from './health/health.module.js';
import { HistoryModule } from './history/history.module.js';
import { HttpModule } from './http/http.module.js';
import { IdentityModule } from './identity/identity.module.js';
import { KeyPackagesModule } from './key-packages/key-packages.module.js';
import { LogAppendModule } from './log/log-append.module.js';
import { LogModule } from './log/log.module.js';
import { ObservabilityModule } from './observability/observability.module.js';
import { RealtimeModule } from './realtime/realtime.module.js';
import { RecordsModule } from './records/records.module.js';
import { RetentionModule } from './retention/retention.module.js';
import { RosterModule } from './roster/roster.module.js';
import { SecondFactorModule } from './second-factor/second-factor.module.js';
import { SurroundingsModule, type Surroundings } from './surroundings.module.js';

/** The hub, a module a noun. */
@Module({})
export class AppModule {
  static of(surroundings: Surroundings, databaseUrl: string): DynamicModule {
    return {
      module: AppModule,
      imports: [
        SurroundingsModule.of(surroundings),
        DatabaseModule.of(databaseUrl, surroundings),
        LogAppendModule,
        HttpModule,
        HealthModule,
        ObservabilityModule,
        RosterModule,
        IdentityModule,
        SecondFactorModule,
        EnrolmentModule,
        KeyPackagesModule,
        ChannelsModule,
        RecordsModule,
        RealtimeModule,
        LogModule,
        RetentionModule,
        CustodyModule,
        HistoryModule,
      ],
    };
  }
}
