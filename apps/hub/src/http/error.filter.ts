import { Catch, HttpException, type ArgumentsHost, type ExceptionFilter } from '@nestjs/common';
import type { Request, Response } from 'express';
import { ERROR_CODES, LiaisonError, type ErrorAnswer } from '#liaison/protocol';
import { HubLog } from '../observability/hub-log.js';
import { exchangeOf } from './exchange.js';

/** Every refused request is answered in the one documented form (docs/spec/errors.md). */
@Catch()
export class ErrorFilter implements ExceptionFilter {
  constructor(private readonly log: HubLog) {}

  catch(fault: unknown, host: ArgumentsHost): void {
    const http = host.switchToHttp();
    const [request, response] = [http.getRequest<Request>(), http.getResponse<Response>()];
    const { id, route } = exchangeOf(request);
    const error = toLiaisonError(fault);
    if (error.code === 'internal') this.log.error('A request failed.', fault, { requestId: id, route });
    if (response.headersSent) {
      response.destroy();
      return;
    }
    const { status } = ERROR_CODES[error.code];
    if (error.details.retryAfterMs !== undefined) {
      response.setHeader('Retry-After', Math.ceil(error.details.retryAfterMs / 1000));
    }
    // What is left of a body that was not read would be taken for the next request.
    if (!request.complete) response.setHeader('Connection', 'close');
    response.setHeader('Content-Type', 'application/json; charset=utf-8');
    response.status(status).json(toErrorAnswer(error, id));
  }
}

/** The wire form of an error; also what a socket's acknowledgement carries. */
export function toErrorAnswer({ code, message, details }: LiaisonError, requestId?: string): ErrorAnswer {
  const { check, retryAfterMs } = details;
  return {
    error: {
      code,
      message,
      ...(check !== undefined && { check }),
      ...(retryAfterMs !== undefined && { retryAfterMs }),
      ...(requestId !== undefined && { requestId }),
    },
  };
}

/** What we did not foresee is a fault of ours, and its message may hold anything: the answer does not tell it. */
export function toLiaisonError(fault: unknown): LiaisonError {
  if (fault instanceof LiaisonError) return fault.code === 'internal' ? internal(fault) : fault;
  if (fault instanceof HttpException && fault.getStatus() === 404) {
    return new LiaisonError('not-found', 'There is nothing here.', { check: 'HUB-01' });
  }
  // express and Nest refuse a path with broken percent-encoding.
  if (fault instanceof URIError || (fault instanceof HttpException && fault.getStatus() === 400)) {
    return new LiaisonError('malformed', 'The path of this request is not valid.', { check: 'HUB-04' });
  }
  return isDatabaseAway(fault) ? databaseAway(fault) : internal(fault);
}

function internal(cause: unknown): LiaisonError {
  return new LiaisonError('internal', 'The hub met a fault of its own. Tell its operator the request id.', { cause });
}

function databaseAway(cause: unknown): LiaisonError {
  const message = 'The hub cannot reach its database. Wait a moment, then send the same again.';
  return new LiaisonError('unavailable', message, { retryAfterMs: 1000, cause });
}

/** Classes 08 (connection), 53 (resources) and 57P (shutdown, restart) of PostgreSQL's errors, and those of the network. */
function isDatabaseAway(fault: unknown): boolean {
  if (!(fault instanceof Error)) return false;
  const code = 'code' in fault && typeof fault.code === 'string' ? fault.code : '';
  const isConnection = /^(08...|53...|57P0.|ECONNREFUSED|ECONNRESET|EPIPE|ETIMEDOUT)$/.test(code);
  return isConnection || /^(timeout exceeded when trying to connect|Connection terminated)/.test(fault.message);
}
