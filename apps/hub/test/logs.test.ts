import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import pg from 'pg';
import { callHub, startCommunity, startHub, type Community } from '#liaison/testing';
import { HubLog } from '../src/observability/hub-log.js';
import { systemClock } from '#liaison/crypto.node';

const TEXT = 'planted-body-of-the-alert';
const TITLE = 'planted-title-of-the-channel';

let community: Community;
beforeAll(async () => {
  community = await startCommunity();
});
afterAll(() => community.stop());

describe('the log of a whole story', () => {
  it('holds no content, token, key, signature or header', async () => {
    const { sofia, budapest, hub } = community;
    const channel = await sofia.opensChannelWith([budapest], { title: TITLE, caseNumber: 'planted-case' });
    await sofia.mustSend(channel, TEXT, { kind: 'alert', priority: 'urgent' });
    await budapest.mustRead(channel, TEXT);
    await refusals(hub.url);
    const logLines = [...hub.logLines, ...(await linesOfFault())];

    const lines = logLines.map((line) => JSON.parse(line) as Record<string, unknown>);
    const messages = new Set(lines.map(({ msg }) => msg));
    for (const expected of ['The hub listens.', 'Request answered.', 'Sign-in refused.', 'A request failed.']) {
      expect(messages).toContain(expected);
    }
    const all = withoutStacks(lines);
    expect(all).not.toMatch(/planted/);
    expect(all).not.toMatch(/Bearer|eyJ[\w-]{8}|liaison_app:|password/i);
    // Keys, signatures, certificates, ciphertext and hashes are all longer than this; ids and messages are not.
    expect(all).not.toMatch(/[\w+/-]{40,}/);
    for (const desk of ['petrova', 'nagy']) expect(all).not.toContain(desk);
  });
});

async function refusals(url: string): Promise<void> {
  await callHub(url, 'createSession', {
    body: { nonce: 'planted-nonce', certificate: 'planted', signature: 'planted' },
  });
  await callHub(url, 'createSession', {
    body: { nonce: 'A'.repeat(43), certificate: 'plantedA', signature: 'A'.repeat(86) },
  });
  await callHub(url, 'listChannels', { token: 'planted.token.signature', headers: { cookie: 'planted-cookie' } });
  await callHub(url, 'getChannel', { params: { channel: 'planted-channel' } });
  await fetch(`${url}/planted-path?planted=query`, {
    headers: { 'user-agent': 'planted-agent', 'x-request-id': 'planted-id' },
  });
  const { nonce } = (await callHub(url, 'createChallenge', { body: {} })).body as { nonce: string };
  await callHub(url, 'createSession', { body: { nonce, certificate: 'AAAA', signature: 'A'.repeat(86) } });
}

/** A fault of the hub's own, that PostgreSQL reports in words of its own. */
async function linesOfFault(): Promise<readonly string[]> {
  const hub = await startHub();
  const owner = new pg.Client({ connectionString: hub.database.ownerUrl });
  await owner.connect();
  await owner.query('ALTER TABLE rosters RENAME TO planted_rosters');
  expect((await callHub(hub.url, 'getRoster', { query: { version: 1 } })).status).toBe(500);
  await owner.end();
  await hub.stop();
  return hub.logLines;
}

/** Stack frames hold paths of ours, which may be long. */
function withoutStacks(lines: readonly Record<string, unknown>[]): string {
  return lines.map(({ stack: _stack, ...rest }) => JSON.stringify(rest)).join('\n');
}

describe('the log', () => {
  it('tells a fault by its code and place, not by what it says', () => {
    const lines: string[] = [];
    const log = new HubLog('info', systemClock, { write: (line) => void lines.push(line) });
    const error = Object.assign(new Error('Key (device)=(planted) exists'), {
      code: '23505',
      constraint: 'devices_pkey',
    });
    log.error('It failed.', error);
    expect(JSON.parse(lines[0]!)).toMatchObject({
      level: 50,
      msg: 'It failed.',
      fault: 'Error',
      code: '23505',
      constraint: 'devices_pkey',
    });
    expect(lines[0]).not.toContain('planted');
    expect(lines[0]).toContain('logs.test');
  });
});
