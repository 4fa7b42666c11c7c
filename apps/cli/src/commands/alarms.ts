import type { Command } from 'commander';
import type { Alarm } from '#liaison/client';
import type { Answer } from '../answers/answer.js';
import { EXIT } from '../exit-codes.js';
import { safeText } from '../terminal/safe-text.js';
import type { Terminal } from '../terminal/terminal.js';
import { momentIn } from '../terminal/time-text.js';
import type { GlobalOptions } from '../desk/open-desk.js';
import { answerAtDesk, type Setting } from './setting.js';

export function registerAlarms(program: Command, setting: Setting): void {
  program
    .command('alarms')
    .description('what the hub or a member did against the protocol; ends with 7 where there is any; no network')
    .action((_options, command: Command) =>
      answerAtDesk(setting, command.optsWithGlobals<GlobalOptions>(), async (desk) => {
        const alarms = await desk.client.alarms();
        setting.end(alarms.length === 0 ? EXIT.done : EXIT.alarm);
        return alarmsAnswer(alarms, desk.timeZone, setting.host.terminal);
      }),
    );
}

function alarmsAnswer(alarms: readonly Alarm[], timeZone: string, { palette }: Terminal): Answer {
  return {
    json: { alarms: alarms.map(({ check, message, channel, seq, at }) => ({ check, message, channel, seq, at })) },
    lines: () =>
      alarms.length === 0
        ? ['No alarms: everything that this device saw of the hub and the members holds.']
        : alarms.flatMap(({ check, message, channel, seq, at }) => [
            `${palette.red(check)}  ${momentIn(at, timeZone)}${channel === undefined ? '' : `  channel ${channel}`}${seq === undefined ? '' : ` no. ${seq}`}`,
            `  ${safeText(message)}`,
          ]),
  };
}
