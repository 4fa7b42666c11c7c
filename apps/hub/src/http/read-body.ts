import type { Request } from 'express';
import { fromUtf8, LiaisonError } from '#liaison/protocol';

/**
 * Reads a JSON body of at most `limit` bytes; nothing beyond it is kept. Called after authentication, so that strangers cannot
 * make the hub hold large bodies.
 * @returns undefined where the row takes no body.
 * @throws LiaisonError `too-large` (HUB-02), `malformed` (HUB-03).
 */
export async function readJsonBody(request: Request, limit: number): Promise<unknown> {
  const announced = Number(request.headers['content-length'] ?? 0);
  if (announced > limit) throw tooLarge(limit);
  const bytes = await readBytes(request, limit);
  if (limit === 0) return undefined;
  requireJson(request);
  try {
    return JSON.parse(fromUtf8(bytes)) as unknown;
  } catch {
    throw new LiaisonError('malformed', 'The body of this request is not JSON.', { check: 'HUB-03' });
  }
}

async function readBytes(request: Request, limit: number): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of arriving(request)) {
    length += chunk.length;
    if (length > limit) throw tooLarge(limit);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

/** A sender that goes away, or whose bytes are not framed as HTTP, is no fault of ours. */
async function* arriving(request: Request): AsyncGenerator<Uint8Array> {
  try {
    yield* request as AsyncIterable<Uint8Array>;
  } catch (cause) {
    throw new LiaisonError('malformed', 'The body of this request did not arrive whole.', { check: 'HUB-03', cause });
  }
}

/** A form that a foreign page can send without asking, and a compressed body, are refused. */
function requireJson({ headers }: Request): void {
  const [type] = (headers['content-type'] ?? '').split(';');
  if (type?.trim().toLowerCase() === 'application/json' && headers['content-encoding'] === undefined) return;
  throw new LiaisonError('malformed', 'Send the body as application/json, not compressed.', { check: 'HUB-03' });
}

function tooLarge(limit: number): LiaisonError {
  const message = limit === 0 ? 'This request takes no body.' : `The body of this request exceeds ${limit} bytes.`;
  return new LiaisonError('too-large', message, { check: 'HUB-02' });
}
