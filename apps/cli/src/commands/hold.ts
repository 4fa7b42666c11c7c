import type { Command } from 'commander';
import type { KnownHold } from '#liaison/client';
import { ChannelId, contactPointOf, LiaisonError, RecordId } from '#liaison/protocol';
import { holdJson } from '../answers/custody-answer.js';
import { holdings } from '../desk/all-records.js';
import { findChannel } from '../desk/find-channel.js';
import { type Desk, type GlobalOptions, syncOrRemark } from '../desk/open-desk.js';
import { idByPrefix } from '../desk/short-ids.js';
import { confirm } from '../terminal/confirm.js';
import { safeText } from '../terminal/safe-text.js';
import { shortMomentIn } from '../terminal/time-text.js';
import { periodOf } from './period.js';
import { answerAtDesk, type Setting } from './setting.js';

interface HoldOptions extends GlobalOptions {
  readonly channel?: string;
  readonly records?: string[];
  readonly since?: string;
  readonly until?: string;
  readonly reason: string;
  readonly authority: string;
  readonly all?: boolean;
  readonly yes?: boolean;
}

const PLACE_HELP = `
For an administrator. The hub erases nothing that a hold covers, whoever orders it, until your contact point lifts the hold. What an originator withdraws goes from
all screens all the same; a hold that was there before keeps its ciphertext. Every member of the channel reads reason and authority: write no secrets into them.

Examples:
  liaison --as hu hold place --records 01991a2b --reason "Case 17/2026" --authority "Budapest Court, order 9/2027"
  liaison --as hu hold place --channel "Bulgaria - Hungary" --since 2026-11-01T00:00:00.000Z --reason "…" --authority "…"
  liaison --as hu hold lift 019c1f00 --reason "The court has decided"`;

export function registerHold(program: Command, setting: Setting): void {
  const hold = program.command('hold').description('legal holds: what may not be erased, by whose order');
  registerPlace(hold, setting);
  registerLift(hold, setting);
  registerList(hold, setting);
}

function registerPlace(hold: Command, setting: Setting): void {
  hold
    .command('place')
    .description('forbid that records are erased: signed, logged, shown to the members')
    .option(
      '--channel <channel>',
      'all of this channel, also what is yet to come: id, first characters of it, or title',
    )
    .option('--records <ids...>', 'these records alone: ids, or the first characters of them')
    .option('--since <time>', 'with --channel: what was stored from this time on, such as 2026-11-21T18:00:00.000Z')
    .option('--until <time>', 'with --channel: what was stored up to this time')
    .requiredOption('--reason <why>', 'why: every member reads it')
    .requiredOption('--authority <reference>', 'the court or authority, and its reference')
    .option('--yes', 'do not ask')
    .addHelpText('after', PLACE_HELP)
    .action((_options, command: Command) => {
      const options = command.optsWithGlobals<HoldOptions>();
      return answerAtDesk(setting, options, async (desk) => {
        await syncOrRemark(desk, setting.host.terminal.remark);
        const scope = await scopeOf(desk, options);
        await confirm(setting.host, { word: 'hold', lines: PLACE_CONSEQUENCES }, options.yes);
        const { reason, authority } = options;
        const placed = await desk.client.custody.placeHold({ ...scope, reason, authority });
        return { json: { hold: holdJson(placed) }, lines: () => [holdText(placed, desk.timeZone)] };
      });
    });
}

const PLACE_CONSEQUENCES = [
  'What it covers is kept until your contact point lifts it, also against the channel’s own rules of retention. The log keeps it for ever,',
  'and every member of the channel is shown who placed it, why, and by whose authority.',
];

function registerLift(hold: Command, setting: Setting): void {
  hold
    .command('lift')
    .argument('<hold>', 'its id, or the first characters of it')
    .description('give up a hold of your contact point: what it covered may be erased after its review again')
    .requiredOption('--reason <why>', 'why: goes into the log')
    .option('--yes', 'do not ask')
    .action((text: string, _options, command: Command) => {
      const options = command.optsWithGlobals<HoldOptions>();
      return answerAtDesk(setting, options, async (desk) => {
        await syncOrRemark(desk, setting.host.terminal.remark);
        const held = inForce(await desk.client.custody.holds());
        const ids = held.map(({ id }) => id);
        const id = idByPrefix(ids, text, 'hold');
        const lines = ['What it covered may be erased from now on. Erased content does not come back.'];
        await confirm(setting.host, { word: 'lift', lines }, options.yes);
        const index = await desk.client.custody.liftHold(id, options.reason);
        return { json: { hold: id, index }, lines: () => [`Lifted: entry ${index} of the log.`] };
      });
    });
}

function registerList(hold: Command, setting: Setting): void {
  hold
    .command('list')
    .description('holds in your channels, by any contact point')
    .option('--all', 'also those that were lifted')
    .action((_options, command: Command) => {
      const options = command.optsWithGlobals<HoldOptions>();
      return answerAtDesk(setting, options, async (desk) => {
        await syncOrRemark(desk, setting.host.terminal.remark);
        const all = await desk.client.custody.holds();
        const holds = options.all ? all : inForce(all);
        return {
          json: { holds: holds.map(holdJson) },
          lines: () =>
            holds.length === 0 ? ['No hold is in force.'] : holds.map((each) => holdText(each, desk.timeZone)),
        };
      });
    });
}

function inForce(holds: readonly KnownHold[]): KnownHold[] {
  return holds.filter(({ lift }) => lift === undefined);
}

/** @throws LiaisonError `usage`, `not-found`. */
async function scopeOf(desk: Desk, options: HoldOptions) {
  const period = periodOf(options);
  if (options.records !== undefined) {
    if (period.since !== undefined || period.until !== undefined)
      throw new LiaisonError('usage', 'Name records, or a channel and a period: not both.');
    return recordsMeant(desk, options.records);
  }
  if (options.channel === undefined)
    throw new LiaisonError('usage', 'What is to be held? Name --records, or --channel with or without a period.');
  const { id } = await findChannel(desk, { channel: options.channel });
  return { channel: id, ...period };
}

async function recordsMeant({ client }: Desk, texts: readonly string[]) {
  const { content } = await holdings(client, await client.channels());
  const known = content.map(({ record }) => record.header.id);
  const ids = new Set(texts.map((text) => idByPrefix(known, text, 'record')));
  const meant = content.filter(({ record }) => ids.has(record.header.id));
  const channels = [...new Set(meant.map(({ channel }) => channel.id))];
  const [channel] = channels;
  if (channel === undefined || channels.length > 1)
    throw new LiaisonError('usage', 'They are of several channels. Hold those of each channel by itself.');
  return { channel: ChannelId.parse(channel), records: [...ids].map((id) => RecordId.parse(id)) };
}

function holdText(hold: KnownHold, timeZone: string): string {
  const { id, device, at, reason, authority, index, lift } = hold;
  const lifted = lift === undefined ? '' : ` Lifted by ${lift.device}: ${lift.reason}.`;
  const who = `${contactPointOf(device).toUpperCase()} (${device}), ${shortMomentIn(at, timeZone)}, entry ${index}`;
  return safeText(`${id}  ${covered(hold)} held by ${who}. Authority: ${authority}. Reason: ${reason}.${lifted}`);
}

function covered({ channel, records, since, until }: KnownHold): string {
  if (records !== undefined) return records.length === 1 ? 'a record' : `${records.length} records`;
  if (since === undefined && until === undefined) return `all of channel ${channel}`;
  return `channel ${channel} from ${since ?? 'the start'} to ${until ?? 'now'}`;
}
