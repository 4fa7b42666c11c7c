import {
  type ChannelProfile,
  contactPointOf,
  type DeviceAddress,
  equalBytes,
  hasRole,
  isAtLeastAsStrictFourEyes,
  isHomeOfOne,
  isWithin,
} from '#liaison/protocol';
import { type DeviceCertificate, parseDeviceCertificate } from '#liaison/crypto';
import type { CommitChange, CommitPolicy, CredentialPolicy, Verdict } from '#liaison/mls-session';
import { breach, type ClientCheck, CLIENT_CHECKS } from './breach.js';
import type { Trust } from './trust.js';

const OK: Verdict = { ok: true };

/** A policy for one call: it remembers which check refused, since MLS passes on no more than the words. */
export class GroupPolicy implements CommitPolicy {
  refusedBy: ClientCheck | undefined;

  constructor(
    private readonly trust: Trust,
    private readonly at: number,
  ) {}

  readonly deviceOf = deviceOf;

  validateCredential: CredentialPolicy['validateCredential'] = (certificate, signatureKey, standing) => {
    const { certificate: believed, fault } = this.trust.standing(certificate, this.at);
    if (believed === undefined) return this.#refuse(fault?.check ?? 'CLI-30', fault?.message);
    const tolerated = standing === 'existing' && (fault?.kind === 'expired' || fault?.kind === 'inactive');
    if (fault !== undefined && !tolerated) return this.#refuse(fault.check, fault.message);
    if (standing === 'new' && this.trust.isExpired(this.at)) return this.#refuse('CLI-01', 'It has expired.');
    return equalBytes(believed.publicKey, signatureKey)
      ? OK
      : this.#refuse('CLI-30', 'The key is not the certified one.');
  };

  authorize: CommitPolicy['authorize'] = (change) => {
    const refusal = refusalOf(change, this.trust, this.at);
    return refusal === undefined ? OK : this.#refuse(refusal.check, refusal.detail);
  };

  #refuse(check: ClientCheck, detail = ''): Verdict {
    this.refusedBy = check;
    return { ok: false, reason: `${CLIENT_CHECKS[check]} ${detail}`.trim() };
  }
}

/** The address that a certificate states, believed or not. @throws LiaisonError `malformed`. */
export function deviceOf(certificate: Uint8Array): DeviceAddress {
  return read(certificate).device;
}

/** Group states share the byte arrays of their leaves from epoch to epoch, so that each certificate is read once. */
const known = new WeakMap<Uint8Array, DeviceCertificate>();

function read(certificate: Uint8Array): DeviceCertificate {
  const parsed = known.get(certificate) ?? parseDeviceCertificate(certificate);
  known.set(certificate, parsed);
  return parsed;
}

interface Refusal {
  readonly check: ClientCheck;
  readonly detail?: string;
}

/** Whether this committer may do this. Signatures, chains and validity were checked before. */
function refusalOf(change: CommitChange, trust: Trust, at: number): Refusal | undefined {
  const { before, after } = change.profile;
  const committer = contactPointOf(deviceOf(change.committer.certificate));
  const administers = hasRole(before, committer, 'administer');
  switch (change.purpose) {
    case 'update':
      return change.renewed === undefined ? undefined : fitnessFault(change.renewed, after, trust, at);
    case 'rejoin':
      return rejoinFault(change) ?? fitnessFault(change.renewed ?? change.committer.certificate, after, trust, at);
    case 'add':
      if (!administers) return { check: 'CLI-34' };
      return firstFault(change.adds, ({ certificate }) => fitnessFault(certificate, after, trust, at));
    case 'remove':
      return administers || change.removes.every(({ proposedBy }) => proposedBy === 'hub')
        ? undefined
        : { check: 'CLI-34' };
    case 'profile':
      return administers ? profileFault(before, after) : { check: 'CLI-34' };
  }
}

function rejoinFault(change: CommitChange): Refusal | undefined {
  const device = deviceOf(change.renewed ?? change.committer.certificate);
  const own =
    change.removes.length === 1 && change.removes.every(({ certificate }) => deviceOf(certificate) === device);
  return own ? undefined : { check: 'CLI-36' };
}

/** Whether a device fits a channel's rules: clearance and releasability. */
function fitnessFault(der: Uint8Array, profile: ChannelProfile, trust: Trust, at: number): Refusal | undefined {
  const { certificate, fault } = trust.standing(der, at);
  if (certificate === undefined) return { check: fault?.check ?? 'CLI-30' };
  if (!isHomeOfOne(profile)) return { check: 'CLI-33', detail: 'A home channel is one contact point’s alone.' };
  if (!isWithin(profile.ceiling, certificate.clearance))
    return { check: 'CLI-32', detail: `Device: ${certificate.device}.` };
  const released = profile.releasableTo.includes(contactPointOf(certificate.device));
  return released ? undefined : { check: 'CLI-33', detail: `Device: ${certificate.device}.` };
}

/** Whether a channel's rules may become others: never wider in what it may carry, nor of another kind. */
export function profileFault(before: ChannelProfile, after: ChannelProfile): Refusal | undefined {
  const fixed = ['kind', 'exercise', 'custody', 'postQuantum'] as const;
  if (fixed.some((name) => after[name] !== before[name])) {
    return { check: 'CLI-37', detail: 'Kind, exercise flag, custody and suite of a channel stay as they are.' };
  }
  if (!isWithin(after.ceiling, before.ceiling))
    return { check: 'CLI-37', detail: 'A ceiling is never raised: its members may not be cleared for it.' };
  if (!before.releasableTo.every((point) => after.releasableTo.includes(point))) {
    return {
      check: 'CLI-37',
      detail: 'A contact point leaves the releasability after its devices have been removed, in a channel of its own.',
    };
  }
  if (!isAtLeastAsStrictFourEyes(before.fourEyes, after.fourEyes))
    return { check: 'CLI-37', detail: 'What two officers release is never left to one.' };
  if (!isHomeOfOne(after)) return { check: 'CLI-37', detail: 'A home channel is one contact point’s alone.' };
  return rolesFault(after);
}

function rolesFault(profile: ChannelProfile): Refusal | undefined {
  const administered = profile.releasableTo.some((point) => hasRole(profile, point, 'administer'));
  return administered ? undefined : { check: 'CLI-37', detail: 'Somebody has to administer the channel.' };
}

function firstFault<T>(items: readonly T[], faultOf: (item: T) => Refusal | undefined): Refusal | undefined {
  for (const item of items) {
    const fault = faultOf(item);
    if (fault !== undefined) return fault;
  }
  return undefined;
}

/** @throws LiaisonError `integrity`: for what {@link fitnessFault} finds. */
export function requireFit(der: Uint8Array, profile: ChannelProfile, trust: Trust, at: number): void {
  const fault = fitnessFault(der, profile, trust, at);
  if (fault !== undefined) throw breach(fault.check, fault.detail);
}

/** The Ed25519 key that a certificate states, believed or not. @throws LiaisonError `malformed`. */
export function publicKeyOf(certificate: Uint8Array): Uint8Array {
  return read(certificate).publicKey;
}
