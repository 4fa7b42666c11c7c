import { Inject, Injectable } from '@nestjs/common';
import { verifyWhole } from '#liaison/crypto';
import {
  checkOf,
  explainReasons,
  isConcerned,
  judgedBy,
  judgeRecord,
  keyOf,
  reasonsOf,
  type Decision,
  type RecordRef,
  type ReleaseEvidence,
} from '#liaison/policy';
import { fromBase64url, LiaisonError, releaseStatement, type Clock, type RecordHeader } from '#liaison/protocol';
import type { AuthenticatedDevice } from '../access/authenticated-device.js';
import { contactPointsIn, type ChannelState } from '../channels/channel-state.js';
import { ChannelStates } from '../channels/channel-states.js';
import { DeviceStanding } from '../identity/device-standing.js';
import { CLOCK } from '../ports.js';
import { RosterService } from '../roster/roster.service.js';
import { RecordFiles, type LoadedFile } from './record-files.js';

const NO_FILE: LoadedFile = { records: new Map(), entitled: new Set() };
/** Requests for consent by one contact point on one record. */
const MOST_ASKED = 64;
const SPOKEN_OF: readonly string[] = ['consent', 'marking', 'withdrawal'];

interface Submitted {
  readonly header: RecordHeader;
  readonly state: ChannelState;
  readonly caller: AuthenticatedDevice;
}

/** Marks, consents and four eyes at the hub: POL-01 to POL-13, POL-15, POL-20. The clients judge alike, and finally. */
@Injectable()
export class MarkRules {
  constructor(
    @Inject(CLOCK) private readonly clock: Clock,
    private readonly states: ChannelStates,
    private readonly files: RecordFiles,
    private readonly standing: DeviceStanding,
    private readonly rosters: RosterService,
  ) {}

  /**
   * A record whose signature was verified, before it gets its place. Most have nothing that any of these rules looks at.
   * @returns undefined where it is answered at once, else when it is answered.
   * @throws LiaisonError `not-found` (POL-02), `not-allowed`.
   */
  require(header: RecordHeader, caller: AuthenticatedDevice): Promise<void> | undefined {
    const state = this.states.remembered(header.channel, header.epoch);
    if (state === undefined) return this.requireOfUnknown(header, caller);
    if (!isConcerned(header, state.profile)) return undefined;
    const refs = judgedBy(header);
    if (refs.length > 0) return this.requireByFile(refs, { header, state, caller });
    refuse(this.judge({ header, state, caller }, NO_FILE));
    return undefined;
  }

  private async requireOfUnknown(header: RecordHeader, caller: AuthenticatedDevice): Promise<void> {
    const state = await this.states.newest(header.channel);
    // Another node moved it on: the sequencer says so.
    if (state !== undefined) await this.requireByFile(judgedBy(header), { header, state, caller });
  }

  private async requireByFile(refs: readonly RecordRef[], submitted: Submitted): Promise<void> {
    const { header, caller } = submitted;
    const { inReplyTo, channel, kind, consent } = header;
    refuse(this.judge(submitted, await this.files.load(refs, caller.device, consent?.answers)));
    if (inReplyTo !== undefined && SPOKEN_OF.includes(kind)) {
      if (consent?.state === 'asked') await this.requireFewAsked({ channel, record: inReplyTo }, submitted);
      await this.files.noteAbout({ channel, record: inReplyTo }, header);
    }
  }

  /** What originators say is never counted: nobody's questions keep them from answering. */
  private async requireFewAsked(ref: RecordRef, { header, caller }: Submitted): Promise<void> {
    if ((await this.files.askedBy(caller.contactPoint, ref, header.id)) < MOST_ASKED) return;
    const message = `Your contact point has asked for consent on this record ${MOST_ASKED} times. Wait for the originator's answer.`;
    throw new LiaisonError('not-allowed', message, { check: 'POL-20' });
  }

  private judge({ header, state, caller: actor }: Submitted, { records, entitled }: LoadedFile): Decision {
    const at = this.clock.now();
    const { profile } = state;
    const release = this.evidence(header, at);
    return judgeRecord({
      header,
      profile,
      actor,
      members: contactPointsIn(state),
      file: (ref) => records.get(keyOf(ref)),
      isEntitled: (ref) => entitled.has(keyOf(ref)),
      unknown: 'refuse',
      ...(release && { release }),
      agreements: this.rosters.current()?.roster.agreements ?? [],
      at,
    });
  }

  private evidence(header: RecordHeader, at: number): ReleaseEvidence | undefined {
    const { release } = header;
    if (release === undefined) return undefined;
    const standing = this.standing.check(fromBase64url(release.certificate), at);
    if (standing.outcome !== 'ok' || standing.certificate.device !== release.by) return { signatureVerifies: false };
    const { publicKey, duties, clearance } = standing.certificate;
    const signatureVerifies = verifyWhole(
      releaseStatement(header, release),
      fromBase64url(release.signature),
      publicKey,
    );
    return { signatureVerifies, officer: { duties, clearance } };
  }
}

/** A source that is absent and one that is not for the caller answer alike. */
function refuse(decision: Decision): void {
  if (decision.allowed) return;
  const reasons = reasonsOf(decision);
  const check = checkOf(reasons);
  throw new LiaisonError(check === 'POL-02' ? 'not-found' : 'not-allowed', explainReasons(reasons), { check });
}
