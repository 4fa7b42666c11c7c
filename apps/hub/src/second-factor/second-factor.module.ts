import { Module } from '@nestjs/common';
import { IdentityModule } from '../identity/identity.module.js';
import { Credentials } from './credentials.js';
import { SecondFactorPageController } from './page.controller.js';
import { ProofFailures } from './proof-failures.js';
import { ProofTickets } from './proof-tickets.js';
import { Proofs } from './proofs.js';
import { Proving } from './proving.js';
import { Registrations } from './registrations.js';
import { SecondFactorController } from './second-factor.controller.js';
import { SignOn } from './sign-on.js';
import { Webauthn } from './webauthn.js';

/** The second proof of a session: in a browser, where a security key can be asked. */
@Module({
  imports: [IdentityModule],
  controllers: [SecondFactorController, SecondFactorPageController],
  providers: [Credentials, ProofFailures, ProofTickets, Proofs, Proving, Registrations, SignOn, Webauthn],
})
export class SecondFactorModule {}
