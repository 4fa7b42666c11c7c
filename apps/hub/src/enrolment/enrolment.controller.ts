import { Controller } from '@nestjs/common';
import { fromBase64url } from '#liaison/protocol';
import { AuthenticatedDevice } from '../access/authenticated-device.js';
import { Caller, Endpoint, Input, type AnswerOf, type InputOf } from '../http/endpoint.js';
import { EnrolmentDecisions } from './enrolment-decisions.js';
import { EnrolmentRequests } from './enrolment-requests.js';
import { Invitations } from './invitations.js';
import { Renewals } from './renewals.js';

@Controller()
export class EnrolmentController {
  constructor(
    private readonly invitations: Invitations,
    private readonly requests: EnrolmentRequests,
    private readonly decisions: EnrolmentDecisions,
    private readonly renewals: Renewals,
  ) {}

  @Endpoint('createInvitation')
  createInvitation(
    @Caller() caller: AuthenticatedDevice,
    @Input() { body }: InputOf<'createInvitation'>,
  ): Promise<AnswerOf<'createInvitation'>> {
    return this.invitations.create(caller, body);
  }

  @Endpoint('listInvitations')
  async listInvitations(@Caller() caller: AuthenticatedDevice): Promise<AnswerOf<'listInvitations'>> {
    return { invitations: await this.invitations.list(caller) };
  }

  @Endpoint('requestEnrolment')
  requestEnrolment(@Input() { body }: InputOf<'requestEnrolment'>): Promise<AnswerOf<'requestEnrolment'>> {
    return this.requests.answer(body);
  }

  @Endpoint('decideEnrolment')
  decideEnrolment(
    @Caller() caller: AuthenticatedDevice,
    @Input() { params, body }: InputOf<'decideEnrolment'>,
  ): Promise<AnswerOf<'decideEnrolment'>> {
    return this.decisions.decide(caller, params.invitation, body);
  }

  @Endpoint('requestRenewal')
  requestRenewal(
    @Caller() caller: AuthenticatedDevice,
    @Input() { body }: InputOf<'requestRenewal'>,
  ): Promise<AnswerOf<'requestRenewal'>> {
    return this.renewals.request(caller, body);
  }

  @Endpoint('listRenewals')
  async listRenewals(@Caller() caller: AuthenticatedDevice): Promise<AnswerOf<'listRenewals'>> {
    return { renewals: await this.renewals.waiting(caller) };
  }

  @Endpoint('giveRenewal')
  giveRenewal(
    @Caller() caller: AuthenticatedDevice,
    @Input() { body }: InputOf<'giveRenewal'>,
  ): Promise<AnswerOf<'giveRenewal'>> {
    return this.renewals.give(caller, fromBase64url(body.certificate));
  }
}
