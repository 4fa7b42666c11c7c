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

/** @param name how the channel is called for, as an argument of a command. */
export function troubleLines(
  { channel, troubles }: TroubledChannel,
  { timeZone, name }: { readonly timeZone: string; readonly name: string },
  { palette, columns }: Terminal,
): string[] {
  if (channel.standing === 'good') return [];
  const head =
    channel.standing === 'halted'
      ? 'HALTED: this device refused a change of this channel, and stays where it was before it.'
      : 'IN DISPUTE: a rule of this channel was broken.';
  const broken = troubles.flatMap(({ check, message, at, seq, by }) => [
    ...wrap(`  ${check}  ${safeText(message)}`, columns),
    `        ${[by === undefined ? 'nobody is named' : `by ${by}`, ...(seq === undefined ? [] : [`no. ${seq}`]), momentIn(at, timeZone)].join(', ')}`,
  ]);
  return [palette.red(head), ...broken, ...wrap(`  ${whatToDo(channel, name)}`, columns)];
}

/** What an officer can do. */
export function whatToDo({ standing }: Pick<ChannelView, 'standing'>, name: string): string {
  return standing === 'halted'
    ? 'Call the others and compare "liaison channel show". It goes on with the next lawful change by an administrator, or in a new channel.'
    : `Call whoever is named. When you know what it was: liaison channel settle ${name} --reason "..."`;
}
