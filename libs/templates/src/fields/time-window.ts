import { Timestamp } from '#liaison/protocol';
import * as z from 'zod';
import { leafType } from '../field-type.js';
import { momentText } from '../time-text.js';
import { toUtc } from './timestamp.js';

/** From, to, or both. */
export const timeWindow = leafType({
  id: 'time-window',
  schema: () =>
    z
      .strictObject({ from: Timestamp.optional(), to: Timestamp.optional() })
      .refine(({ from, to }) => from !== undefined || to !== undefined)
      .refine(({ from, to }) => from === undefined || to === undefined || from <= to),
  normalise: (typed) => {
    if (typeof typed !== 'object' || typed === null) return typed;
    return Object.fromEntries(Object.entries(typed).map(([name, value]) => [name, toUtc(value)]));
  },
  show: ({ from, to }, { labels, timeZone }) => {
    const text = (moment: string): string => momentText(moment, timeZone);
    if (from === undefined) return { text: labels.text('value.until', { to: text(to ?? '') }), direction: 'auto' };
    if (to === undefined) return { text: labels.text('value.since', { from: text(from) }), direction: 'auto' };
    return { text: labels.text('value.fromTo', { from: text(from), to: text(to) }), direction: 'auto' };
  },
});
