import type { Command } from 'commander';
import type { Alarm, SettledAlarm } from '#liaison/client';
import { LiaisonError } from '#liaison/protocol';
import type { Answer } from '../answers/answer.js';
import { EXIT } from '../exit-codes.js';
import { shortIds } from '../desk/short-ids.js';
import { idByPrefix } from '../desk/short-ids.js';
import { safeText, wrap } from '../terminal/safe-text.js';
import type { Terminal } from '../terminal/terminal.js';
import { momentIn } from '../terminal/time-text.js';
import type { Desk, GlobalOptions } from '../desk/open-desk.js';
import { answerAtDesk, type Setting } from './setting.js';

interface AlarmOptions extends GlobalOptions {
  readonly settle?: string;
  readonly reason?: string;
  readonly settled?: boolean;
}

export function registerAlarms(program: Command, setting: Setting): void {
  program
    .command('alarms')
    .description('what the hub or a member did against the protocol; ends with 7 where there is any; no network')
    .option('--settle <id>', 'you have looked into it: it goes into the history, and the last one ends the dispute')
    .option('--reason <text>', 'with --settle: what you found and decided; kept with it')
    .option('--settled', 'the history: who settled what, when and why')
    .addHelpText(
      'after',
      '\nExamples:\n  liaison --as hu alarms\n  liaison --as hu alarms --settle 3f9c21aa --reason "Asked Sofia by telephone: their list was late."',
    )
    .action((_options, command: Command) => {
      const options = command.optsWithGlobals<AlarmOptions>();
      requireSensible(options);
      return answerAtDesk(setting, options, async (desk) => {
        const { terminal } = setting.host;
        if (options.settled) return settledAnswer(await desk.client.settledAlarms(), desk.timeZone, terminal);
        if (options.settle !== undefined) return settle(desk, options.settle, options.reason ?? '');
        const alarms = await desk.client.alarms();
        setting.end(alarms.length === 0 ? EXIT.done : EXIT.alarm);
        return alarmsAnswer(alarms, desk.timeZone, terminal);
      });
    });
}

function requireSensible({ settle: id, reason, settled }: AlarmOptions): void {
  if (id !== undefined && (reason === undefined || reason.trim() === ''))
    throw new LiaisonError('usage', 'Say why: --reason "what you found and decided". It is kept with the alarm.');
  if (id === undefined && reason !== undefined)
    throw new LiaisonError('usage', '--reason goes with --settle <id>: which alarm?');
  if (id !== undefined && settled) throw new LiaisonError('usage', 'Give --settle or --settled, not both.');
}

async function settle({ client }: Desk, prefix: string, reason: string): Promise<Answer> {
  const ids = (await client.alarms()).map(({ id }) => id);
  const alarm = await client.settleAlarm(idByPrefix(ids, prefix, 'alarm'), reason);
  const standing = alarm.channel === undefined ? undefined : (await client.channel(alarm.channel)).standing;
  return {
    json: { settled: alarm, reason, standing: standing ?? null },
    lines: () => [`Settled: ${alarm.check}. It is kept under "liaison alarms --settled".`, ...standingLines(standing)],
  };
}

function standingLines(standing: string | undefined): string[] {
  if (standing === 'good') return ['Its channel is in good standing: you can write in it.'];
  if (standing === 'halted')
    return ['Its channel stays halted: only a lawful change by its administrators mends that.'];
  return standing === undefined
    ? []
    : ['Its channel is still in dispute: "liaison channel show" says what else there is.'];
}

function alarmsAnswer(alarms: readonly Alarm[], timeZone: string, terminal: Terminal): Answer {
  return {
    json: { alarms },
    lines: () =>
      alarms.length === 0
        ? ['No open alarms: what this device saw of the hub and the members holds, or was settled by an officer.']
        : [
            ...alarms.flatMap((alarm) => alarmLines(alarm, alarms, timeZone, terminal)),
            '',
            'When you have looked into one: liaison alarms --settle <id> --reason "..."',
          ],
  };
}

function settledAnswer(alarms: readonly SettledAlarm[], timeZone: string, terminal: Terminal): Answer {
  return {
    json: { alarms },
    lines: () =>
      alarms.length === 0
        ? ['Nobody has settled an alarm on this device yet.']
        : alarms.flatMap((alarm) => [
            ...alarmLines(alarm, alarms, timeZone, terminal),
            ...wrap(safeText(`Settled by ${alarm.settled.by}: ${alarm.settled.reason}`), terminal.columns - 2).map(
              (line) => `  ${line}`,
            ),
            `  on ${momentIn(alarm.settled.at, timeZone)}`,
          ]),
  };
}

function alarmLines(
  { id, check, message, channel, seq, at, further }: Alarm,
  among: readonly Alarm[],
  timeZone: string,
  { palette, columns }: Terminal,
): string[] {
  const short = shortIds(among.map((each) => each.id)).get(id) ?? id;
  const place = `${channel === undefined ? '' : `  channel ${channel}`}${seq === undefined ? '' : ` no. ${seq}`}`;
  const more = further === undefined ? '' : ` ${further} more.`;
  return [
    `${palette.cyan(short)}  ${palette.red(check)}  ${momentIn(at, timeZone)}`,
    ...(place === '' ? [] : [`  ${place.trim()}`]),
    ...wrap(safeText(message + more), columns - 2).map((line) => `  ${line}`),
  ];
}
