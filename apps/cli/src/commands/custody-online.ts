import type { Command } from 'commander';
import { provedMaterial, type RefusedDeposit } from '#liaison/client';
import { ChannelId, contactPointOf, type CustodyOpening, type DepositListing, LiaisonError } from '#liaison/protocol';
import { nodeTreeHashing } from '#liaison/tlog.node';
import type { Answer } from '../answers/answer.js';
import { openingJson, openingText } from '../answers/custody-answer.js';
import { requireFree, writeCeremonyFile } from '../ceremony/ceremony-files.js';
import { type Desk, type GlobalOptions, syncOrRemark } from '../desk/open-desk.js';
import { idByPrefix } from '../desk/short-ids.js';
import { chosenPolicy, type WitnessChoice } from '../log/witness-choice.js';
import { confirm } from '../terminal/confirm.js';
import { safeText } from '../terminal/safe-text.js';
import { table } from '../terminal/table.js';
import { periodOf } from './period.js';
import { answerAtDesk, type Setting } from './setting.js';

interface ScopeOptions extends GlobalOptions {
  readonly channel?: string;
  readonly records?: string[];
  readonly since?: string;
  readonly until?: string;
}

interface OpenOptions extends ScopeOptions {
  readonly reason: string;
  readonly authority: string;
  readonly yes?: boolean;
}

const OPEN_HELP = `
For an administrator whose contact point has lost the devices that could read a record, or whose court wants its content. You need not be in the channel.
The request is signed, logged, and shown to every member of the channel. Where the roster wants two administrators, another officer agrees: liaison custody approve.

Examples:
  liaison --as bg custody open --channel 019aa8b0 --reason "All devices lost, case 12/2026" --authority "Sofia City Court, order 118/2027"
  liaison --as bg custody open --records 019aa8b2 019aa8b3 --reason "…" --authority "…"
  liaison --as bg custody open --since 2026-11-01T00:00:00.000Z --until 2026-11-30T23:59:59.999Z --channel 019aa8b0 --reason "…" --authority "…"`;

export function registerCustodyOnline(custody: Command, setting: Setting): void {
  registerList(custody, setting);
  registerBackfill(custody, setting);
  registerOpen(custody, setting);
  registerApprove(custody, setting);
  registerOpenings(custody, setting);
  registerCollect(custody, setting);
}

function withScope(command: Command): Command {
  return command
    .option('--channel <id>', 'of this channel: its id, or the first characters of it')
    .option('--records <ids...>', 'these records: ids, or the first characters of them')
    .option('--since <time>', 'stored from this time on, such as 2026-11-21T18:00:00.000Z')
    .option('--until <time>', 'stored up to this time');
}

function registerList(custody: Command, setting: Setting): void {
  withScope(custody.command('list'))
    .description('whose keys your contact point has in custody: records, by what their headers say')
    .action((_options, command: Command) => {
      const options = command.optsWithGlobals<ScopeOptions>();
      return answerAtDesk(setting, options, async (desk) => {
        const deposits = await depositsMeant(desk, options);
        const own = { waiting: await desk.client.custody.waiting(), refused: await desk.client.custody.refused() };
        return listAnswer(deposits, own, setting.host.terminal.columns);
      });
    });
}

const BACKFILL_HELP = `
What this device had read before the custody key was founded is deposited by itself, a part with each sync. This does all of it now, and sends again what the hub
refused. It may be stopped, and goes on where it was.

Example:
  liaison --as bg custody backfill`;

function registerBackfill(custody: Command, setting: Setting): void {
  custody
    .command('backfill')
    .description('deposit the keys of what this device read before the custody key was founded, to the end')
    .addHelpText('after', BACKFILL_HELP)
    .action((_options, command: Command) => {
      const options = command.optsWithGlobals<GlobalOptions>();
      return answerAtDesk(setting, options, async ({ client }) => {
        await client.sync();
        if ((await client.custody.key()) === undefined)
          throw new LiaisonError('not-found', 'Your contact point has no custody key in the roster: custody found.');
        const { queued } = await client.custody.backfill((progress) => {
          if (!progress.done) setting.host.terminal.remark(`${progress.queued} keys sealed.`);
        });
        const [waiting, refused] = [await client.custody.waiting(), await client.custody.refused()];
        return {
          json: { queued, waiting, refused: refused.map(refusedJson) },
          lines: () => [
            `${queued} keys of what was read before the custody key was founded are deposited.`,
            ...ownLines({ waiting, refused }),
          ],
        };
      });
    });
}

