import { Controller } from '@nestjs/common';
import { AuthenticatedDevice } from '../access/authenticated-device.js';
import { Caller, Endpoint, Input, type AnswerOf, type InputOf } from '../http/endpoint.js';
import { SignInPolicies } from '../identity/sign-in-policies.js';
import { Credentials } from './credentials.js';
import { Proving } from './proving.js';
import { Registrations } from './registrations.js';

@Controller()
export class SecondFactorController {
  constructor(
    private readonly policies: SignInPolicies,
    private readonly proving: Proving,
    private readonly credentials: Credentials,
    private readonly registrations: Registrations,
  ) {}

  @Endpoint('putSignInPolicy')
  async putSignInPolicy(@Input() { params, body }: InputOf<'putSignInPolicy'>): Promise<AnswerOf<'putSignInPolicy'>> {
    await this.policies.publish(params.contactPoint, body);
    return body;
  }

  @Endpoint('getSecondFactor')
  getSecondFactor(@Caller() caller: AuthenticatedDevice): Promise<AnswerOf<'getSecondFactor'>> {
    return this.proving.status(caller);
  }

  @Endpoint('createProofTicket')
  createProofTicket(
    @Caller() caller: AuthenticatedDevice,
    @Input() { body }: InputOf<'createProofTicket'>,
  ): Promise<AnswerOf<'createProofTicket'>> {
    return this.proving.ticket(caller, body.purpose);
  }

  @Endpoint('openTicket')
  openTicket(@Input() { body }: InputOf<'openTicket'>): Promise<AnswerOf<'openTicket'>> {
    return this.proving.open(body.ticket);
  }

  @Endpoint('proveByWebauthn')
  proveByWebauthn(@Input() { body }: InputOf<'proveByWebauthn'>): Promise<AnswerOf<'proveByWebauthn'>> {
    return this.proving.byWebauthn(body);
  }

  @Endpoint('beginSignOn')
  beginSignOn(@Input() { body }: InputOf<'beginSignOn'>): Promise<AnswerOf<'beginSignOn'>> {
    return this.proving.toSignOn(body.flow);
  }

  @Endpoint('proveBySignOn')
  proveBySignOn(@Input() { body }: InputOf<'proveBySignOn'>): Promise<AnswerOf<'proveBySignOn'>> {
    return this.proving.bySignOn(body);
  }

  @Endpoint('removeCredential')
  async removeCredential(
    @Caller() caller: AuthenticatedDevice,
    @Input() { body }: InputOf<'removeCredential'>,
  ): Promise<AnswerOf<'removeCredential'>> {
    await this.credentials.remove(caller, body.credential);
    return {};
  }

  @Endpoint('allowRegistration')
  allowRegistration(
    @Caller() caller: AuthenticatedDevice,
    @Input() { body }: InputOf<'allowRegistration'>,
  ): Promise<AnswerOf<'allowRegistration'>> {
    return this.registrations.allow(caller, body);
  }
}
