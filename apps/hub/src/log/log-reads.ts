import { Inject, Injectable } from '@nestjs/common';
import { type Clock, RecordId, timestampOf } from '#liaison/protocol';
import type { LogAct } from '#liaison/tlog';
import type { AuthenticatedDevice } from '../access/authenticated-device.js';
import { CLOCK } from '../ports.js';
import { LogAppender } from './log-appender.js';
import type { LogQuestion } from './log-search.js';

/** Pages of one question, and the tiles of one look, are one act of consultation: it is logged again after so long. */
const ONE_LOOK_MS = 10 * 60 * 1000;
/** Looks that are remembered; what is forgotten is logged once more. */
const MOST_LOOKS = 10_000;

/** What somebody asked, as the act of consultation that it is. */
type Look = Pick<LogQuestion, 'person' | 'record' | 'since' | 'until'> & { readonly purpose?: string | undefined };

/** Where no reason was given, the rule by which the hub shows what it shows. */
const RULE = {
  entries: 'Entries that concern the reader (no reason was given).',
  tiles: 'Verification of the log: entries in its bundles that concern the reader.',
} as const;

/** Reading the log is consultation of police information, and so in the log itself: `log.read`, before anything is shown. */
@Injectable()
export class LogReads {
  private readonly looks = new Map<string, number>();

  constructor(
    @Inject(CLOCK) private readonly clock: Clock,
    private readonly appender: LogAppender,
  ) {}

  /** Entries were asked for by person, record or time. */
  async entries({ device }: AuthenticatedDevice, look: Look): Promise<void> {
    const { person, record, since, until, purpose = RULE.entries } = look;
    const details = Object.entries({ person, since, until }).flatMap(([name, value]) =>
      value === undefined ? [] : [[name, value] as const],
    );
    const act: LogAct = {
      type: 'log.read',
      at: timestampOf(this.clock),
      actor: device,
      subject: record === undefined ? {} : { record: RecordId.parse(record) },
      purpose,
      ...(details.length === 0 ? {} : { details: Object.fromEntries(details) }),
    };
    await this.once(JSON.stringify([device, person, record, since, until, purpose]), act);
  }

  /** The log was fetched to be verified. */
  async tiles({ device }: AuthenticatedDevice): Promise<void> {
    const at = timestampOf(this.clock);
    await this.once(device, { type: 'log.read', at, actor: device, subject: {}, purpose: RULE.tiles });
  }

  private async once(look: string, act: LogAct): Promise<void> {
    const now = this.clock.now();
    const last = this.looks.get(look);
    if (last !== undefined && now - last < ONE_LOOK_MS) return;
    await this.appender.appendAlone([act]);
    if (this.looks.size >= MOST_LOOKS) this.looks.clear();
    this.looks.set(look, now);
  }
}
