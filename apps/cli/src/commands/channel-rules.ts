import type { Command } from 'commander';
import type { ChannelView, RuleChange } from '#liaison/client';
import {
  ChannelRole,
  CLASSIFICATIONS,
  contactPointOf,
  ContactPointId,
  DeviceAddress,
  LiaisonError,
} from '#liaison/protocol';
import { channelName } from '../answers/channel-answer.js';
import { daysText } from '../answers/rules-text.js';
import type { Desk } from '../desk/open-desk.js';
import { type ActOptions, actOnChannel, CHANNEL_ARGUMENT, reasonOf, withReason } from './channel-command.js';
import { fourEyesFrom, historyFrom, reviewDaysFrom } from './channel-plan-options.js';
import { oneOf } from './draft-options.js';
import { contactPointsOf } from './record-choice.js';
import type { Setting } from './setting.js';

interface ChangeOptions extends ActOptions {
  readonly title?: string;
  readonly legalBasis?: string;
  readonly caseNumber?: string;
  readonly ceiling?: string;
  readonly allow?: string;
  readonly reviewDays?: string;
  readonly fourEyes?: string;
  readonly history?: string;
}

export function registerChannelRules(channel: Command, setting: Setting): void {
  registerChange(channel, setting);
  registerRole(channel, setting);
  registerHandOver(channel, setting);
}

function registerChange(channel: Command, setting: Setting): void {
  withReason(channel.command('change').argument(...CHANNEL_ARGUMENT))
    .description(
      'change what a channel that you administer is called, and its rules: ceiling, four eyes and history only to stricter ones',
    )
    .option('--title <text>', 'encrypted: the hub never sees it; needs no reason')
    .option('--legal-basis <text>', 'encrypted, with --title or the title that it has')
    .option('--case-number <text>', 'encrypted, with --title or the title that it has')
    .option('--ceiling <level>', `lower only: ${CLASSIFICATIONS.join(', ')}`)
    .option('--allow <contact points>', 'whose devices may come in besides: fr,it; then "add-member"')
    .option(
      '--review-days <n>',
      'up or down; a shorter one counts for what is there, too, a longer one only for what is sent from now on',
    )
    .option('--four-eyes <from>', 'stricter only: from this mark or priority up a second officer releases')
    .option('--history <rule>', 'stricter only: full, per-item, from-join, or from a day on')
    .addHelpText('after', CHANGE_HELP)
    .action((name: string, _options, command: Command) =>
      actOnChannel(setting, name, command.optsWithGlobals<ChangeOptions>(), {
        word: 'change',
        consequences: changeConsequences,
        act: change,
      }),
    );
}

const CHANGE_HELP = `
Kind, exercise and custody never change: "channel create" sets them, so create another channel for that. What was sent before a ceiling fell keeps
its mark and stays readable for who has it; those who join later with a lower clearance are not given it.

Example:
  liaison --as bg channel change "JIT Balkan Axle" --allow fr --reason "France joins the team"`;

async function change(desk: Desk, channel: ChannelView, options: ChangeOptions): Promise<ChannelView> {
  const rules = ruleChangeOf(options);
  const naming = namingOf(channel, options);
  if (naming !== undefined) await desk.client.life.rename(channel.id, naming);
  if (Object.keys(rules).length > 0) await desk.client.life.change(channel.id, rules, reasonOf(options));
  else if (naming === undefined)
    throw new LiaisonError('usage', 'Say what to change: see "liaison channel change --help".');
  return desk.client.channel(channel.id);
}

function ruleChangeOf({ ceiling, allow, reviewDays, fourEyes, history }: ChangeOptions): RuleChange {
  return {
    ...(ceiling !== undefined && { ceiling: oneOf(CLASSIFICATIONS, ceiling, '--ceiling') }),
    ...(allow !== undefined && { releasableTo: contactPointsOf(allow, '--allow') }),
    ...(reviewDays !== undefined && { reviewDays: reviewDaysFrom(reviewDays) }),
    ...(fourEyes !== undefined && { fourEyes: fourEyesFrom(fourEyes) }),
    ...(history !== undefined && { history: historyFrom(history) }),
  };
}

/** What is not named anew stays. */
function namingOf(channel: ChannelView, { title, legalBasis, caseNumber }: ChangeOptions) {
  if (title === undefined && legalBasis === undefined && caseNumber === undefined) return undefined;
  const called = title ?? channel.title;
  if (called === undefined) throw new LiaisonError('usage', 'The channel has no title yet: give it one with --title.');
  const [basis, number] = [legalBasis ?? channel.legalBasis, caseNumber ?? channel.caseNumber];
  return {
    title: called,
    ...(basis !== undefined && { legalBasis: basis }),
    ...(number !== undefined && { caseNumber: number }),
  };
}

