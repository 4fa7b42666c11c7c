import { Controller, Inject } from '@nestjs/common';
import { LiaisonError, toBase64url } from '#liaison/protocol';
import { CONFIGURATION, type Configuration } from '../config/configuration.js';
import { Endpoint, Input, type AnswerOf, type InputOf } from '../http/endpoint.js';
import { HubKeys } from '../hub-keys/hub-keys.js';
import { RosterService } from './roster.service.js';

@Controller()
export class RosterController {
  constructor(
    @Inject(CONFIGURATION) private readonly configuration: Configuration,
    private readonly keys: HubKeys,
    private readonly rosters: RosterService,
  ) {}

  @Endpoint('getHub')
  async getHub(): Promise<AnswerOf<'getHub'>> {
    await this.rosters.refresh();
    const { externalSenderKey, logKey } = this.keys.namedBy(this.rosters.current()?.roster.hub);
    return {
      origin: this.configuration.origin,
      externalSenderKey: toBase64url(externalSenderKey.publicKey),
      logKey: toBase64url(logKey.publicKey),
    };
  }

  @Endpoint('getRoster')
  async getRoster(@Input() { query }: InputOf<'getRoster'>): Promise<AnswerOf<'getRoster'>> {
    if (query.version !== undefined) return this.rosters.version(query.version);
    // Whoever asks may have met what another process took by a version that this one does not know yet.
    await this.rosters.refresh();
    const current = this.rosters.current();
    if (current !== undefined) return current.signed;
    throw new LiaisonError('not-found', 'This hub has no community yet. Publish its founding roster first.');
  }

  @Endpoint('putRoster')
  putRoster(@Input() { body }: InputOf<'putRoster'>): Promise<AnswerOf<'putRoster'>> {
    return this.rosters.publish(body);
  }
}
