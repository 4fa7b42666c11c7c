import type { Command } from 'commander';
import type { OutboxItem } from '#liaison/client';
import { ConsentAct, LiaisonError, Timestamp } from '#liaison/protocol';
import { consentsAnswer } from '../answers/consent-answer.js';
import { exitCodeOfSent, sentAnswer } from '../answers/outbox-answer.js';
import type { ContentRecord } from '../desk/inbox.js';
import { type Desk, type GlobalOptions, syncOrRemark } from '../desk/open-desk.js';
import { oneOf } from './draft-options.js';
import { aboutRecord, chosenRecord, contactPointsOf, refOf, type RecordChoice } from './record-choice.js';
import { answerAtDesk, type Setting } from './setting.js';

interface ConsentOptions extends RecordChoice {
  readonly act?: string;
  readonly recipients?: string;
  readonly for?: string;
  readonly until?: string;
  readonly reason?: string;
}

const EXAMPLES = `
Examples:
  liaison --as hu consent ask 01991a2b --act forward --recipients mk --reason "The route goes through Skopje"
  liaison --as bg consent list
  liaison --as bg consent give 01991b3c --reason "Go ahead"        (01991b3c: the record that asked)
  liaison --as bg consent give 01991a2b --act proceedings --for hu --reason "For court 12"
  liaison --as bg consent revoke 01991c4d --reason "No longer"     (01991c4d: the record that gave)`;

export function registerConsent(program: Command, setting: Setting): void {
  const consent = program
    .command('consent')
    .description('what its originator allows to be done with a record: ask, give, refuse, revoke, list')
    .addHelpText('after', EXAMPLES);
  withTerms(sub(consent, 'ask', 'ask the originator of a record', setting, ask));
  withTerms(
    sub(consent, 'give', 'answer a request, or give consent to a record of yours unasked', setting, give),
  ).option('--for <contact points>', 'unasked: whose act it is');
  sub(consent, 'refuse', 'refuse a request', setting, refuse);
  sub(consent, 'revoke', 'take a consent back', setting, (desk, content, options) =>
    desk.client.marks.revokeConsent(refOf(content), wordsOf(options)),
  );
  registerList(consent, setting);
}

function registerList(consent: Command, setting: Setting): void {
  consent
    .command('list')
    .description('consents that were asked for, given, refused and revoked in your channels')
    .action((_options, command: Command) =>
      answerAtDesk(setting, command.optsWithGlobals<GlobalOptions>(), async (desk) => {
        await syncOrRemark(desk, setting.host.terminal.remark);
        return consentsAnswer(await desk.client.marks.consents(), setting.host.terminal, desk.timeZone);
      }),
    );
}

type Deed = (desk: Desk, content: ContentRecord, options: ConsentOptions) => Promise<OutboxItem>;

function sub(consent: Command, name: string, description: string, setting: Setting, deed: Deed): Command {
  return aboutRecord(consent, name)
    .description(description)
    .option('--reason <text>', 'in one line: encrypted, for the others of the channel')
    .action((id: string, _options, command: Command) => {
      const options = command.optsWithGlobals<ConsentOptions>();
      return answerAtDesk(setting, options, async (desk) => {
        const item = await deed(desk, await chosenRecord(desk, id, options, setting), options);
        setting.end(exitCodeOfSent(item));
        return sentAnswer(item, desk.timeZone);
      });
    });
}

function withTerms(command: Command): Command {
  return command
    .option('--act <act>', ConsentAct.options.join(', '))
    .option('--recipients <contact points>', 'whom the act may reach: hu,mk')
    .option('--until <time>', 'until when, like 2026-12-01T12:00:00.000Z');
}

function ask(desk: Desk, content: ContentRecord, options: ConsentOptions): Promise<OutboxItem> {
  return desk.client.marks.askConsent({ ...refOf(content), ...termsOf(options), words: wordsOf(options) });
}

/** The record is a request for consent, or the record itself that the consent is about. */
function give(desk: Desk, content: ContentRecord, options: ConsentOptions): Promise<OutboxItem> {
  const words = wordsOf(options);
  const { marks } = desk.client;
  if (content.record.header.consent !== undefined) {
    const recipients = contactPointsOf(options.recipients, '--recipients');
    const narrower = { ...(recipients.length > 0 && { recipients }), ...untilOf(options) };
    return marks.answerConsent(refOf(content), 'given', words, narrower);
  }
  const to = contactPointsOf(options.for, '--for');
  if (to.length === 0) throw new LiaisonError('usage', 'Whose act is it? Say --for <contact points>.');
  return marks.giveConsent({ ...refOf(content), ...termsOf(options), to, words });
}

function refuse(desk: Desk, content: ContentRecord, options: ConsentOptions): Promise<OutboxItem> {
  return desk.client.marks.answerConsent(refOf(content), 'refused', wordsOf(options));
}

function termsOf(options: ConsentOptions) {
  if (options.act === undefined) {
    throw new LiaisonError('usage', `To do what? Say --act, one of ${ConsentAct.options.join(', ')}.`);
  }
  const act = oneOf(ConsentAct.options, options.act, '--act');
  return { act, recipients: contactPointsOf(options.recipients, '--recipients'), ...untilOf(options) };
}

function untilOf({ until }: ConsentOptions): { readonly expiresAt?: string } {
  if (until === undefined) return {};
  if (Timestamp.safeParse(until).success) return { expiresAt: until };
  throw new LiaisonError('usage', `--until takes a time like 2026-12-01T12:00:00.000Z, not ${JSON.stringify(until)}.`);
}

function wordsOf({ reason }: ConsentOptions): string {
  if (reason !== undefined && reason !== '') return reason;
  throw new LiaisonError('usage', 'Say why, in one line: --reason "...".');
}
