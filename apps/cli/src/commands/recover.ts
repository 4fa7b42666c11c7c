import type { Command } from 'commander';
import type { LostRecord } from '#liaison/client';
import type { GlobalOptions } from '../desk/open-desk.js';
import { safeText } from '../terminal/safe-text.js';
import { table } from '../terminal/table.js';
import { answerAtDesk, type Setting } from './setting.js';

const HELP = `
After a hub was restored from a backup (alarms CLI-47, CLI-71, CLI-92). Nothing is lost here: "liaison read" still opens these records. The hub and devices that were away do not have them.
With --json each comes with the proof that the hub had logged it, which anybody can verify without the hub. Send what matters again, in a new channel.`;

const COLUMNS = [
  { title: 'CHANNEL' },
  { title: 'PLACE' },
  { title: 'KIND' },
  { title: 'SENDER', flexible: true },
  { title: 'PROOF' },
];

export function registerRecover(program: Command, setting: Setting): void {
  program
    .command('recover')
    .description('records that this device has and the hub has lost, with the proof that it had logged them')
    .addHelpText('after', HELP)
    .action((_options, command: Command) =>
      answerAtDesk(setting, command.optsWithGlobals<GlobalOptions>(), async ({ client }) => {
        const lost = await client.log.lost();
        const rows = lost.map((each) => cellsOf(each).map((text) => ({ text })));
        return {
          json: { lost },
          lines: () =>
            lost.length === 0
              ? ['The hub has all that this device has.']
              : [...table(COLUMNS, rows, setting.host.terminal.columns), ...proofLines(lost)],
        };
      }),
    );
}

function proofLines(lost: readonly LostRecord[]): string[] {
  return lost.every(({ proof }) => proof !== undefined)
    ? []
    : [
        'not fetched: the hub had lost it before this device had fetched the proof that it was logged. The record itself is proved by its sender’s signature.',
      ];
}

function cellsOf({ channel, seq, header, proof }: LostRecord): string[] {
  return [channel, String(seq), header.kind, safeText(header.sender), proof === undefined ? 'not fetched' : 'yes'];
}
