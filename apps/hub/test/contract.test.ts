import 'reflect-metadata';
import { execFileSync } from 'node:child_process';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { DynamicModule, Type } from '@nestjs/common';
import { ErrorAnswer, ROUTES, type RouteContract, type RouteName } from '#liaison/protocol';
import { callHub, startHub, TestClock, type HubAnswer, type TestHub } from '#liaison/testing';
import { ChannelsModule } from '../src/channels/channels.module.js';
import { CustodyModule } from '../src/custody/custody.module.js';
import { EnrolmentModule } from '../src/enrolment/enrolment.module.js';
import { HealthModule } from '../src/health/health.module.js';
import { ENDPOINT } from '../src/http/endpoint.js';
import { HistoryModule } from '../src/history/history.module.js';
import { HttpModule } from '../src/http/http.module.js';
import { IdentityModule } from '../src/identity/identity.module.js';
import { KeyPackagesModule } from '../src/key-packages/key-packages.module.js';
import { LogModule } from '../src/log/log.module.js';
import { ObservabilityModule } from '../src/observability/observability.module.js';
import { RealtimeModule } from '../src/realtime/realtime.module.js';
import { RecordsModule } from '../src/records/records.module.js';
import { RetentionModule } from '../src/retention/retention.module.js';
import { SecondFactorModule } from '../src/second-factor/second-factor.module.js';
import { RosterModule } from '../src/roster/roster.module.js';

const MODULES = [
  ChannelsModule,
  CustodyModule,
  EnrolmentModule,
  HealthModule,
  HttpModule,
  IdentityModule,
  KeyPackagesModule,
  LogModule,
  ObservabilityModule,
  RealtimeModule,
  RecordsModule,
  RetentionModule,
  HistoryModule,
  RosterModule,
  SecondFactorModule,
];
const rows = Object.entries<RouteContract>(ROUTES) as [RouteName, RouteContract][];

interface Handler {
  readonly name: string;
  readonly endpoint: RouteName | undefined;
}

function handlers(): Handler[] {
  return [...new Set(MODULES.flatMap(controllersOf))].flatMap((controller) => {
    const prototype = controller.prototype as Record<string, unknown>;
    return Object.getOwnPropertyNames(prototype)
      .filter((name) => name !== 'constructor')
      .map((name) => ({ name: `${controller.name}.${name}`, method: prototype[name] as object }))
      .filter(({ method }) => Reflect.getMetadata('path', method) !== undefined)
      .map(({ name, method }) => ({ name, endpoint: Reflect.getMetadata(ENDPOINT, method) as RouteName | undefined }));
  });
}

function controllersOf(module: Type | DynamicModule): Type[] {
  const type = 'module' in module ? module.module : module;
  const imports = (Reflect.getMetadata('imports', type) ?? []) as (Type | DynamicModule)[];
  return [...((Reflect.getMetadata('controllers', type) ?? []) as Type[]), ...imports.flatMap(controllersOf)];
}

describe('the route table and the handlers', () => {
  it('belong together: every row has one handler, every handler a row', () => {
    expect(handlers().filter(({ endpoint }) => endpoint === undefined)).toEqual([]);
    expect(
      handlers()
        .map(({ endpoint }) => endpoint)
        .sort(),
    ).toEqual(rows.map(([name]) => name).sort());
  });

  it('say of every row who may call it, how often and how large', () => {
    for (const [, row] of rows) {
      expect(['public', 'device', 'self-verifying']).toContain(row.auth);
      expect(row.rate).toBeDefined();
      expect(row.bodyLimit > 0).toBe(row.body !== undefined);
      expect(/[:*]/.test(row.path)).toBe(row.params !== undefined);
    }
  });
});

describe('a stranger', () => {
  let hub: TestHub;
  let clock: TestClock;
  beforeAll(async () => {
    clock = new TestClock();
    hub = await startHub({ clock });
  });
  afterAll(async () => {
    await hub.stop();
  });

  it.each(rows)('at %s', async (name, row) => {
    clock.advance(60_000);
    const answer = await callHub(hub.url, name, {
      params: {
        ...{ contactPoint: 'bg', channel: 'x', record: 'x', welcome: 'x', index: 'x', level: 'x', place: 'x' },
        ...{ invitation: 'x', opening: 'x', hold: 'x' },
      },
      ...(row.body !== undefined && { body: {} }),
    });
    if (row.auth === 'device') expect(checkOf(answer)).toBe('SIN-04');
    else expect(['HUB-01', 'SIN-04']).not.toContain(checkOf(answer));
  });
});

function checkOf({ body }: HubAnswer): string | undefined {
  return ErrorAnswer.safeParse(body).data?.error.check;
}

describe('the proof of who calls', () => {
  it('is made in one place', () => {
    const places = execFileSync('git', ['grep', '-l', 'ofVerifiedSession', '--', 'apps/hub/src'], { encoding: 'utf8' });
    expect(places.trim().split('\n').sort()).toEqual([
      'apps/hub/src/access/authenticated-device.ts',
      'apps/hub/src/identity/session.service.ts',
    ]);
  });
});
