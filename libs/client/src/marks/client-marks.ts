import type { Decision, ExportPurpose, RecordRef } from '#liaison/policy';
import type {
  ChannelId,
  ConsentAct,
  ContactPointId,
  ContentBody,
  DeviceAddress,
  Marking,
  Priority,
  RecordHeader,
  RecordId,
} from '#liaison/protocol';
import type * as z from 'zod';
import type { OutboxItem, RecordDraft } from '../views.js';
import type { ConsentView, RecordMarks } from './record-marks.js';
import type { Released } from './release-evidence.js';

export type Content = z.infer<typeof ContentBody>;

export interface ForwardRequest {
  readonly from: readonly [RecordRef, ...RecordRef[]];
  readonly to: ChannelId;
  /** Default: the source's own content; needed where there are several. */
  readonly body?: Content;
  /** Default: the least mark that its sources allow. */
  readonly marking?: Marking;
  readonly kind?: RecordHeader['kind'];
  readonly priority?: Priority;
  /** Default: the contact points that are members of the channel now. */
  readonly releasableTo?: readonly ContactPointId[];
}

export interface ConsentRequest extends RecordRef {
  readonly act: ConsentAct;
  readonly recipients: readonly ContactPointId[];
  /** Default: the own contact point. */
  readonly to?: readonly ContactPointId[];
  readonly words: string;
  readonly language?: string;
  readonly expiresAt?: string;
}

/** What an originator gives without being asked, or as the answer to a request. */
export interface ConsentGift extends ConsentRequest {
  readonly to: readonly ContactPointId[];
  /** The record that asked. */
  readonly answers?: RecordId;
}

/** A record that waits for a second officer, or has been released by one. */
export interface ProposedRecord extends RecordRef {
  readonly proposedBy: DeviceAddress;
  readonly header: Pick<RecordHeader, 'id' | 'channel' | 'kind' | 'sender' | 'marking' | 'priority'> &
    Pick<Partial<RecordHeader>, 'inReplyTo' | 'releasableTo'>;
  readonly body: Released;
  readonly releasedBy?: DeviceAddress;
}

/** Marks that bite: decisions with their reasons, and the acts that change them. */
export interface ClientMarks {
  /** @throws LiaisonError `not-found`. */
  standing(ref: RecordRef): Promise<RecordMarks>;
  mayForward(request: ForwardRequest): Promise<Decision>;
  mayExport(
    ref: RecordRef,
    purpose: ExportPurpose,
    options?: { readonly recipients?: readonly ContactPointId[]; readonly personalFacts?: boolean },
  ): Promise<Decision>;
  mayUseInProceedings(ref: RecordRef): Promise<Decision>;
  /** @throws LiaisonError `not-allowed` with every reason in words. */
  forward(request: ForwardRequest): Promise<OutboxItem>;
  askConsent(request: ConsentRequest): Promise<OutboxItem>;
  giveConsent(gift: ConsentGift): Promise<OutboxItem>;
  /** As it was asked for, or narrower. @param ask the record that asked. */
  answerConsent(
    ask: RecordRef,
    answer: 'given' | 'refused',
    words: string,
    narrower?: { readonly recipients?: readonly ContactPointId[]; readonly expiresAt?: string },
  ): Promise<OutboxItem>;
  /** @param consent the record that gave it. */
  revokeConsent(consent: RecordRef, words: string): Promise<OutboxItem>;
  consents(channel?: ChannelId): Promise<ConsentView[]>;
  remark(ref: RecordRef, marking: Marking, words: string): Promise<OutboxItem>;
  withdraw(ref: RecordRef, words: string): Promise<OutboxItem>;
  /** Which devices say that they destroyed a withdrawn record. */
  attestations(
    ref: RecordRef,
  ): Promise<{ readonly device: DeviceAddress; readonly state: 'destroyed' | 'not-held'; readonly at: string }[]>;
  /** Four eyes: shows a record to colleagues in the home channel. @throws LiaisonError `not-found` without one. */
  propose(draft: RecordDraft): Promise<OutboxItem>;
  proposed(): Promise<ProposedRecord[]>;
  /** By a second officer. @param proposal the record in the home channel. */
  release(proposal: RecordRef): Promise<OutboxItem>;
  /** By the officer who proposed it, once it was released. */
  sendReleased(proposal: RecordRef): Promise<OutboxItem>;
}
