import { Injectable } from '@nestjs/common';
import type { LogEntryPage } from '#liaison/protocol';
import { concerns, type LogEntry, type LogViewer } from '#liaison/tlog';
import { LogStore } from './log-store.js';
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

/** Looks through the log in its order. No index on persons or records: what is logged most is looked through least. */
@Injectable()
export class LogSearch {
  constructor(private readonly store: LogStore) {}

  async page(viewer: LogViewer, question: LogQuestion): Promise<LogEntryPage> {
    const size = await this.store.size();
    const entries: LogEntryPage['entries'] = [];
    let next = Math.min(size, Math.max(question.from, await this.startOf(question, size)));
    for (let stride = 0; stride < STRIDES && next < size && entries.length < question.limit; stride += 1) {
      for (const stored of await this.store.entries(next, Math.min(size, next + STRIDE))) {
        const entry = readEntry(stored);
        if (isBehind(entry, question)) return { entries, next: size, size };
        next = stored.index + 1;
        if (answers(entry, question) && concerns(entry, viewer)) entries.push(stored);
        if (entries.length === question.limit) break;
      }
    }
    return { entries, next, size };
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

function isBehind({ at }: LogEntry, { until }: LogQuestion): boolean {
  return until !== undefined && Date.parse(at) > Date.parse(until) + DISORDER_MS;
}

function answers(entry: LogEntry, { person, record, since, until }: LogQuestion): boolean {
  if (since !== undefined && entry.at < since) return false;
  if (until !== undefined && entry.at > until) return false;
  if (record !== undefined && entry.subject.record !== record) return false;
  return person === undefined || names(entry, person);
}

function names({ actor, subject, recipients = [] }: LogEntry, person: string): boolean {
  return [actor, subject.device, ...recipients].some((name) => name === person || name?.startsWith(`${person}:`));
}
