import {
  allOf,
  decide,
  joinMarkings,
  markingOfJoin,
  mayForward,
  mayMix,
  mayReach,
  MOST_HANDLING_TEXT,
  reason,
  reasonsOf,
  recipientsOf,
  standingOf,
  suggestedReviewDays,
  UNKNOWN_ORIGIN,
  type Decision,
  type Standing,
} from '#liaison/policy';
import { LiaisonError, type Marking, type RecordHeader } from '#liaison/protocol';
import type { Transaction } from '../transaction.js';
import type { OutboxItem, RecordDraft } from '../views.js';
import type { Content, ForwardRequest } from './client-marks.js';
import { contactPointsOf } from '../group-policy.js';
import { refusalOf } from './mark-judge.js';
import type { MarkParts } from './mark-parts.js';
import { loadFile, storedRecord } from './stored-file.js';

interface Considered {
  readonly standings: readonly Standing[];
  readonly marking: Marking | undefined;
  readonly decision: Decision;
}

/** Passes records on: their marks, content and origin go with them. */
export class Forwarding {
  constructor(private readonly parts: MarkParts) {}

  /** @throws LiaisonError `not-found` where this device does not hold a source. */
  async decide(request: ForwardRequest): Promise<Decision> {
    const { device } = this.parts;
    return (await device.transact((transaction) => this.#consider(transaction, request))).decision;
  }

  /** @throws LiaisonError `not-allowed`, `not-found`, `usage`. */
  async send(request: ForwardRequest): Promise<OutboxItem> {
    const draft = await this.parts.device.transact((transaction) => this.draft(transaction, request));
    return this.parts.send(draft);
  }

  async draft(transaction: Transaction, request: ForwardRequest): Promise<RecordDraft> {
    const { decision, marking } = await this.#consider(transaction, request);
    if (!decision.allowed) throw refusalOf(decision.reasons, 'not-allowed');
    const { state } = await this.parts.book.openAsMember(transaction, request.to);
    if (marking === undefined) throw new LiaisonError('internal', 'An allowed forward has a mark.');
    return {
      channel: request.to,
      kind: request.kind ?? (await this.#kind(transaction, request)),
      marking,
      body: request.body ?? (await this.#content(transaction, request)),
      derivedFrom: request.from,
      releasableTo: await this.#releasableTo(transaction, request),
      reviewDays: suggestedReviewDays(marking, state.profile.retention.reviewDays),
      ...(request.priority !== undefined && { priority: request.priority }),
    };
  }

  async #consider(transaction: Transaction, request: ForwardRequest): Promise<Considered> {
    const { device, book, trust } = this.parts;
    const at = device.clock.now();
    const file = await loadFile(transaction, request.from);
    const standings = request.from.map((ref) => {
      const standing = standingOf(file, ref, at);
      if (standing === undefined) throw absent();
      return standing;
    });
    const join = joinMarkings(standings.map(({ source }) => source.marking));
    const marking = request.marking ?? markingOfJoin(join);
    if (marking === undefined) {
      const characters = join.handlingTexts.join('\n').length;
      const tooLong = reason('handling-text-too-long', { characters, most: MOST_HANDLING_TEXT });
      return { standings, marking, decision: decide([tooLong]) };
    }
    const { state, group } = await book.openAsMember(transaction, request.to);
    const releasableTo = await this.#releasableTo(transaction, request);
    const recipients = recipientsOf(state.profile, contactPointsOf(group), releasableTo);
    const agreements = (await trust.current(transaction)).roster.agreements ?? [];
    const sources = standings.map(({ source }) => source);
    const originators = sources.flatMap((source) => source.originators).filter((point) => point !== UNKNOWN_ORIGIN);
    const context = { actor: device, marking, recipients, agreements, at };
    const decision = allOf([
      mayForward({ ...context, sources }),
      mayReach({ ...context, originators }),
      mayMix(state.profile.exercise, request.from, file),
    ]);
    return { standings, marking, decision: withUnknownOrigin(decision, standings) };
  }

  async #releasableTo(transaction: Transaction, { to, releasableTo }: ForwardRequest) {
    if (releasableTo !== undefined) return releasableTo;
    const { group } = await this.parts.book.openAsMember(transaction, to);
    return [...contactPointsOf(group)].sort();
  }

  /** The same kind, but of what asks for an answer: that is the originator's to ask. */
  async #kind(transaction: Transaction, { from }: ForwardRequest): Promise<RecordHeader['kind']> {
    const stored = await storedRecord(transaction, from[0]);
    const kind = stored?.outcome === 'opened' ? stored.record.header.kind : 'message';
    return kind === 'request' || kind === 'answer' || from.length > 1 ? 'message' : kind;
  }

  async #content(transaction: Transaction, { from }: ForwardRequest): Promise<Content> {
    const stored = await storedRecord(transaction, from[0]);
    if (from.length > 1) throw new LiaisonError('usage', 'Say what the compilation of several records says.');
    if (stored?.outcome !== 'opened' || stored.record.body.type !== 'content') throw absent();
    const { releaseSalt: _salt, ...content } = stored.record.body;
    return content;
  }
}

/** Where a restriction stands and nobody can tell whose it is, the officer is told whom to ask: the sender. */
function withUnknownOrigin(decision: Decision, standings: readonly Standing[]): Decision {
  if (decision.allowed || standings.every(({ complete }) => complete)) return decision;
  return decide([...reasonsOf(decision), reason('origin-unknown')]);
}

function absent(): LiaisonError {
  return new LiaisonError('not-found', 'This device holds no such record, or no content of it. Synchronise first.');
}
