import { describe, expect, it } from '@jest/globals';
import { honestHistory } from './fabricated-history.js';
import { complaints, type History } from './history-check.js';
import type { StoredEvent } from './stored-channel.js';

type Honest = ReturnType<typeof honestHistory>;

/** The API shows the doctored tables faithfully: what is wrong is wrong in both. */
function withEvents({ told, stored }: Honest, events: readonly StoredEvent[], change: object = {}): History {
  return { told, stored: { ...stored, events, ...change }, served: events.map(({ event }) => event) };
}

function at(history: Honest, seq: number): StoredEvent {
  return history.stored.events[seq - 1]!;
}

/** The event with this number, changed. */
function changed(history: Honest, seq: number, change: (event: StoredEvent) => StoredEvent): History {
  return withEvents(
    history,
    history.stored.events.map((event) => (event.event.seq === seq ? change(event) : event)),
  );
}

function renumbered(stored: StoredEvent, seq: number): StoredEvent {
  return { ...stored, event: { ...stored.event, seq } };
}

/** Each: what happened, the history that it leaves, and a complaint that must be among those made. */
const DOCTORED: readonly [what: string, doctor: (honest: Honest) => History, complaint: RegExp][] = [
  [
    'an acknowledged record was lost',
    (honest) => withEvents(honest, honest.stored.events.slice(0, 4), { lastSeq: 4, chain: at(honest, 4).event.chain }),
    /^lost: record .*0105 was acknowledged under 5 and is not stored$/,
  ],
  [
    'a record was stored twice',
    (honest) => withEvents(honest, [...honest.stored.events, renumbered(at(honest, 5), 6)], { lastSeq: 6 }),
    /^doubled: record .*0105 again at 6$/,
  ],
  [
    'a number was left out',
    (honest) => withEvents(honest, [...honest.stored.events.slice(0, 4), renumbered(at(honest, 5), 6)], { lastSeq: 6 }),
    /^gap: place 5 holds number 6$/,
  ],
  [
    'an event was pushed and then not stored',
    ({ told, stored, served }) => {
      told.pushed.push({ ...served[4]!, seq: 6 });
      return { told, stored, served };
    },
    /^pushed and not stored: 6$/,
  ],
  [
    'another event was stored than was pushed',
    ({ told, stored, served }) => {
      told.pushed.push({ ...served[3]!, seq: 5 });
      return { told, stored, served };
    },
    /^pushed as 5, stored is another event$/,
  ],
  [
    'a greeting ran ahead of the database',
    ({ told, stored, served }) => {
      told.greeted.push(6);
      return { told, stored, served };
    },
    /^a greeting named 6 as durable, stored is 5$/,
  ],
  [
    'two records changed places',
    (honest) => {
      const [first, second, ...rest] = honest.stored.events;
      return withEvents(honest, [renumbered(second!, 1), renumbered(first!, 2), ...rest]);
    },
    /^chain hash of 1 does not recompute$/,
  ],
  [
    'a record got another number than its receipt says',
    ({ told, stored, served }) => {
      told.receipts.push({ ...told.receipts[0]!, seq: 2 });
      return { told, stored, served };
    },
    /^the receipt of record .*0101 under 2 is not what is stored at 1$/,
  ],
  [
    'a body was changed',
    (honest) =>
      changed(honest, 2, ({ event, ...noted }) =>
        event.type === 'record'
          ? { ...noted, event: { ...event, record: { ...event.record, body: 'AAAA' } } }
          : { event },
      ),
    /^2 is stored with hashes or an id that are not its own$/,
  ],
  [
    'a record appeared that nobody sent',
    ({ told, stored, served }) => {
      told.sent.delete('0192f000-0000-7000-8000-000000000104');
      return { told, stored, served };
    },
    /^4 holds a record that nobody sent$/,
  ],
  [
    'an acknowledged commit was lost',
    (honest) => withEvents(honest, honest.stored.events.slice(0, 2), { lastSeq: 2, epoch: 0 }),
    /^lost: a commit was acknowledged under 3 and is not stored there$/,
  ],
  [
    'a commit was stored twice',
    (honest) => withEvents(honest, [...honest.stored.events, renumbered(at(honest, 3), 6)], { lastSeq: 6 }),
    /^doubled: a commit again at 6$/,
  ],
  [
    'the epoch did not follow its commit',
    ({ told, stored, served }) => ({ told, stored: { ...stored, epoch: 0 }, served }),
    /^the channel is at epoch 0, its commits make epoch 1$/,
  ],
  [
    'a record of the epoch before was stored after the commit',
    (honest) =>
      changed(honest, 4, ({ event }) => ({ ...at(honest, 2), event: { ...at(honest, 2).event, seq: event.seq } })),
    /^4 is of epoch 0, stored in epoch 1$/,
  ],
  [
    'the head stayed behind its events',
    ({ told, stored, served }) => ({ told, stored: { ...stored, lastSeq: 4 }, served }),
    /^the channel stands at 4, 5 events are stored$/,
  ],
  [
    'the head has another chain than its last event',
    ({ told, stored, served }) => ({ told, stored: { ...stored, chain: served[3]!.chain }, served }),
    /^chain hash of the channel is not that of its last event$/,
  ],
  [
    'the API hides an event',
    ({ told, stored, served }) => ({ told, stored, served: served.slice(0, 4) }),
    /^the API gives another history than the database$/,
  ],
];

describe('the check of a history', () => {
  it('has nothing to say of an honest one', () => {
    expect(complaints(honestHistory())).toEqual([]);
  });

  it.each(DOCTORED)('complains where %s', (_what, doctor, complaint) => {
    expect(complaints(doctor(honestHistory()))).toContainEqual(expect.stringMatching(complaint));
  });
});
