import type { Command } from 'commander';
import { cryptoReady } from '#liaison/crypto';
import type { GlobalOptions } from '../desk/open-desk.js';
import { copyLog } from '../log/copy-log.js';
import { chosenPolicy, type WitnessChoice } from '../log/witness-choice.js';
import { answerAtDesk, type Setting } from './setting.js';

const HELP = `
Copies the hub's log into a folder, as C2SP tlog-tiles lays it out: checkpoint, tiles, and the entries that are shown to this device.
Into a folder with an older copy it fetches only what is new, after it has verified that the log merely grew. The folder is then verified
without network, anywhere: it holds the keys too (policy.txt), and "checkpoints/" every checkpoint that was copied.

Examples:
  liaison --as bg log copy copy-of-the-log
  liaison log verify copy-of-the-log --policy copy-of-the-log/policy.txt`;

export function registerLogCopy(log: Command, setting: Setting): void {
  log
    .command('copy')
    .argument('<folder>', 'where to: a new folder, or one with an older copy')
    .description('copy the log into a folder: checkpoint, tiles, entries; to keep, and to verify offline')
    .option('--policy <file>', 'whose word counts, as a C2SP tlog-policy; default: the roster')
    .option('--witnesses <k>', 'any k of the roster’s witnesses; default: more than half')
    .addHelpText('after', HELP)
    .action((folder: string, _options, command: Command) => {
      const options = command.optsWithGlobals<WitnessChoice & GlobalOptions>();
      return answerAtDesk(setting, options, async (desk) => {
        await cryptoReady();
        const { host } = setting;
        const policy = await chosenPolicy(desk.client, options);
        const copied = await copyLog(folder, desk.client, { policy, clock: host.clock, remark: host.terminal.remark });
        return {
          json: { folder, ...copied },
          lines: () => [
            `${copied.size} entries in ${folder}, ${copied.files} files fetched. Verify with: liaison log verify ${folder} --policy ${folder}/policy.txt`,
          ],
        };
      });
    });
}
