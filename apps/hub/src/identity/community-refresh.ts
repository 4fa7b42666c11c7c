import { Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import { Shutdown } from '../lifecycle/shutdown.js';
import { HubLog } from '../observability/hub-log.js';
import { RosterService } from '../roster/roster.service.js';
import { RevocationLists } from './revocation-lists.js';
import { SessionEnding } from './session-ending.js';
import { SignInPolicies } from './sign-in-policies.js';

const EVERY_MS = 1_000;
const LACKS_KEY =
  'The roster names an external sender key that this hub does not have: nobody is removed from new channels. Put the key back; where it is lost: "hub-keys rotate-external-sender", restart, and the co-chairs name the new one.';

/** Loads roster and revocation lists at the start, and then what other hub processes have accepted and ended: four small queries. */
@Injectable()
export class CommunityRefresh implements OnApplicationBootstrap {
  private timer: NodeJS.Timeout | undefined;
  private running: Promise<void> = Promise.resolve();

  constructor(
    private readonly rosters: RosterService,
    private readonly revocationLists: RevocationLists,
    private readonly policies: SignInPolicies,
    private readonly ending: SessionEnding,
    private readonly log: HubLog,
    private readonly shutdown: Shutdown,
  ) {
    shutdown.at('close-sockets', async () => {
      clearTimeout(this.timer);
      await this.running;
      clearTimeout(this.timer);
    });
  }

  async onApplicationBootstrap(): Promise<void> {
    const warning = this.rosters.changes.subscribe(() => {
      if (!this.rosters.hasExternalSender()) this.log.warn(LACKS_KEY);
    });
    this.shutdown.at('close-sockets', () => {
      warning.unsubscribe();
    });
    await this.refresh();
    this.policies.requireUnderstood();
    await this.ending.follow();
    this.scheduleNext();
  }

  private scheduleNext(): void {
    this.timer = setTimeout(() => {
      this.running = this.refreshQuietly().then(() => {
        this.scheduleNext();
      });
    }, EVERY_MS);
    this.timer.unref();
  }

  private async refresh(): Promise<void> {
    // In this order: a revocation list is verified by the CA that the roster names.
    await this.rosters.refresh();
    await this.revocationLists.refresh();
    await this.policies.refresh();
  }

  private async refreshQuietly(): Promise<void> {
    try {
      await this.refresh();
    } catch (error) {
      this.log.error('Roster, revocation lists and sign-in policies could not be refreshed.', error);
    }
    try {
      await this.ending.follow();
    } catch (error) {
      this.log.error('What other hub processes have ended could not be read.', error);
    }
  }
}
