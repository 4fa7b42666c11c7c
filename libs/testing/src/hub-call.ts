import { ROUTES, type RouteContract, type RouteName } from '#liaison/protocol';

export interface HubCall {
  readonly params?: Readonly<Record<string, string>>;
  readonly query?: Readonly<Record<string, string | number>>;
  readonly body?: unknown;
  readonly token?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface HubAnswer {
  readonly status: number;
  readonly headers: Headers;
  /** Parsed JSON. */
  readonly body: unknown;
}

/** Calls a row of the route table as it stands, without a client's care: for tests of the hub's own refusals. */
export async function callHub(url: string, name: RouteName, call: HubCall = {}): Promise<HubAnswer> {
  const route: RouteContract = ROUTES[name];
  const path = route.path
    .replaceAll(/:(\w+)/g, (_, part: string) => encodeURIComponent(call.params?.[part] ?? ''))
    .replace(/\*(\w+)/, (_, part: string) => call.params?.[part] ?? '');
  const query = new URLSearchParams(Object.entries(call.query ?? {}).map(([key, value]) => [key, String(value)]));
  const response = await fetch(`${url}${path}${query.size > 0 ? `?${query}` : ''}`, {
    method: route.method,
    headers: {
      ...(call.body !== undefined && { 'content-type': 'application/json' }),
      ...(call.token !== undefined && { authorization: `Bearer ${call.token}` }),
      ...call.headers,
    },
    ...(call.body !== undefined && { body: JSON.stringify(call.body) }),
  });
  const text = await response.text();
  const isJson = response.headers.get('content-type')?.includes('json') === true;
  return { status: response.status, headers: response.headers, body: isJson ? (JSON.parse(text) as unknown) : text };
}

/** The answer of a call that must succeed. @throws Error with what the hub answered instead. */
export async function mustCallHub(url: string, name: RouteName, call: HubCall = {}): Promise<unknown> {
  const { status, body } = await callHub(url, name, call);
  if (status === 200) return body;
  throw new Error(`${name} answered ${status}: ${JSON.stringify(body)}`);
}
