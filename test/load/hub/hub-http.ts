import { request } from 'node:http';
import { LiaisonError, ROUTES, type RouteName } from '#liaison/protocol';

export interface HubCall {
  readonly params?: Readonly<Record<string, string>>;
  readonly body?: object;
  readonly token?: string;
  /** 127.x.y.z to call from: rates are counted by address, and a community does not sit behind one. */
  readonly from?: string;
}

/** One call of the hub's REST contract on loopback. @throws LiaisonError `internal` with the hub's answer where it refuses. */
export async function callHub<T>(port: number, route: RouteName, call: HubCall = {}): Promise<T> {
  const { method, path } = ROUTES[route];
  const filled = path.replaceAll(/:(\w+)/g, (_whole, name: string) => call.params?.[name] ?? '');
  const { status, text } = await send(port, method, filled, call);
  if (status >= 300) throw new LiaisonError('internal', `${route} was refused with ${status}: ${text.slice(0, 500)}`);
  return (text === '' ? undefined : JSON.parse(text)) as T;
}

async function send(
  port: number,
  method: string,
  path: string,
  { body, token, from }: HubCall,
): Promise<{ status: number; text: string }> {
  const payload = body === undefined ? undefined : Buffer.from(JSON.stringify(body));
  return new Promise((resolve, reject) => {
    const outgoing = request(
      {
        host: '127.0.0.1',
        port,
        method,
        path,
        agent: false,
        ...(from !== undefined && { localAddress: from }),
        headers: {
          ...(payload && { 'content-type': 'application/json', 'content-length': payload.length }),
          ...(token !== undefined && { authorization: `Bearer ${token}` }),
        },
      },
      (incoming) => {
        const chunks: Buffer[] = [];
        incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
        incoming.on('end', () => {
          resolve({ status: incoming.statusCode ?? 0, text: Buffer.concat(chunks).toString() });
        });
      },
    );
    outgoing.on('error', reject);
    outgoing.end(payload);
  });
}
