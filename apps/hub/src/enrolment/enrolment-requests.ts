import { Inject, Injectable } from '@nestjs/common';
import { isSigningPublicKey, verify } from '#liaison/crypto';
import { sha256Node } from '#liaison/crypto.node';
import {
  decodeUntrustedInvitation,
  enrolmentSignedBytes,
  equalBytes,
  fromBase64url,
  LiaisonError,
  toBase64url,
  type Clock,
  type EnrolmentRequest,
  type EnrolmentState,
} from '#liaison/protocol';
import { CLOCK } from '../ports.js';
import { RosterService } from '../roster/roster.service.js';
import { EnrolmentStore, type StoredInvitation } from './enrolment-store.js';
import { enrolmentAct, signedInvitation } from './invitation-view.js';

/** New devices that answer an invitation. Whoever shows no token of an open one learns nothing, not even that there is one. */
@Injectable()
export class EnrolmentRequests {
  constructor(
    @Inject(CLOCK) private readonly clock: Clock,
    private readonly rosters: RosterService,
    private readonly store: EnrolmentStore,
  ) {}

  /** The same request again is answered with what has become of it. @throws LiaisonError `not-found` (ENR-06), `bad-signature` (ENR-07). */
  async answer(request: EnrolmentRequest): Promise<EnrolmentState> {
    const stored = await this.opened(request);
    requireProof(request, stored);
    if (stored.publicKey !== null) return stateFor(request, stored);
    const act = enrolmentAct('enrolment.requested', decodeUntrustedInvitation(stored.invitation), 'hub', this.clock);
    const keys = { publicKey: fromBase64url(request.publicKey), proof: fromBase64url(request.proof) };
    await this.store.addRequest(request.invitation, keys, act);
    return stateFor(request, (await this.store.find(request.invitation)) ?? stored);
  }

  private async opened({ invitation, token }: EnrolmentRequest): Promise<StoredInvitation> {
    const stored = await this.store.find(invitation);
    const isShown = stored !== undefined && equalBytes(stored.tokenHash, sha256Node(fromBase64url(token)));
    if (!isShown || !this.rosters.required().isActive(stored.contactPoint)) throw noInvitation();
    if (stored.publicKey === null && this.clock.now() > stored.expiresAt.getTime()) throw noInvitation();
    return stored;
  }
}

function requireProof({ invitation, publicKey, proof }: EnrolmentRequest, stored: StoredInvitation): void {
  const { origin } = decodeUntrustedInvitation(stored.invitation);
  const key = fromBase64url(publicKey);
  const signed = enrolmentSignedBytes({ invitation, origin, publicKey });
  if (isSigningPublicKey(key) && verify('enrolment request', signed, fromBase64url(proof), key)) return;
  throw new LiaisonError('bad-signature', 'The request is not signed by the key that it brings.', { check: 'ENR-07' });
}

/** An invitation is used once: for the key that came first. */
function stateFor(request: EnrolmentRequest, stored: StoredInvitation): EnrolmentState {
  const { publicKey, decidedBy, certificate } = stored;
  if (publicKey === null || toBase64url(publicKey) !== request.publicKey) throw noInvitation();
  if (decidedBy === null) return { ...signedInvitation(stored), state: 'requested' };
  if (certificate === null) return { ...signedInvitation(stored), state: 'refused' };
  return { ...signedInvitation(stored), state: 'approved', certificate: toBase64url(certificate) };
}

function noInvitation(): LiaisonError {
  const message = 'There is no such invitation, or it has run out, or it was used. Ask your administrator for another.';
  return new LiaisonError('not-found', message, { check: 'ENR-06' });
}
