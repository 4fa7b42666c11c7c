import { Controller } from '@nestjs/common';
import { AuthenticatedDevice } from '../access/authenticated-device.js';
import { Caller, Endpoint, Input, type AnswerOf, type InputOf } from '../http/endpoint.js';
import { AuthorityReleases } from './authority-releases.js';
import { OfficerLocks } from './officer-locks.js';

@Controller()
export class LocksController {
  constructor(
    private readonly locks: OfficerLocks,
    private readonly byAuthority: AuthorityReleases,
  ) {}

  @Endpoint('lockOfficer')
  lockOfficer(
    @Caller() caller: AuthenticatedDevice,
    @Input() { body }: InputOf<'lockOfficer'>,
  ): Promise<AnswerOf<'lockOfficer'>> {
    return this.locks.lock(caller, body);
  }

  @Endpoint('listLocks')
  async listLocks(
    @Caller() caller: AuthenticatedDevice,
    @Input() { query }: InputOf<'listLocks'>,
  ): Promise<AnswerOf<'listLocks'>> {
    return { locks: await this.locks.list(caller, query) };
  }

  @Endpoint('unlockOfficer')
  unlockOfficer(
    @Caller() caller: AuthenticatedDevice,
    @Input() { body }: InputOf<'unlockOfficer'>,
  ): Promise<AnswerOf<'unlockOfficer'>> {
    return this.locks.release(caller, body);
  }

  @Endpoint('unlockByAuthority')
  unlockByAuthority(@Input() { body }: InputOf<'unlockByAuthority'>): Promise<AnswerOf<'unlockByAuthority'>> {
    return this.byAuthority.release(body);
  }
}
