import { pino, type DestinationStream, type Logger } from 'pino';
import { LiaisonError, timestampOf, type Clock } from '#liaison/protocol';

export const LOG_LEVELS = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

/** Scalars alone: an object could carry a header, a token or ciphertext along. */
export type LogFields = Readonly<Record<string, string | number | boolean | undefined>>;

/** Structured log, one JSON object a line. Messages are literals of the source; what varies stands in fields. */
export class HubLog {
  private readonly pino: Logger;

  /** @param destination default: standard output. */
  constructor(level: LogLevel, clock: Clock, destination?: DestinationStream) {
    const timestamp = (): string => `,"time":"${timestampOf(clock)}"`;
    this.pino = pino({ level, base: null, timestamp }, destination ?? standardOutput());
  }

  debug(message: string, fields: LogFields = {}): void {
    this.pino.debug(fields, message);
  }

  info(message: string, fields: LogFields = {}): void {
    this.pino.info(fields, message);
  }

  warn(message: string, fields: LogFields = {}): void {
    this.pino.warn(fields, message);
  }

  /** @param fault told by its name, code and stack frames; its message only where it is known to hold no content. */
  error(message: string, fault?: unknown, fields: LogFields = {}): void {
    this.pino.error({ ...fields, ...describeFault(fault) }, message);
  }
}

/**
 * Node's own stream: lines that a closed terminal or pipe no longer takes are given up, rather than the hub. Pino's own
 * destination would try to write them for ever when the process ends.
 */
function standardOutput(): DestinationStream {
  process.stdout.on('error', () => undefined);
  return {
    write: (line) => {
      process.stdout.write(line);
    },
  };
}

function describeFault(fault: unknown): LogFields {
  if (!(fault instanceof Error)) return {};
  const code = 'code' in fault && typeof fault.code === 'string' ? fault.code : undefined;
  return {
    fault: fault.name,
    code,
    // PostgreSQL's messages can quote the value that it refused, so only its code and constraint are told.
    constraint: 'constraint' in fault && typeof fault.constraint === 'string' ? fault.constraint : undefined,
    reason: fault instanceof LiaisonError || isSystemError(code) ? fault.message : undefined,
    stack: framesOf(fault),
  };
}

/** `ECONNREFUSED` and its like, whose messages name addresses and paths. */
function isSystemError(code: string | undefined): boolean {
  return code !== undefined && /^E[A-Z]{3,}$/.test(code);
}

function framesOf({ stack = '' }: Error): string {
  return stack
    .split('\n')
    .filter((line) => /^\s+at /.test(line))
    .slice(0, 8)
    .map((line) => line.trim())
    .join(' | ');
}
