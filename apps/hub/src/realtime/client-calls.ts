import { Injectable } from '@nestjs/common';
import { CLIENT_EVENTS, explainIssues, LiaisonError, type ErrorAnswer, type Receipt } from '#liaison/protocol';
import { Cursors } from '../channels/cursors.js';
import { toErrorAnswer, toLiaisonError } from '../http/error.filter.js';
import { RateLimiter } from '../http/rate-limiter.js';
import { HubLog } from '../observability/hub-log.js';
import { RecordSubmission } from '../records/record-submission.js';
import type { Connection } from './connection.js';

type Acknowledge = (answer: Receipt | { readonly seq: number } | ErrorAnswer) => void;

/**
 * What devices send over their sockets. The handlers hang on the socket itself: Nest's message handlers cost each message several
 * promises and observables.
 */
@Injectable()
export class ClientCalls {
  constructor(
    private readonly submission: RecordSubmission,
    private readonly cursors: Cursors,
    private readonly rateLimiter: RateLimiter,
    private readonly log: HubLog,
  ) {}

  listen(connection: Connection): void {
    const { socket } = connection;
    socket.on('submit', (payload: unknown, acknowledge: unknown) => {
      this.answering(acknowledge, (answer) => {
        this.submit(connection, payload, answer);
      });
    });
    socket.on('cursor', (payload: unknown, acknowledge: unknown) => {
      this.answering(acknowledge, (answer) => {
        this.moveCursor(connection, payload, answer);
      });
    });
    // No client of ours sends anything else.
    socket.onAny((name: string) => {
      if (!(name in CLIENT_EVENTS)) socket.disconnect(true);
    });
  }

  private submit({ caller, id: origin }: Connection, received: unknown, answer: Acknowledge): void {
    this.rateLimiter.take(CLIENT_EVENTS.submit.rate, caller.device);
    const refused = (error: unknown): void => {
      this.refuse(error, answer);
    };
    this.submission.submit({ caller, received, origin }, { receipt: answer, refused });
  }

  private moveCursor({ caller }: Connection, payload: unknown, answer: Acknowledge): void {
    this.rateLimiter.take(CLIENT_EVENTS.cursor.rate, caller.device);
    const parsed = CLIENT_EVENTS.cursor.payload.safeParse(payload);
    if (!parsed.success) {
      throw new LiaisonError('malformed', `The cursor is not valid: ${explainIssues(parsed.error)}.`, {
        check: 'RTM-04',
      });
    }
    const { channel, seq } = parsed.data;
    this.cursors.move(caller.device, channel, seq).then(
      (durable) => {
        answer({ seq: durable });
      },
      (error: unknown) => {
        this.refuse(error, answer);
      },
    );
  }

  /** Whoever wants no answer gets no effect either: it could not know of a refusal. */
  private answering(acknowledge: unknown, act: (answer: Acknowledge) => void): void {
    if (!isAcknowledge(acknowledge)) return;
    try {
      act(acknowledge);
    } catch (error) {
      this.refuse(error, acknowledge);
    }
  }

  private refuse(fault: unknown, answer: Acknowledge): void {
    const error = toLiaisonError(fault);
    if (error.code === 'internal') this.log.error('A message of a socket failed.', fault);
    answer(toErrorAnswer(error));
  }
}

/** socket.io makes it, from an id that the client gave. */
function isAcknowledge(value: unknown): value is Acknowledge {
  return typeof value === 'function';
}
