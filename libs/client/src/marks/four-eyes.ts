import { signWhole } from '#liaison/crypto';
import { mayRelease, type RecordRef } from '#liaison/policy';
import {
  isHomeOfOne,
  LiaisonError,
  newId,
  RecordId,
  releaseStatement,
  timestampOf,
  toBase64url,
  type ChannelId,
  type DraftBody,
  type Release,
} from '#liaison/protocol';
import type * as z from 'zod';
import { audienceOf } from '../audience.js';
import { KEYS } from '../keys.js';
import type { OpenedRecord } from '../record-pipeline.js';
import type { StoredRecord } from '../stored-record.js';
import { jsonOf, type Transaction } from '../transaction.js';
import type { OutboxItem, RecordDraft } from '../views.js';
import type { ProposedRecord } from './client-marks.js';
import { refusalOf } from './mark-judge.js';
import type { MarkParts } from './mark-parts.js';
import { releasedContent } from './release-evidence.js';
import { storedRecord } from './stored-file.js';

type Proposal = z.infer<typeof DraftBody>;
type SignedRelease = z.infer<typeof Release>;

const SALT_BYTES = 32;

/** Two officers of one contact point: one writes, another releases, in their home channel (docs/spec/release.md). */
export class FourEyes {
  constructor(private readonly parts: MarkParts) {}

  /** @throws LiaisonError `not-found` without a home channel, `usage` for what nobody wrote. */
  async propose(draft: RecordDraft): Promise<OutboxItem> {
    const { device } = this.parts;
    if (draft.body.type !== 'content' && draft.body.type !== 'translation')
      throw new LiaisonError('usage', 'Only content and translations are released by a second officer.');
    const home = await this.#home();
    const body = { ...draft.body, releaseSalt: toBase64url(device.random.bytes(SALT_BYTES)) };
    const { channel, kind, marking, inReplyTo, clock, derivedFrom, consent, priority = 'routine' } = draft;
    const releasableTo = await this.#audience(draft);
    const header: Proposal['header'] = {
      id: RecordId.parse(newId(device.clock, device.random)),
      channel,
      kind,
      sender: device.address,
      marking,
      priority,
      ...(releasableTo && { releasableTo: [...releasableTo] }),
      ...(inReplyTo && { inReplyTo }),
      ...(clock && { clock }),
      ...(derivedFrom && { derivedFrom: [...derivedFrom] }),
      ...(consent && { consent }),
    };
    return this.parts.send({
      channel: home,
      kind: 'message',
      marking,
      priority,
      body: { v: 1, type: 'draft', header, body },
      ...(derivedFrom && { derivedFrom }),
    });
  }

  async proposed(): Promise<ProposedRecord[]> {
    return this.parts.device.transact(async (transaction) => {
      const homes = await this.#homes(transaction);
      const lists = await Promise.all(homes.map((home) => recordsOf(transaction, home)));
      return lists.flatMap((records) => records.flatMap((record) => proposalView(record, records)));
    });
  }

  /** @throws LiaisonError `not-found`, `not-allowed` (POL-13). */
  async release({ channel, record }: RecordRef): Promise<OutboxItem> {
    const { device, trust } = this.parts;
    const { header, body } = await this.#proposal({ channel, record });
    const standing = await device.transact(async (transaction) =>
      (await trust.current(transaction)).standing(device.certificate, device.clock.now()),
    );
    const { duties = [], clearance = 'UNCLASSIFIED' } = standing.certificate ?? {};
    const { sender, marking } = header;
    const decision = mayRelease({ sender, by: device.address, duties, clearance, marking });
    if (!decision.allowed) throw refusalOf(decision.reasons, 'not-allowed');
    const content = releasedContent(body);
    if (content === undefined) throw new LiaisonError('malformed', 'The proposal lacks its release salt.');
    const signed = { by: device.address, at: timestampOf(device.clock), content };
    const release: SignedRelease = {
      ...signed,
      certificate: toBase64url(device.certificate),
      signature: toBase64url(signWhole(releaseStatement(header, signed), device.key)),
    };
    return this.parts.send({
      channel,
      kind: 'cosign',
      marking: { classification: marking.classification, handling: [], caveats: [] },
      inReplyTo: record,
      body: { v: 1, type: 'release', release },
    });
  }

