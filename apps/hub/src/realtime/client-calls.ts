import { Injectable } from '@nestjs/common';
import { CLIENT_EVENTS, explainIssues, LiaisonError, type ErrorAnswer, type Receipt } from '#liaison/protocol';
import { Cursors } from '../channels/cursors.js';
import { toErrorAnswer, toLiaisonError } from '../http/error.filter.js';
import { RateLimiter } from '../http/rate-limiter.js';
import { HubLog } from '../observability/hub-log.js';
import { RecordSubmission } from '../records/record-submission.js';
import type { Connection } from './connection.js';
import { Connections } from './connections.js';
import type { Call } from './packet-parser.js';

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
    private readonly connections: Connections,
    private readonly log: HubLog,
  ) {}

  listen(connection: Connection): void {
    const { socket } = connection;
    socket.on('submit', (call: Call) => {
      this.answering(connection, call, (payload, answer) => {
        this.submit(connection, payload, answer);
      });
    });
    socket.on('cursor', (call: Call) => {
      this.answering(connection, call, (payload, answer) => {
        this.moveCursor(connection, payload, answer);
      });
    });
    // No client of ours sends anything else.
    socket.onAny((name: string) => {
      if (!Object.hasOwn(CLIENT_EVENTS, name)) connection.end();
    });
  }

  private submit(connection: Connection, received: unknown, answer: Acknowledge): void {
    const { caller, id: origin } = connection;
    this.rateLimiter.take(CLIENT_EVENTS.submit.rate, caller.device);
    const refused = (error: unknown): void => {
      this.refuse(connection, error, answer);
    };
    this.submission.submit({ caller, received, origin }, { receipt: answer, refused });
  }

  private moveCursor(connection: Connection, payload: unknown, answer: Acknowledge): void {
    const { caller } = connection;
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
        this.refuse(connection, error, answer);
      },
    );
  }

  /**
   * Whoever wants no answer gets no effect either: it could not know of a refusal. A call with more or less than one payload is
   * answered as one without.
   */
  private answering(
    connection: Connection,
    { args, id }: Call,
    act: (payload: unknown, answer: Acknowledge) => void,
  ): void {
    if (id === undefined) return;
    const answer: Acknowledge = (told) => {
      if (!connection.answer(id, told)) void this.connections.close(connection, 'too-slow');
    };
    try {
      act(args.length === 1 ? args[0] : undefined, answer);
    } catch (error) {
      this.refuse(connection, error, answer);
    }
  }

  private refuse(connection: Connection, fault: unknown, answer: Acknowledge): void {
    const error = toLiaisonError(fault);
    if (error.code === 'internal') this.log.error('A message of a socket failed.', fault);
    if (error.details.check === 'HUB-05' && !this.isPatient(connection)) connection.end();
    else answer(toErrorAnswer(error));
  }

  /** Whether a device that is over its rate may be told so once more: refusals cost the hub, too. */
  private isPatient({ caller }: Connection): boolean {
    try {
      this.rateLimiter.take('socket', `refused ${caller.device}`);
      return true;
    } catch {
      return false;
    }
  }
}
