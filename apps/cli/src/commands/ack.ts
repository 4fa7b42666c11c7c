import type { Command } from 'commander';
import { LiaisonError } from '#liaison/protocol';
import { exitCodeOfSent, sentAnswer } from '../answers/outbox-answer.js';
import { findRecord } from '../desk/all-records.js';
import { channelsMeant } from '../desk/find-channel.js';
import { stateFor } from '../desk/inbox.js';
import { type GlobalOptions, syncOrRemark } from '../desk/open-desk.js';
import { answerAtDesk, type Setting } from './setting.js';

export function registerAcknowledge(program: Command, setting: Setting): void {
  program
    .command('ack')
    .argument('<id>', 'the record: its id or the first characters of it')
    .description('acknowledge: your contact point has taken note; everybody in the channel sees it')
    .option('--channel <channel>', 'where to look, if the same id stands in several channels')
    .addHelpText('after', '\nExample:\n  liaison --as hu ack 01991a2b')
    .action((id: string, _options, command: Command) => {
      const options = command.optsWithGlobals<{ channel?: string } & GlobalOptions>();
      return answerAtDesk(setting, options, async (desk) => {
        await syncOrRemark(desk, setting.host.terminal.remark);
        const content = await findRecord(desk.client, id, await channelsMeant(desk, options.channel));
        if (stateFor(desk.me, content) === 'sent') {
          throw new LiaisonError('usage', 'Your own contact point wrote this: the others acknowledge it.');
        }
        const item = await desk.client.acknowledge(content.channel.id, content.record.header.id, 'acknowledged');
        setting.end(exitCodeOfSent(item));
        return sentAnswer(item, desk.timeZone);
      });
    });
}