interface OwnDeposits {
  readonly waiting: number;
  readonly refused: readonly RefusedDeposit[];
}

function refusedJson({ deposit: { channel, record, keyId }, check, at }: RefusedDeposit) {
  return { channel, record, keyId, check, at };
}

function ownLines({ waiting: count, refused }: OwnDeposits): string[] {
  return [
    ...(count === 0
      ? []
      : [`${count} keys of this device wait: to be deposited, or for the log to prove that they are.`]),
    ...refused.map(
      ({ deposit: { record }, check }) =>
        `REFUSED   ${record}  ${safeText(check)}: kept on this device. Send it again: custody backfill`,
    ),
  ];
}

function registerOpen(custody: Command, setting: Setting): void {
  withScope(custody.command('open'))
    .description('ask for records of your contact point to be opened from custody: logged, and shown to the members')
    .requiredOption('--reason <why>', 'why: goes into the log, and to every member')
    .requiredOption('--authority <reference>', 'the court or authority, and its reference')
    .option('--yes', 'do not ask')
    .addHelpText('after', OPEN_HELP)
    .action((_options, command: Command) => {
      const options = command.optsWithGlobals<OpenOptions>();
      return answerAtDesk(setting, options, async (desk) => {
        const { channel, records } = oneChannel(await depositsMeant(desk, options));
        await confirm(setting.host, { word: 'open', lines: consequences(records.length) }, options.yes);
        const { reason, authority } = options;
        const opening = await desk.client.custody.request({ channel, records, reason, authority });
        return {
          json: { opening: openingJson(opening) },
          lines: () => [
            safeText(openingText(opening, desk.timeZone)),
            opening.index === undefined
              ? `It waits for a second administrator: liaison custody approve ${opening.id}`
              : `Entry ${opening.index} of the log. Next: liaison custody collect ${opening.id} material.json`,
          ],
        };
      });
    });
}

function consequences(count: number): string[] {
  return [
    `You ask, in your name, that ${count} records be opened. The log keeps it for ever, and every member of the channel is shown`,
    'who asked, when, why, under which authority, and for which records. Nothing is opened yet: the custodians do that.',
  ];
}

function registerApprove(custody: Command, setting: Setting): void {
  custody
    .command('approve')
    .argument('<opening>', 'the request: its id, or the first characters of it')
    .description('agree, as second administrator, to a request of another officer')
    .option('--yes', 'do not ask')
    .action((text: string, _options, command: Command) => {
      const options = command.optsWithGlobals<OpenOptions>();
      return answerAtDesk(setting, options, async (desk) => {
        const opening = await openingMeant(desk, text);
        const lines = [safeText(openingText(opening, desk.timeZone)), 'If you agree, the custodians may open them.'];
        await confirm(setting.host, { word: 'agree', lines }, options.yes);
        const index = await desk.client.custody.approve(opening);
        const next = `Agreed: entry ${index} of the log. Next: liaison custody collect ${opening.id} material.json`;
        return { json: { opening: opening.id, index }, lines: () => [next] };
      });
    });
}

function registerOpenings(custody: Command, setting: Setting): void {
  custody
    .command('openings')
    .description('what was opened from custody in your channels, by any contact point, and what yours has asked for')
    .action((_options, command: Command) => {
      const options = command.optsWithGlobals<GlobalOptions>();
      return answerAtDesk(setting, options, async (desk) => {
        await syncOrRemark(desk, setting.host.terminal.remark);
        const known = await desk.client.custody.openings();
        const own = (await desk.client.custody.own()).filter(({ id }) => !known.some((each) => each.id === id));
        const openings = [...known, ...own];
        return {
          json: { openings: openings.map(openingJson) },
          lines: () =>
            openings.length === 0
              ? ['Nothing was opened from custody.']
              : openings.map((each) => `${each.id}  ${safeText(openingText(each, desk.timeZone))}${waiting(each)}`),
        };
      });
    });
}

