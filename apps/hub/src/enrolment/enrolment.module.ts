import { Module } from '@nestjs/common';
import { IdentityModule } from '../identity/identity.module.js';
import { RosterModule } from '../roster/roster.module.js';
import { EnrolmentController } from './enrolment.controller.js';
import { EnrolmentDecisions } from './enrolment-decisions.js';
import { EnrolmentRequests } from './enrolment-requests.js';
import { EnrolmentStore } from './enrolment-store.js';
import { Invitations } from './invitations.js';
import { RenewalStore } from './renewal-store.js';
import { Renewals } from './renewals.js';

/** How officers' new devices come by certificates: invited, asked for, decided. The hub carries, and certifies nobody. */
@Module({
  imports: [IdentityModule, RosterModule],
  controllers: [EnrolmentController],
  providers: [EnrolmentDecisions, EnrolmentRequests, EnrolmentStore, Invitations, Renewals, RenewalStore],
})
export class EnrolmentModule {}