function changeConsequences(channel: ChannelView, options: ChangeOptions): string[] {
  const { ceiling, allow, reviewDays, fourEyes, history } = options;
  return [
    `${channelName(channel)}: every member sees the change, who made it and why.`,
    ...(ceiling === undefined
      ? []
      : [`Nothing above ${ceiling.toUpperCase()} is sent in it any more. It is never raised again.`]),
    ...(allow === undefined
      ? []
      : [
          `Devices of ${allow} may be added, and are given of the past what the rule for history says. It is never taken back.`,
        ]),
    ...(reviewDays === undefined ? [] : [reviewConsequence(channel, reviewDaysFrom(reviewDays))]),
    ...(fourEyes === undefined ? [] : ['A second officer releases from there on. It never becomes laxer again.']),
    ...(history === undefined ? [] : ['The rule for history never becomes laxer again.']),
  ];
}

function reviewConsequence({ profile }: ChannelView, days: number): string {
  if (profile.custody === 'required')
    return `Records are due for review after ${daysText(days)}. The channel is under custody: nothing in it is erased.`;
  return days < profile.retention.reviewDays
    ? `Also what was sent before is due for review after ${daysText(days)}: an administrator can then have it erased.`
    : `What is sent from now on is due for review after ${daysText(days)}. What was sent before keeps the time that it was sent with.`;
}

interface RoleOptions extends ActOptions {
  readonly give?: string;
  readonly take?: string;
}

function registerRole(channel: Command, setting: Setting): void {
  withReason(
    channel
      .command('role')
      .argument(...CHANNEL_ARGUMENT)
      .argument('<contact point>', 'whose officers: hu'),
  )
    .description('give a contact point roles in a channel that you administer, or take them')
    .option('--give <roles>', ChannelRole.options.join(','))
    .option('--take <roles>', 'of the same; who may no longer administer, post or read')
    .addHelpText(
      'after',
      '\nExample:\n  liaison --as bg channel role "JIT Balkan Axle" hu --give administer --reason "Two lead it"',
    )
    .action((name: string, point: string, _options, command: Command) => {
      const to = contactPoint(point);
      return actOnChannel(setting, name, command.optsWithGlobals<RoleOptions>(), {
        word: 'role',
        consequences: (found, options) => roleConsequences(found, to, rolesAfter(found, to, options)),
        act: ({ client }, found, options) =>
          client.life.giveRoles(found.id, to, rolesAfter(found, to, options), reasonOf(options)),
      });
    });
}

function rolesAfter({ profile }: ChannelView, to: ContactPointId, { give, take }: RoleOptions): ChannelRole[] {
  const [given, taken] = [rolesOf(give, '--give'), rolesOf(take, '--take')];
  if (given.length + taken.length === 0)
    throw new LiaisonError('usage', 'Name the roles: --give post or --take administer.');
  return [...new Set([...(profile.roles[to] ?? []), ...given])].filter((role) => !taken.includes(role));
}

function rolesOf(text: string | undefined, option: string): ChannelRole[] {
  return (text?.split(',') ?? []).map((role) => oneOf(ChannelRole.options, role.trim().toLowerCase(), option));
}

function roleConsequences(channel: ChannelView, to: ContactPointId, roles: readonly ChannelRole[]): string[] {
  const may = roles.length === 0 ? `${to} may do nothing in it any more but receive` : `${to} may ${roles.join(', ')}`;
  return [`${channelName(channel)}: from now on ${may}. Every member sees it.`];
}

function registerHandOver(channel: Command, setting: Setting): void {
  withReason(
    channel
      .command('hand-over')
      .argument(...CHANNEL_ARGUMENT)
      .argument('<to>', 'a contact point, an officer or a device of it: hu or hu:kovacs'),
  )
    .description('give the administration of a channel to another contact point, in one step; you stay a member')
    .addHelpText(
      'after',
      '\nExample:\n  liaison --as bg channel hand-over "JIT Balkan Axle" hu --reason "The case is led from Budapest"',
    )
    .action((name: string, to: string, _options, command: Command) => {
      const point = contactPoint(to);
      return actOnChannel(setting, name, command.optsWithGlobals<ActOptions>(), {
        word: 'hand-over',
        consequences: (found, _of, { me }) => [
          `${channelName(found)}: ${point} administers it from now on, and ${me} no more. You cannot take it back; ${point} can give it back.`,
          'Every member sees it, with your reason.',
        ],
        act: ({ client }, found, options) => client.life.handOver(found.id, point, reasonOf(options)),
      });
    });
}

/** Roles belong to contact points: a device or an officer stands for theirs. */
function contactPoint(text: string): ContactPointId {
  const device = DeviceAddress.safeParse(text);
  const point = ContactPointId.safeParse(device.success ? contactPointOf(device.data) : text.split(':')[0]);
  if (point.success) return point.data;
  throw new LiaisonError('usage', `This is no contact point: ${JSON.stringify(text)}. Write for example hu.`);
}