function waiting({ index }: CustodyOpening): string {
  return index === undefined ? ' WAITS for a second administrator.' : '';
}

function registerCollect(custody: Command, setting: Setting): void {
  custody
    .command('collect')
    .argument('<opening>', 'the request: its id, or the first characters of it')
    .argument('<file>', 'where the material goes: for the custodians’ machine, nothing in it is secret')
    .description('fetch what was asked for, with proofs, for the custodians')
    .option('--policy <file>', 'whose word counts, as a C2SP tlog-policy; default: the roster')
    .option('--witnesses <k>', 'any k of the roster’s witnesses; default: more than half')
    .action((text: string, path: string, _options, command: Command) => {
      const options = command.optsWithGlobals<GlobalOptions & WitnessChoice>();
      return answerAtDesk(setting, options, async (desk) => {
        await requireFree(path);
        await desk.client.sync();
        const { client } = desk;
        const collected = await client.custody.collect((await openingMeant(desk, text)).id);
        const policy = await chosenPolicy(client, options);
        const at = setting.host.clock.now();
        const material = await provedMaterial(collected, { log: client.log, policy, at, hashing: nodeTreeHashing });
        await writeCeremonyFile(path, material);
        const count = material.records.length;
        const lines = [`${count} records with their proofs in ${path}. Next, offline, with the custodians:`];
        const next = `  liaison custody disclose ${path} bundle --roster roster.json`;
        return { json: { file: path, records: count }, lines: () => [...lines, next] };
      });
    });
}

async function openingMeant({ client }: Desk, text: string): Promise<CustodyOpening> {
  const own = await client.custody.own();
  const id = idByPrefix(
    own.map((opening) => opening.id),
    text,
    'opening',
  );
  return own.find((opening) => opening.id === id) as CustodyOpening;
}

async function depositsMeant({ client }: Desk, options: ScopeOptions): Promise<DepositListing[]> {
  const { since, until } = periodOf(options);
  const all = await client.custody.deposits();
  const ids = (listed: readonly string[], text: string, what: string) => idByPrefix([...new Set(listed)], text, what);
  const channel =
    options.channel === undefined
      ? undefined
      : ids(
          all.map((each) => each.channel),
          options.channel,
          'channel',
        );
  const records = options.records?.map((text) =>
    ids(
      all.map(({ record }) => record),
      text,
      'record',
    ),
  );
  return all.filter(
    (each) =>
      (channel === undefined || each.channel === channel) &&
      (records === undefined || records.includes(each.record)) &&
      (since === undefined || each.storedAt >= since) &&
      (until === undefined || each.storedAt <= until),
  );
}

function oneChannel(deposits: readonly DepositListing[]) {
  const channels = [...new Set(deposits.map(({ channel }) => channel))];
  const [channel] = channels;
  if (channel === undefined)
    throw new LiaisonError('not-found', 'Your contact point has nothing in custody that this names: custody list.');
  if (channels.length > 1)
    throw new LiaisonError('usage', 'They are of several channels. Ask for each channel by itself: --channel.');
  return { channel: ChannelId.parse(channel), records: [...new Set(deposits.map(({ record }) => record))] };
}

const COLUMNS = [
  { title: 'RECORD' },
  { title: 'STORED' },
  { title: 'KIND' },
  { title: 'FROM' },
  { title: 'CHANNEL' },
  { title: 'DEPOSITED BY', flexible: true },
];

function listAnswer(deposits: readonly DepositListing[], own: OwnDeposits, columns: number): Answer {
  const firsts = new Map(deposits.map((each) => [`${each.channel} ${each.record}`, each] as const));
  const rows = [...firsts.values()].map(({ record, storedAt, kind, sender, channel }) => {
    const same = deposits.filter((each) => each.channel === channel && each.record === record);
    const by = [...new Set(same.map(({ device }) => device))].join(', ');
    return [record, storedAt.slice(0, 10), kind, contactPointOf(sender), channel, by].map((text) => ({ text }));
  });
  const waits = ownLines(own);
  return {
    json: { deposits, waiting: own.waiting, refused: own.refused.map(refusedJson) },
    lines: () =>
      rows.length === 0 ? ['Nothing is in custody.', ...waits] : [...table(COLUMNS, rows, columns), ...waits],
  };
}
