import type { Command } from 'commander';
import type { LiaisonClient, OutboxItem } from '#liaison/client';
import { LiaisonError } from '#liaison/protocol';
import { outboxAnswer } from '../answers/outbox-answer.js';
import type { GlobalOptions } from '../desk/open-desk.js';
import { answerAtDesk, type Setting } from './setting.js';

export function registerOutbox(program: Command, setting: Setting): void {
  program
    .command('outbox')
    .description('what was written here and how far it got: queued, sending, stored, failed; no network')
    .option('--unsent', 'only what the hub has not stored')
    .action((_options, command: Command) => {
      const options = command.optsWithGlobals<{ unsent?: boolean } & GlobalOptions>();
      return answerAtDesk(setting, options, async (desk) => {
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
