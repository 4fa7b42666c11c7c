import { Controller, Req } from '@nestjs/common';
import type { Request } from 'express';
import { AuthenticatedDevice } from '../access/authenticated-device.js';
import { Caller, Endpoint, type AnswerOf } from '../http/endpoint.js';
import { Authentication } from './authentication.js';
import { SessionService } from './session.service.js';
import { SignIn } from './sign-in.js';

@Controller()
export class SessionController {
  constructor(
    private readonly signIn: SignIn,
    private readonly authentication: Authentication,
    private readonly sessions: SessionService,
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
}
