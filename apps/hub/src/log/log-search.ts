import { Injectable } from '@nestjs/common';
import type { LogEntryPage } from '#liaison/protocol';
import { concerns, type LogEntry, type LogViewer, namesPerson, namesRecord } from '#liaison/tlog';
import { LogMentions } from './log-mentions.js';
import { LogStore, type StoredEntry } from './log-store.js';
import { readEntry } from './log-viewers.js';

/** What is asked for, beside what concerns the viewer. */
export interface LogQuestion {
  readonly from: number;
  readonly limit: number;
  /** A device, or an officer as `contact point:officer`. */
  readonly person?: string | undefined;
  readonly record?: string | undefined;
  /** Both included. */
  readonly since?: string | undefined;
  readonly until?: string | undefined;
}

/** Entries that one call looks through: a page may be empty, and says where to go on. */
const STRIDE = 1_000;
const STRIDES = 4;
/** Entries stand in the order in which they became durable; clocks of nodes and waiting transactions may differ by that much. */
const DISORDER_MS = 60_000;

/** Looks through the log in its order: by person or record along an index, by time from where that time begins. */
@Injectable()
export class LogSearch {
  constructor(
    private readonly store: LogStore,
    private readonly mentions: LogMentions,
  ) {}

  /** @throws LiaisonError `try-again` (LOG-29) while the index is being made. */
  async page(viewer: LogViewer, question: LogQuestion): Promise<LogEntryPage> {
    const size = await this.store.size();
    const name = nameIn(question);
    if (name !== undefined) await this.mentions.require(size);
    const entries: LogEntryPage['entries'] = [];
    let next = Math.min(size, Math.max(question.from, await this.startOf(question, size)));
    for (let stride = 0; stride < STRIDES && next < size && entries.length < question.limit; stride += 1) {
      const stretch = await this.stretch(name, next, size);
      for (const stored of stretch.entries) {
        const entry = readEntry(stored);
        if (isBehind(entry, question)) return { entries, next: size, size };
        if (answers(entry, question) && concerns(entry, viewer)) entries.push(stored);
        if (entries.length === question.limit) return { entries, next: stored.index + 1, size };
      }
      next = stretch.next;
    }
    return { entries, next, size };
  }

  /** The next entries to look at, and where to go on behind them. */
  private async stretch(
    name: string | undefined,
    from: number,
    size: number,
  ): Promise<{ readonly entries: StoredEntry[]; readonly next: number }> {
    if (name === undefined) {
      const next = Math.min(size, from + STRIDE);
      return { entries: await this.store.entries(from, next), next };
    }
    const entries = await this.mentions.of(name, { from, until: size, limit: STRIDE });
    return { entries, next: entries.length < STRIDE ? size : (entries.at(-1)?.index ?? size) + 1 };
  }

  /** The first entry that can be of the period: found by halving, for time grows with the index. */
  private async startOf({ since }: LogQuestion, size: number): Promise<number> {
    if (since === undefined) return 0;
    const at = Date.parse(since) - DISORDER_MS;
    let [low, high] = [0, size];
    while (low < high) {
      const middle = Math.floor((low + high) / 2);
      if ((await this.store.timeOf(middle)) < at) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

/** What to look up: the record, else the officer, under whose name their devices stand too. */
function nameIn({ record, person }: LogQuestion): string | undefined {
  return record ?? person?.split(':').slice(0, 2).join(':');
}

function isBehind({ at }: LogEntry, { until }: LogQuestion): boolean {
  return until !== undefined && Date.parse(at) > Date.parse(until) + DISORDER_MS;
}

function answers(entry: LogEntry, { person, record, since, until }: LogQuestion): boolean {
  if (since !== undefined && entry.at < since) return false;
  if (until !== undefined && entry.at > until) return false;
  if (record !== undefined && !namesRecord(entry, record)) return false;
  return person === undefined || namesPerson(entry, person);
}
