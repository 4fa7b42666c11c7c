import {
  mayExport,
  mayUseInProceedings,
  standingOf,
  type Decision,
  type ExportPurpose,
  type RecordRef,
  type Standing,
} from '#liaison/policy';
import { LiaisonError, type ChannelId, type ContactPointId, type Marking, type RecordBody } from '#liaison/protocol';
import type { OutboxItem, RecordDraft } from '../views.js';
import type { ClientMarks, ConsentGift, ConsentRequest, ForwardRequest, ProposedRecord } from './client-marks.js';
import type { ConsentView, RecordMarks } from './record-marks.js';
import { FourEyes } from './four-eyes.js';
import { Forwarding } from './forwarding.js';
import { attestationsOf, consentsOf, marksOf } from './mark-views.js';
import type { MarkParts } from './mark-parts.js';
import { loadFile } from './stored-file.js';

/** See {@link ClientMarks} for the contract. */
export class DeviceMarks implements ClientMarks {
  readonly #forwarding: Forwarding;
  readonly #fourEyes: FourEyes;

  constructor(private readonly parts: MarkParts) {
    this.#forwarding = new Forwarding(parts);
    this.#fourEyes = new FourEyes(parts);
  }

  standing(ref: RecordRef): Promise<RecordMarks> {
    const { device } = this.parts;
    return device.transact(async (transaction) => {
      const marks = await marksOf(transaction, ref, device.clock.now());
      if (marks === undefined) throw absent();
      return marks;
    });
  }

  mayForward(request: ForwardRequest): Promise<Decision> {
    return this.#forwarding.decide(request);
  }

  async mayExport(
    ref: RecordRef,
    purpose: ExportPurpose,
    options: { readonly recipients?: readonly ContactPointId[]; readonly personalFacts?: boolean } = {},
  ): Promise<Decision> {
    const { device, trust } = this.parts;
    const { source } = await this.#standing(ref);
    const { roster } = await device.transact((transaction) => trust.current(transaction));
    const at = device.clock.now();
    return mayExport({ actor: device, source, purpose, agreements: roster.agreements ?? [], at, ...options });
  }

  async mayUseInProceedings(ref: RecordRef): Promise<Decision> {
    const { source } = await this.#standing(ref);
    return mayUseInProceedings({ actor: this.parts.device, source });
  }

  forward(request: ForwardRequest): Promise<OutboxItem> {
    return this.#forwarding.send(request);
  }

  askConsent(request: ConsentRequest): Promise<OutboxItem> {
    const { to = [this.parts.device.contactPoint] } = request;
    return this.#consent({ ...request, to }, 'asked');
  }

  giveConsent(gift: ConsentGift): Promise<OutboxItem> {
    return this.#consent(gift, 'given');
  }

  async answerConsent(
    ask: RecordRef,
    answer: 'given' | 'refused',
    words: string,
    narrower: { readonly recipients?: readonly ContactPointId[]; readonly expiresAt?: string } = {},
  ): Promise<OutboxItem> {
    const { terms, about } = await this.#consentOf(ask);
    const { act, to, recipients } = terms;
    return this.#consent({ ...about, act, to, recipients, ...narrower, words, answers: ask.record }, answer);
  }

  async revokeConsent(consent: RecordRef, words: string): Promise<OutboxItem> {
    const { terms, about } = await this.#consentOf(consent);
    const { act, to, recipients } = terms;
    return this.#consent({ ...about, act, to, recipients, words, answers: consent.record }, 'revoked');
  }

  consents(channel?: ChannelId): Promise<ConsentView[]> {
    const { device } = this.parts;
    return device.transact((transaction) => consentsOf(transaction, device.clock.now(), channel));
  }

  remark({ channel, record }: RecordRef, marking: Marking, words: string): Promise<OutboxItem> {
    return this.parts.send({ channel, kind: 'marking', marking, inReplyTo: record, body: wordsBody(words) });
  }

  async withdraw(ref: RecordRef, words: string): Promise<OutboxItem> {
    const { channel, record: inReplyTo } = ref;
    const marking = await this.#plainMarking(ref);
    const draft = { kind: 'withdrawal', marking, body: wordsBody(words) } as const;
    const proposals = (await this.#fourEyes.proposed()).filter(({ header }) => header.id === inReplyTo);
    const item = await this.parts.send({ ...draft, channel, inReplyTo });
    // Colleagues who are not in the channel hold what they were shown before it was sent.
    for (const { channel: home, record } of proposals)
      await this.parts.send({ ...draft, channel: home, inReplyTo: record, evenInDispute: true });
    return item;
  }

  attestations(ref: RecordRef): ReturnType<ClientMarks['attestations']> {
    return this.parts.device.transact((transaction) => attestationsOf(transaction, ref));
  }

  propose(draft: RecordDraft): Promise<OutboxItem> {
    return this.#fourEyes.propose(draft);
  }

  proposed(): Promise<ProposedRecord[]> {
    return this.#fourEyes.proposed();
  }

  release(proposal: RecordRef): Promise<OutboxItem> {
    return this.#fourEyes.release(proposal);
  }

  sendReleased(proposal: RecordRef): Promise<OutboxItem> {
    return this.#fourEyes.sendReleased(proposal);
  }

  async #consent(gift: ConsentGift, state: ConsentView['terms']['state']): Promise<OutboxItem> {
    const { channel, record, act, recipients, to, expiresAt, answers, words, language } = gift;
    return this.parts.send({
      channel,
      kind: 'consent',
      marking: await this.#plainMarking(gift),
      inReplyTo: record,
      consent: {
        state,
        act,
        recipients: [...recipients],
        to: [...to],
        ...(expiresAt !== undefined && { expiresAt }),
        ...(answers !== undefined && { answers }),
      },
      body: wordsBody(words, language),
    });
  }

  async #consentOf({ channel, record }: RecordRef): Promise<ConsentView> {
    const consent = (await this.consents(channel)).find((each) => each.record === record);
    if (consent === undefined) throw absent();
    return consent;
  }

  /** What is said of a record is as secret as it, and no more restricted: everybody in the channel has to learn of it. */
  async #plainMarking(ref: RecordRef): Promise<Marking> {
    const { marking } = await this.#standing(ref);
    return { classification: marking.classification, handling: [], caveats: [] };
  }

  #standing(ref: RecordRef): Promise<Standing> {
    const { device } = this.parts;
    return device.transact(async (transaction) => {
      const standing = standingOf(await loadFile(transaction, [ref]), ref, device.clock.now());
      if (standing === undefined) throw absent();
      return standing;
    });
  }
}

function wordsBody(words: string, language = 'en'): RecordBody {
  return { v: 1, type: 'content', language, subject: words };
}

function absent(): LiaisonError {
  return new LiaisonError('not-found', 'This device holds no such record. Synchronise first.');
}
