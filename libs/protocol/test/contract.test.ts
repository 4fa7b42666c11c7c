import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { CLIENT_EVENTS, ERROR_CODES, openApiDocument, RATE_CLASSES, ROUTES, type RouteContract } from '../src/index.js';

const routes = Object.entries<RouteContract>(ROUTES);

describe('the contract table', () => {
  it.each(routes)('%s has an auth mode, a rate class and a limit for its body', (_name, route) => {
    expect(['public', 'device', 'self-verifying']).toContain(route.auth);
    expect(RATE_CLASSES).toHaveProperty(route.rate);
    expect(route.bodyLimit > 0).toBe(route.body !== undefined);
    expect(route.method === 'GET' ? route.body : undefined).toBeUndefined();
  });

  it('names each method and path once', () => {
    const places = routes.map(([, route]) => `${route.method} ${route.path}`);
    expect(new Set(places).size).toBe(places.length);
  });

  it('declares every path parameter', () => {
    for (const [, route] of routes) {
      const named = [...route.path.matchAll(/[:*](\w+)/g)].map((match) => match[1]);
      expect(Object.keys(route.params?.shape ?? {})).toEqual(named);
    }
  });

  it('gives every socket event an auth mode and a rate class', () => {
    for (const event of Object.values(CLIENT_EVENTS)) {
      expect(event.auth).toBe('device');
      expect(RATE_CLASSES).toHaveProperty(event.rate);
    }
  });

  it('is written as OpenAPI 3.1, one operation for each route', () => {
    const document = openApiDocument('1.2.3') as { openapi: string; paths: Record<string, Record<string, unknown>> };
    expect(document.openapi).toBe('3.1.0');
    expect(Object.values(document.paths).flatMap((path) => Object.keys(path))).toHaveLength(routes.length);
    expect(document.paths['/v1/channels/{channel}/events']?.['get']).toMatchObject({
      operationId: 'listEvents',
      'x-auth': 'device',
    });
    expect(JSON.stringify(document)).not.toContain('"$ref":"#/definitions');
  });

  it('documents every error code, with its status and what to do', () => {
    const page = readFileSync('docs/spec/errors.md', 'utf8');
    const rows = [...page.matchAll(/^\| `([a-z-]+)` \| (\d{3}) \| ([a-z-]+) \|/gm)].map(([, code, status, retry]) => ({
      code,
      status: Number(status),
      retry,
    }));
    expect(rows).toEqual(Object.entries(ERROR_CODES).map(([code, { status, retry }]) => ({ code, status, retry })));
  });
});
