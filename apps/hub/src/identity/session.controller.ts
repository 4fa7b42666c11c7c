import { Controller, Req } from '@nestjs/common';
import type { Request } from 'express';
import { AuthenticatedDevice } from '../access/authenticated-device.js';
import { Caller, Endpoint, Input, type AnswerOf, type InputOf } from '../http/endpoint.js';
import { Authentication } from './authentication.js';
import { SessionEnding } from './session-ending.js';
import { SessionList } from './session-list.js';
import { SessionService } from './session.service.js';
import { SignIn } from './sign-in.js';

@Controller()
export class SessionController {
  constructor(
    private readonly signIn: SignIn,
    private readonly authentication: Authentication,
    private readonly sessions: SessionService,
    private readonly list: SessionList,
    private readonly ending: SessionEnding,
  ) {}

  @Endpoint('createChallenge')
  createChallenge(): AnswerOf<'createChallenge'> {
    return this.signIn.challenge();
  }

  @Endpoint('createSession')
  async createSession(@Req() request: Request): Promise<AnswerOf<'createSession'>> {
    return this.sessions.open(await this.authentication.deviceSignature(request));
  }

  @Endpoint('endSession')
  async endSession(@Caller() caller: AuthenticatedDevice): Promise<void> {
    await this.sessions.end(caller);
  }

  @Endpoint('listSessions')
  async listSessions(
    @Caller() caller: AuthenticatedDevice,
    @Input() { query }: InputOf<'listSessions'>,
  ): Promise<AnswerOf<'listSessions'>> {
    return { sessions: await this.list.of(caller, query.scope) };
  }

  @Endpoint('endSessions')
  async endSessions(
    @Caller() caller: AuthenticatedDevice,
    @Input() { body }: InputOf<'endSessions'>,
  ): Promise<AnswerOf<'endSessions'>> {
    return { ended: await this.ending.some(caller, body.sessions) };
  }
}
