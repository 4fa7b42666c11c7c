import { Module, type OnModuleInit } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import type { Clock } from '#liaison/protocol';
import { CLOCK } from '../ports.js';
import { RosterModule } from '../roster/roster.module.js';
import { RosterService } from '../roster/roster.service.js';
import { AuthorityReleases } from './authority-releases.js';
import { Authentication } from './authentication.js';
import { CommunityRefresh } from './community-refresh.js';
import { Challenges } from './challenges.js';
import { DeviceStanding } from './device-standing.js';
import { DeviceRow } from './device.entity.js';
import { Devices } from './devices.js';
import { DirectoryController } from './directory.controller.js';
import { FreshProofs } from './fresh-proofs.js';
import { LiveSessions } from './live-sessions.js';
import { LockStore } from './lock-store.js';
import { LocksController } from './locks.controller.js';
import { OfficerLocks } from './officer-locks.js';
import { OpenLocks } from './open-locks.js';
import { RevocationListRow } from './revocation-list.entity.js';
import { RevocationLists } from './revocation-lists.js';
import { SessionController } from './session.controller.js';
import { SessionEnding } from './session-ending.js';
import { SessionEnds } from './session-ends.js';
import { SessionList } from './session-list.js';
import { SessionService } from './session.service.js';
import { SessionTokens } from './session-tokens.js';
import { SignIn } from './sign-in.js';
import { SignInPolicies } from './sign-in-policies.js';
import { SignInRefusals } from './sign-in-refusals.js';
import { StoredSessions } from './stored-sessions.js';

/** Who calls: device certificates, revocation, sign-in, sessions. */
@Module({
  imports: [RosterModule, TypeOrmModule.forFeature([DeviceRow, RevocationListRow])],
  controllers: [SessionController, LocksController, DirectoryController],
  providers: [
    Authentication,
    AuthorityReleases,
    Challenges,
    CommunityRefresh,
    DeviceStanding,
    Devices,
    FreshProofs,
    {
      provide: LiveSessions,
      inject: [CLOCK, SessionEnds],
      useFactory: (clock: Clock, ends: SessionEnds) => new LiveSessions(clock, ends),
    },
    LockStore,
    OfficerLocks,
    OpenLocks,
    RevocationLists,
    SessionEnding,
    SessionEnds,
    SessionList,
    SessionService,
    SessionTokens,
    SignIn,
    SignInPolicies,
    SignInRefusals,
    StoredSessions,
  ],
  exports: [
    Authentication,
    DeviceStanding,
    Devices,
    FreshProofs,
    OpenLocks,
    RevocationLists,
    SessionEnding,
    SessionEnds,
    SessionService,
    SignInPolicies,
    StoredSessions,
  ],
})
export class IdentityModule implements OnModuleInit {
  constructor(
    private readonly rosters: RosterService,
    private readonly revocationLists: RevocationLists,
    private readonly sessions: SessionService,
    private readonly policies: SignInPolicies,
  ) {}

  /** Subscribed here, after DeviceStanding: it must have dropped what it knew before sessions are judged again. */
  onModuleInit(): void {
    this.rosters.changes.subscribe(() => {
      this.sessions.endForfeited();
    });
    this.revocationLists.changes.subscribe(() => {
      this.sessions.endForfeited();
    });
    this.policies.changes.subscribe((contactPoint) => {
      this.sessions.reconsiderAll(contactPoint);
    });
  }
}
