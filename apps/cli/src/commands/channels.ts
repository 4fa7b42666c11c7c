import type { Command } from 'commander';
import { CHANNEL_KINDS, CLASSIFICATIONS, type DeviceAddress, LiaisonError } from '#liaison/protocol';
import type { ChannelPlan, ChannelView } from '#liaison/client';
import { channelJson, channelName, channelsAnswer, type ListedChannel } from '../answers/channel-answer.js';
import { presentIn } from '../desk/all-records.js';
import { findDevices } from '../desk/find-devices.js';
import { EXIT } from '../exit-codes.js';
import { membersOf } from '../desk/find-channel.js';
import { troubledAmong } from '../desk/troubled-channels.js';
import { type Desk, type GlobalOptions, syncOrRemark } from '../desk/open-desk.js';
import { registerChannelClosing } from './channel-closing.js';
import { registerChannelLeaving } from './channel-leaving.js';
import { fourEyesFrom, historyFrom, reviewDaysFrom } from './channel-plan-options.js';
import { registerChannelRules } from './channel-rules.js';
import { oneOf } from './draft-options.js';
import { answerAtDesk, type Setting } from './setting.js';

export function registerChannels(program: Command, setting: Setting): void {
  program
    .command('channels')
    .description('the channels that this device is a member of')
    .option('--archived', 'those too that were archived on this device')
    .option('--offline', 'do not ask the hub: show what this device holds')
    .action((_options, command: Command) => {
      const options = command.optsWithGlobals<{ offline?: boolean; archived?: boolean } & GlobalOptions>();
      return answerAtDesk(setting, options, async (desk) => {
        if (!options.offline) await syncOrRemark(desk, setting.host.terminal.remark);
        const all = await desk.client.channels();
        const channels = all.filter(({ archived }) => options.archived === true || archived === undefined);
        const shown = await Promise.all(channels.map((channel) => shownIn(desk, channel)));
        return channelsAnswer(shown, desk.timeZone, setting.host.terminal);
      });
    });
  const channel = program.command('channel').description('make a channel, change it, hand it over, leave it, close it');
  registerCreate(channel, setting);
  registerChannelRules(channel, setting);
  registerChannelClosing(channel, setting);
  registerChannelLeaving(channel, setting);
}

async function shownIn(desk: Desk, channel: ChannelView): Promise<ListedChannel> {
  const [trouble] = await troubledAmong(desk, [channel]);
  return { channel, troubles: trouble?.troubles ?? [], present: await presentIn(desk.client, channel) };
}

interface CreateOptions {
  readonly with: string;
  readonly kind?: string;
  readonly title?: string;
  readonly ceiling: string;
  readonly legalBasis?: string;
  readonly caseNumber?: string;
  readonly reviewDays?: string;
  readonly exercise?: boolean;
  readonly fourEyes?: string;
  readonly history?: string;
  readonly custody?: string;
}

const CUSTODY_HELP =
  'required: retention erases nothing in it, whatever its age, for as long as there is the channel; none (default: none)';

function registerCreate(channel: Command, setting: Setting): void {
  channel
    .command('create')
    .description('create a channel and add the devices of other contact points; you administer it')
    .requiredOption('--with <contact points>', 'hu,mk: all their devices join; or single devices, hu:kovacs:desk-1')
    .option('--kind <kind>', `${CHANNEL_KINDS.join(', ')} (default: bilateral for two, else multilateral)`)
    .option('--title <text>', 'encrypted: the hub never sees it')
    .option('--ceiling <level>', `nothing above it is posted: ${CLASSIFICATIONS.join(', ')}`, 'RESTRICTED')
    .option('--legal-basis <text>', 'encrypted')
    .option('--case-number <text>', 'encrypted')
    .option(
      '--four-eyes <from>',
      'a second officer releases what is sent from this mark or priority up: RESTRICTED, flash',
    )
    .option(
      '--review-days <n>',
      'after so many days each record is reviewed: kept, or its content erased (default: 365)',
    )
    .option(
      '--history <rule>',
      'what those who join later may be given: full, per-item, from-join, or from a day on, 2026-01-31 (default: full)',
    )
    .option('--custody <rule>', CUSTODY_HELP)
    .option('--exercise', 'a drill: marked so on every screen')
    .addHelpText(
      'after',
      '\nKind, custody and exercise can never be changed. For all else: "liaison channel change --help", "channel role".\n\nExample:\n  liaison --as hu channel create --with bg,mk --kind jit --title "JIT Balkan Axle"',
    )
    .action((_options, command: Command) => {
      const options = command.optsWithGlobals<CreateOptions & GlobalOptions>();
      return answerAtDesk(setting, options, async (desk) => {
        const plan = await planOf(desk, options);
        requireCompany(plan, desk);
        const view = await desk.client.createChannel(plan);
        const present = (await desk.client.members(view.id)).map(({ device }) => device);
        const missing = (plan.devices ?? []).filter((device) => !present.includes(device));
        if (present.length === 1) setting.end(EXIT.unreachable);
        return {
          json: { channel: channelJson(view), missing },
          lines: () => [`Created ${channelName(view)}, ${view.profile.kind}, id ${view.id}`, ...missingLines(missing)],
        };
      });
    });
}

/** A channel to oneself carries nothing to anybody, and cannot be unmade. @throws LiaisonError `usage`, `not-found`. */
function requireCompany({ contactPoints, devices = [] }: ChannelPlan, { roster, me }: Desk): void {
  const unknown = contactPoints.filter((id) => !roster.contactPoints.some((point) => point.id === id));
  if (unknown.length > 0)
    throw new LiaisonError('not-found', `The roster names no such contact point: ${unknown.join(', ')}.`);
  if (devices.length > 0) return;
  const whom = contactPoints.length === 1 ? `${me} is you: name others` : 'Nobody would join: name devices of others';
  throw new LiaisonError('usage', `${whom}, such as --with hu,mk.`);
}

export function missingLines(missing: readonly DeviceAddress[]): string[] {
  return missing.map((device) => `Not added, for the hub holds no KeyPackage of it: ${device}. It must sign in first.`);
}

async function planOf(desk: Desk, options: CreateOptions): Promise<ChannelPlan> {
  const names = options.with.split(',').map((name) => name.trim().toLowerCase());
  const contactPoints = membersOf(names.map((name) => name.split(':')[0] ?? '').join(','), desk.me);
  if (contactPoints === 'community') throw new LiaisonError('usage', 'Name the contact points, such as --with hu,mk.');
  const kind = options.kind === undefined ? undefined : oneOf(CHANNEL_KINDS, options.kind, '--kind');
  return {
    kind: kind ?? (contactPoints.length === 2 ? 'bilateral' : 'multilateral'),
    ceiling: oneOf(CLASSIFICATIONS, options.ceiling, '--ceiling'),
    contactPoints,
    devices: await findDevices(desk, names),
    ...(options.title !== undefined && { title: options.title }),
    ...(options.legalBasis !== undefined && { legalBasis: options.legalBasis }),
    ...(options.caseNumber !== undefined && { caseNumber: options.caseNumber }),
    ...(options.reviewDays !== undefined && { reviewDays: reviewDaysFrom(options.reviewDays) }),
    ...(options.exercise && { exercise: true }),
    ...(options.fourEyes !== undefined && { fourEyes: fourEyesFrom(options.fourEyes) }),
    ...(options.history !== undefined && { history: historyFrom(options.history) }),
    ...(options.custody !== undefined && { custody: oneOf(['required', 'none'], options.custody, '--custody') }),
  };
}
