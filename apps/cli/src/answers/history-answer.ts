import type { ChannelView, ClientHistory, GivenHistory, HistoryView } from '#liaison/client';
import type { ChannelId, DeviceAddress } from '#liaison/protocol';
import { safeText } from '../terminal/safe-text.js';
import type { Answer } from './answer.js';
import { channelName } from './channel-answer.js';

/** More than anybody reads: the rest is in `--json`. */
const MOST_LINES = 50;

export function givenAnswer(to: DeviceAddress, given: readonly GivenHistory[]): Answer {
  return {
    json: { to, channels: given.map((each) => ({ ...each })) },
    lines: () => [
      ...given.map(({ channel, given: records, withheld }) => `${channel}: ${records} given, ${withheld} withheld.`),
      `${to} reads them after its next synchronisation; there, "liaison history show" says what is withheld and why.`,
    ],
  };
}

export function historyAnswer(received: readonly HistoryView[], channels: readonly ChannelView[]): Answer {
  return {
    json: { received: received.map((view) => ({ ...view })) },
    lines: () =>
      received.length === 0
        ? ['This device was given nothing of what was sent before it joined. Ask: liaison history request.']
        : received.flatMap((view) => viewLines(view, channels)),
  };
}

function viewLines(view: HistoryView, channels: readonly ChannelView[]): string[] {
  const { channel, by, given, waiting, withheld, gaps, complete } = view;
  const state = complete ? 'complete' : 'more is to come';
  return [
    `${nameOf(channel, channels)}, by ${by}: ${given} given, ${waiting} still to be fetched, ${withheld.length} withheld; ${state}.`,
    ...gaps.map(({ from, to, by: who, why }) => `  no. ${from} to ${to}: ${safeText(why)} (${safeText(who)})`),
    ...withheld
      .slice(0, MOST_LINES)
      .map(({ seq, by: who, why }) => `  no. ${seq} WITHHELD by ${safeText(who)}: ${safeText(why)}`),
    ...(withheld.length > MOST_LINES ? [`  … and ${withheld.length - MOST_LINES} more: --json has all.`] : []),
  ];
}

export function askedAnswer(
  asked: Awaited<ReturnType<ClientHistory['asked']>>,
  channels: readonly ChannelView[],
): Answer {
  const told = asked.map(({ id, device, at, purpose, lacks }) => ({ id, device, at, purpose, lacks }));
  return {
    json: { asked: told },
    lines: () =>
      told.flatMap(({ device, at, purpose, lacks }) => [
        `${device} asks since ${at}: ${safeText(purpose)}`,
        ...lacks.map(({ channel, before }) => `  ${nameOf(channel, channels)}, before no. ${before}`),
        `  liaison history grant ${device}`,
      ]),
  };
}

function nameOf(id: ChannelId, channels: readonly ChannelView[]): string {
  const channel = channels.find((each) => each.id === id);
  return channel === undefined ? id : channelName(channel);
}
