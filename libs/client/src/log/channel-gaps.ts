import type { ChannelId } from '#liaison/protocol';
import { isRecordType, type LogEntry, type LogEntryType } from '#liaison/tlog';

/** Whether such entries each stand for a place in a channel's sequence. */
const isOfPlace = (type: LogEntryType) =>
  isRecordType(type) || type === 'commit.ordered' || type === 'removal.proposed';

/** A run of places in a channel, all of which the log shows. */
interface Run {
  first: number;
  last: number;
}

/**
 * Whether the log shows every place of each channel between the first and the last that it shows to this reader: a record that
 * was stored and not logged leaves a hole. Holds a few numbers for each channel, however long it is.
 */
export class ChannelGaps {
  readonly #runs = new Map<ChannelId, Run[]>();

  add({
    type,
    subject: { channel, seq },
  }: Pick<LogEntry, 'type'> & { readonly subject: Pick<LogEntry['subject'], 'channel' | 'seq'> }): void {
    if (channel === undefined || seq === undefined || !isOfPlace(type)) return;
    const runs = this.#runs.get(channel) ?? [];
    const newest = runs.at(-1);
    // Nearly always the next place of the newest run.
    if (newest?.last === seq - 1) newest.last = seq;
    else this.#runs.set(channel, joined(runs, seq));
  }

  get channels(): number {
    return this.#runs.size;
  }

  /** The holes, by channel: `from` and `to` are places that are not in the log. */
  gaps(): { readonly channel: ChannelId; readonly from: number; readonly to: number }[] {
    return [...this.#runs].flatMap(([channel, runs]) =>
      runs.slice(1).map((run, index) => ({ channel, from: (runs[index]?.last ?? 0) + 1, to: run.first - 1 })),
    );
  }
}

/** Places come almost in order, so that there is nearly always one run. */
function joined(runs: readonly Run[], seq: number): Run[] {
  const sorted = [...runs, { first: seq, last: seq }].sort((a, b) => a.first - b.first);
  const result: Run[] = [];
  for (const run of sorted) {
    const before = result.at(-1);
    if (before !== undefined && run.first <= before.last + 1) before.last = Math.max(before.last, run.last);
    else result.push({ ...run });
  }
  return result;
}
