import type { ChannelView, Trouble } from '#liaison/client';
import { safeText, wrap } from '../terminal/safe-text.js';
import type { Terminal } from '../terminal/terminal.js';
import { momentIn } from '../terminal/time-text.js';

/** A channel whose rules were broken, and what was broken. */
export interface TroubledChannel {
  readonly channel: ChannelView;
  readonly troubles: readonly Trouble[];
}

export function troubleJson({ channel, troubles }: TroubledChannel) {
  return {
    standing: channel.standing,
    ledBack: channel.ledBack ?? null,
    broken: troubles.map(({ id, check, message, at, seq, by }) => ({
      id,
      check,
      message,
      at,
      seq: seq ?? null,
      by: by ?? null,
    })),
  };
}

/** How a channel is called for, as an argument of a command. */
interface Named {
  readonly timeZone: string;
  readonly name: string;
}

export function troubleLines(troubled: TroubledChannel, named: Named, { palette, columns }: Terminal): string[] {
  const { channel, troubles } = troubled;
  if (channel.standing === 'good') return [];
  const broken = troubles.flatMap(({ check, message, at, seq, by }) => [
    ...wrap(`  ${check}  ${safeText(message)}`, columns),
    `        ${[by === undefined ? 'nobody is named' : `by ${by}`, ...(seq === undefined ? [] : [`no. ${seq}`]), momentIn(at, named.timeZone)].join(', ')}`,
  ]);
  return [
    palette.red(headOf(troubled)),
    ...ledBackText(channel, named.timeZone).flatMap((text) => wrap(`  ${text}`, columns)),
    ...broken,
    ...wrap(`  ${whatToDo(channel, named.name, isAnybodyNamed(troubles))}`, columns),
  ];
}

function headOf({ channel, troubles }: TroubledChannel): string {
  if (channel.standing === 'halted')
    return 'HALTED: this device refused a change of this channel, and stays where it was before it.';
  return channel.ledBack !== undefined && troubles.length === 0
    ? 'IN DISPUTE: no rule was broken, but nobody has settled yet that this is the channel of before.'
    : 'IN DISPUTE: a rule of this channel was broken.';
}

const OUT_OF_IT = {
  removed: 'You were put out',
  left: 'You had left',
  halted: 'This device had refused a change and followed no more',
} as const;

function ledBackText({ ledBack }: ChannelView, timeZone: string): string[] {
  if (ledBack === undefined) return [];
  const { after, at, by, purpose } = ledBack;
  const who = by ?? 'whoever added you';
  const when = at === undefined ? '' : `, ${momentIn(at, timeZone)}`;
  const why = purpose === undefined ? '' : ` (${safeText(purpose)})`;
  const added = by === undefined ? 'are in again' : `are in again. The hub says that ${by} added you${when}${why}`;
  return [`${OUT_OF_IT[after]}, and ${added}. Nobody but the hub and ${who} says that this is the same channel.`];
}

function isAnybodyNamed(troubles: readonly Trouble[]): boolean {
  return troubles.some(({ by }) => by !== undefined);
}

/** What an officer can do. */
export function whatToDo(
  { standing, ledBack }: Pick<ChannelView, 'standing' | 'ledBack'>,
  name: string,
  isNamed = true,
): string {
  if (standing === 'halted')
    return 'Call the others and compare "liaison channel show". It goes on with the next lawful change by an administrator, or in a new channel.';
  const settle = `liaison channel settle ${name} --reason "..."`;
  if (ledBack === undefined)
    return `${isNamed ? 'Call whoever is named' : 'No member is named: ask the hub’s operator'}. When you know what it was: ${settle}`;
  return `Call ${ledBack.by ?? 'who added you'}, and better a second member whom you know from before: compare the epoch that "liaison channel show" shows. Where it is the same: ${settle}`;
}
