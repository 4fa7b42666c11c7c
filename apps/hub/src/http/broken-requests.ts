import { STATUS_CODES, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { ERROR_CODES, LiaisonError } from '#liaison/protocol';
import { toErrorAnswer } from './error.filter.js';

/** Bytes that Node's parser refuses never become a request, so nothing behind it answers them: refused here, in the one documented form. */
export function answerBrokenRequests(server: Server): void {
  // TLS was never agreed on, wherever its handshake broke off: nothing can be answered, and what is written would wait for ever.
  server.prependListener('tlsClientError', (_fault: Error, socket: Socket) => {
    socket.destroy();
  });
  server.on('clientError', (fault: NodeJS.ErrnoException, socket: Socket) => {
    // What was written already may be the beginning of an answer, which must not be mixed up with this one.
    if (socket.writable && socket.bytesWritten === 0) socket.write(answerText(refusalOf(fault)));
    socket.destroySoon();
  });
  // RFC 9110 section 10.1.1 leaves it to the server whether to meet an expectation that it does not know: Node would answer in a form of its own.
  server.on('checkExpectation', (request: IncomingMessage, response: ServerResponse) => {
    server.emit('request', request, response);
  });
}

function refusalOf({ code }: NodeJS.ErrnoException): LiaisonError {
  if (code === 'HPE_HEADER_OVERFLOW') {
    return new LiaisonError('too-large', 'The path and headers of this request are too large.', { check: 'HUB-08' });
  }
  const message =
    code === 'ERR_HTTP_REQUEST_TIMEOUT' ? 'The request did not arrive in time.' : 'This is not an HTTP request.';
  return new LiaisonError('malformed', message, { check: 'HUB-08' });
}

function answerText(error: LiaisonError): string {
  const { status } = ERROR_CODES[error.code];
  const body = JSON.stringify(toErrorAnswer(error));
  return [
    `HTTP/1.1 ${status} ${STATUS_CODES[status]}`,
    'Content-Type: application/json; charset=utf-8',
    `Content-Length: ${Buffer.byteLength(body)}`,
    'Cache-Control: no-store',
    'Connection: close',
    '',
    body,
  ].join('\r\n');
}
