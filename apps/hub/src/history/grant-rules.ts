import { Inject, Injectable } from '@nestjs/common';
import { verify } from '#liaison/crypto';
import { checkOf, keyOf, mayGiveHistory, reasonsOf, standingsIn, type RecordRef, type Standing } from '#liaison/policy';
import {
  contactPointOf,
  fromBase64url,
  grantSignedBytes,
  LiaisonError,
  type ChannelId,
  type ChannelProfile,
  type Classification,
  type Clock,
  type DeviceAddress,
  type HistoryOrder,
  type RecordHeader,
} from '#liaison/protocol';
import type { AuthenticatedDevice } from '../access/authenticated-device.js';
import { ChannelStates } from '../channels/channel-states.js';
import { DeviceStanding } from '../identity/device-standing.js';
import { Devices } from '../identity/devices.js';
import { RecordFiles } from '../policy/record-files.js';
import { CLOCK } from '../ports.js';
import { absent } from '../records/batch-plan.js';
import { RosterService } from '../roster/roster.service.js';

/** A device's clock may run ahead, not by more. */
const AHEAD_MS = 24 * 60 * 60 * 1000;

/** A record as it is stored, which the granting device may read. */
export interface GrantableRecord {
  readonly seq: number;
  readonly storedAt: number;
  readonly header: RecordHeader;
}

/** To whom, in which channel: looked at once for all records of an order. */
export interface GrantTarget {
  readonly channel: ChannelId;
  readonly profile: ChannelProfile;
  readonly to: DeviceAddress;
  readonly clearance: Classification;
}

/** What stands against giving a record of the past to a device: the clients judge alike, and finally. */
@Injectable()
export class GrantRules {
  constructor(
    @Inject(CLOCK) private readonly clock: Clock,
    private readonly states: ChannelStates,
    private readonly files: RecordFiles,
    private readonly standing: DeviceStanding,
    private readonly devices: Devices,
    private readonly rosters: RosterService,
  ) {}

  /** @throws LiaisonError `not-allowed` (GRT-03): no member of the channel in good standing. */
  async target(channel: ChannelId, to: DeviceAddress): Promise<GrantTarget> {
    const state = await this.states.newest(channel);
    if (state === undefined) throw absent();
    const [known] = state.members.has(to) ? await this.devices.certificates([to]) : [];
    const standing = known && this.standing.check(known.certificate);
    if (standing?.outcome !== 'ok') {
      const message = `${to} is no member of this channel with a valid certificate: an administrator of the channel adds it first.`;
      throw new LiaisonError('not-allowed', message, { check: 'GRT-03' });
    }
    return { channel, profile: state.profile, to, clearance: standing.certificate.clearance };
  }

  /** How the records stand, with what has been said of them. What was made of others is looked up by itself: nobody's parts crowd out another's. */
  async standings(
    caller: AuthenticatedDevice,
    records: readonly GrantableRecord[],
  ): Promise<ReadonlyMap<string, Standing>> {
    const originals = records.filter(({ header }) => header.derivedFrom === undefined).map(refOf);
    const made = records.filter(({ header }) => header.derivedFrom !== undefined).map((record) => [refOf(record)]);
    const found = new Map<string, Standing>();
    for (const refs of [originals, ...made]) {
      if (refs.length === 0) continue;
      const { records: file } = await this.files.load(refs, caller.device);
      const standings = standingsIn((ref) => file.get(keyOf(ref)), this.clock.now());
      for (const ref of refs) {
        const standing = standings(ref);
        if (standing !== undefined) found.set(keyOf(ref), standing);
      }
    }
    return found;
  }

  /** The check that it fails: GRT-01 signature or time, GRT-02 no such record that the caller could read, GRT-04 not what is granted, else of policy. */
  refusal(
    caller: AuthenticatedDevice,
    target: GrantTarget,
    order: HistoryOrder,
    grant: HistoryOrder['grants'][number],
    found: { readonly record: GrantableRecord; readonly standing: Standing } | undefined,
  ): string | undefined {
    const { to, at, purpose } = order;
    const signed = grantSignedBytes(caller.device, { channel: target.channel, record: grant.record, to, at, purpose });
    const isSigned = verify('history-grant', signed, fromBase64url(grant.signature), caller.publicKey);
    if (!isSigned || !(Date.parse(at) <= this.clock.now() + AHEAD_MS)) return 'GRT-01';
    if (found === undefined) return 'GRT-02';
    const { header, storedAt } = found.record;
    if (header.kind === 'grant') return 'GRT-04';
    const decision = mayGiveHistory({
      actor: caller,
      source: found.standing.source,
      classification: found.standing.marking.classification,
      kind: header.kind,
      history: header.history,
      profile: target.profile,
      storedAt,
      recipient: { contactPoint: contactPointOf(to), clearance: target.clearance },
      agreements: this.rosters.current()?.roster.agreements ?? [],
      at: this.clock.now(),
    });
    return decision.allowed ? undefined : checkOf(reasonsOf(decision));
  }
}

function refOf({ header }: GrantableRecord): RecordRef {
  return { channel: header.channel, record: header.id };
}