  /** @throws LiaisonError `not-found`, `not-allowed` where it was not released yet, or is another's to send. */
  async sendReleased(proposal: RecordRef): Promise<OutboxItem> {
    const { header, body } = await this.#proposal(proposal);
    if (header.sender !== this.parts.device.address) {
      throw new LiaisonError('not-allowed', `${header.sender} wrote it: it is sent from there.`);
    }
    const release = await this.#releaseOf(proposal);
    const { id, channel, kind, marking, priority, releasableTo, inReplyTo, clock, derivedFrom, consent } = header;
    return this.parts.send({
      id,
      channel,
      kind,
      marking,
      priority,
      body,
      release,
      ...(releasableTo && { releasableTo }),
      ...(inReplyTo && { inReplyTo }),
      ...(clock && { clock }),
      ...(derivedFrom && { derivedFrom }),
      ...(consent && { consent }),
    });
  }

  #releaseOf({ channel, record }: RecordRef): Promise<SignedRelease> {
    return this.parts.device.transact(async (transaction) => {
      const released = (await recordsOf(transaction, channel)).find((each) => isReleaseOf(each, record));
      if (released?.body.type === 'release') return released.body.release;
      throw new LiaisonError('not-allowed', 'No second officer has released it yet.', { check: 'POL-11' });
    });
  }

  #proposal(ref: RecordRef): Promise<Proposal> {
    return this.parts.device.transact(async (transaction) => {
      const stored = await storedRecord(transaction, ref);
      if (stored?.outcome === 'opened' && stored.record.body.type === 'draft') {
        const { body, sender } = stored.record;
        if (body.header.sender === sender) return body;
      }
      throw new LiaisonError('not-found', 'This device holds no such proposal. Synchronise first.');
    });
  }

  /** Released to whom it is shown as released to: fixed before it is signed. */
  #audience(draft: RecordDraft): Promise<RecordDraft['releasableTo']> {
    return this.parts.device.transact(async (transaction) => {
      const channel = await this.parts.book.find(transaction, draft.channel);
      return channel === undefined ? draft.releasableTo : audienceOf(draft, channel.state.profile);
    });
  }

  #home(): Promise<ChannelId> {
    return this.parts.device.transact(async (transaction) => {
      const [home] = await this.#homes(transaction);
      if (home !== undefined) return home;
      const message = 'Your contact point has no home channel yet: create one (kind home) with a second officer in it.';
      throw new LiaisonError('not-found', message);
    });
  }

  /** Of the own contact point alone: anybody can make a channel and call it a home. */
  async #homes(transaction: Transaction): Promise<ChannelId[]> {
    const { contactPoint } = this.parts.device;
    const states = await this.parts.book.states(transaction);
    return states
      .filter(({ profile, membership }) => profile.kind === 'home' && membership === 'member')
      .filter(({ profile }) => isHomeOfOne(profile) && profile.releasableTo[0] === contactPoint)
      .map(({ id }) => id);
  }
}

async function recordsOf(transaction: Transaction, channel: ChannelId): Promise<OpenedRecord[]> {
  const entries = await transaction.stored(KEYS.records(channel));
  return entries.flatMap(({ value }) => {
    const stored = jsonOf(value) as StoredRecord;
    return stored.outcome === 'opened' ? [stored.record] : [];
  });
}

function proposalView(record: OpenedRecord, all: readonly OpenedRecord[]): ProposedRecord[] {
  const { body, sender, channel } = record;
  if (body.type !== 'draft' || body.header.sender !== sender) return [];
  const { id, channel: to, kind, marking, priority, inReplyTo, releasableTo } = body.header;
  const released = all.find((each) => isReleaseOf(each, record.header.id));
  return [
    {
      channel,
      record: record.header.id,
      proposedBy: sender,
      header: {
        ...{ id, channel: to, kind, sender, marking, priority },
        ...(inReplyTo && { inReplyTo }),
        ...(releasableTo && { releasableTo }),
      },
      body: body.body,
      ...(released && { releasedBy: released.sender }),
    },
  ];
}

function isReleaseOf({ header, body, sender }: OpenedRecord, proposal: RecordId): boolean {
  return body.type === 'release' && header.inReplyTo === proposal && body.release.by === sender;
}
