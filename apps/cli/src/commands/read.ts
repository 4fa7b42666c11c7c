import type { Command } from 'commander';
import { recordAnswer } from '../answers/record-answer.js';
import { findRecord } from '../desk/all-records.js';
import { type ContentRecord, stateFor } from '../desk/inbox.js';
import { type Desk, type GlobalOptions, syncOrRemark } from '../desk/open-desk.js';
import { answerAtDesk, type Setting } from './setting.js';

interface ReadOptions {
  readonly receipt: boolean;
  readonly offline?: boolean;
}

export function registerRead(program: Command, setting: Setting): void {
  program
    .command('read')
    .argument('<id>', 'the record: its id or the first characters of it')
    .description('show a record whole, and tell its channel that it was opened')
    .option('--no-receipt', 'do not tell that it was opened')
    .option('--offline', 'do not ask the hub: show what this device holds')
    .addHelpText('after', '\nExample:\n  liaison --as hu read 01991a2b')
    .action((id: string, _options, command: Command) => {
      const options = command.optsWithGlobals<ReadOptions & GlobalOptions>();
      return answerAtDesk(setting, options, async (desk) => {
        const { terminal } = setting.host;
        const synced = !options.offline && (await syncOrRemark(desk, terminal.remark));
        const content = await findRecord(desk.client, id);
        if (synced && options.receipt) await tellRead(desk, content);
        return recordAnswer(content, desk, terminal);
      });
    });
}

/** Once for the contact point, and only for what others wrote. */
async function tellRead(desk: Desk, content: ContentRecord): Promise<void> {
  const isOpened = content.acknowledgements.some(({ device }) => device === desk.client.device);
  if (isOpened || stateFor(desk.me, content) === 'sent') return;
  await desk.client.acknowledge(content.channel.id, content.record.header.id, 'read');
}
