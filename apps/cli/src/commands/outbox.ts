import type { Command } from 'commander';
import type { LiaisonClient, OutboxItem } from '#liaison/client';
import { LiaisonError } from '#liaison/protocol';
import type { Answer } from '../answers/answer.js';
import { exitCodeOfSent, outboxAnswer, sentAnswer } from '../answers/outbox-answer.js';
import { type Desk, type GlobalOptions, syncOrRemark } from '../desk/open-desk.js';
import { idByPrefix } from '../desk/short-ids.js';
import { answerAtDesk, type Setting } from './setting.js';

interface OutboxOptions extends GlobalOptions {
  readonly unsent?: boolean;
  readonly resend?: string;
  readonly drop?: string;
}

export function registerOutbox(program: Command, setting: Setting): void {
  program
    .command('outbox')
    .description('what was written here and how far it got: queued, sending, stored, failed; no network')
    .option('--unsent', 'only what the hub has not stored')
    .option('--resend <id>', 'send anew what was kept when its channel was closed')
    .option('--drop <id>', 'throw away what was kept')
    .action((_options, command: Command) => {
      const options = command.optsWithGlobals<OutboxOptions>();
      return answerAtDesk(setting, options, async (desk) => {
        if (options.resend !== undefined) return resend(desk, options.resend, setting);
        if (options.drop !== undefined) await desk.client.life.dropKept(await keptItem(desk, options.drop));
        const items = await desk.client.outbox();
        const shown = options.unsent ? items.filter(({ state }) => state !== 'stored') : items;
        return outboxAnswer(await withSubjects(desk.client, shown), setting.host.terminal, desk.timeZone);
      });
    });
  program
    .command('sync')
    .description('one round with the hub: roster, new channels, everything that came in, and the outbox')
    .action((_options, command: Command) =>
      answerAtDesk(setting, command.optsWithGlobals<GlobalOptions>(), async ({ client }) => {
        const report = await client.sync();
        const { joined, records, failures, alarms, unsent } = report;
        return {
          json: { joined: [...joined], records, failures, alarms, unsent },
          lines: () => [
            `${records} new, ${joined.length} channels joined, ${unsent} still to send.`,
            ...(failures > 0 ? [`${failures} could not be opened: see "liaison inbox".`] : []),
            ...(alarms > 0 ? [`${alarms} alarms: see "liaison alarms".`] : []),
          ],
        };
      }),
    );
}

async function resend(desk: Desk, id: string, { host, end }: Setting): Promise<Answer> {
  await syncOrRemark(desk, host.terminal.remark);
  const item = await desk.client.life.sendKept(await keptItem(desk, id));
  end(exitCodeOfSent(item));
  return sentAnswer(item, desk.timeZone);
}

async function keptItem({ client }: Desk, prefix: string): Promise<OutboxItem['id']> {
  const kept = (await client.outbox()).filter((item) => item.kept === true).map(({ id }) => id);
  return idByPrefix(kept, prefix, 'kept record');
}

/** What is stored has left the outbox: its channel holds the subject. */
function withSubjects(client: LiaisonClient, items: readonly OutboxItem[]): Promise<OutboxItem[]> {
  return Promise.all(
    items.map(async (item) => {
      if (item.subject !== undefined) return item;
      const view = await client.read(item.channel, item.id).catch(absent);
      const body = view?.outcome === 'opened' ? view.record.body : undefined;
      return body?.type === 'content' ? { ...item, subject: body.subject } : item;
    }),
  );
}

function absent(error: unknown): undefined {
  if (error instanceof LiaisonError && error.code === 'not-found') return undefined;
  throw error;
}
