import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Transcript } from './capture.js';
import { type DemoCommunity, foundedDemo } from './demo-community.js';

let community: DemoCommunity;
beforeAll(async () => {
  community = await foundedDemo();
  await community.run(['--as', 'hu', 'channel', 'create', '--with', 'mk', '--title', 'Route south']);
});
afterAll(() => community.end());

const asBg = (...argv: string[]) => community.run(['--as', 'bg', ...argv]);
const asHu = (...argv: string[]) => community.run(['--as', 'hu', ...argv]);
const idOf = (transcript: Transcript) => (transcript.json()['record'] as Record<string, unknown>)['id'] as string;

async function bgSends(subject: string, ...marks: string[]): Promise<string> {
  const sent = await asBg(
    ...['send', '--to', 'hu', '--kind', 'alert', '--classification', 'RESTRICTED', '--subject', subject, '--json'],
    ...marks,
  );
  expect(sent.exitCode).toBe(0);
  return idOf(sent);
}

describe('marks at the command line', () => {
  it('refuse a forward with the reason, until the originator consents', async () => {
    const id = await bgSends('Held back', '--handling', 'H0,H2', '--tlp', 'AMBER');
    const into = ['--into', 'Route south'];
    const may = await asHu('may', 'forward', id, ...into);
    expect(may.exitCode).toBe(4);
    expect(may.text).toContain('H2: not to mk without the consent of bg. (handling-h2)');
    const refused = await asHu('forward', id, ...into);
    expect(refused).toMatchObject({ exitCode: 4 });
    expect(refused.remarks).toContain('[POL-04]');

    const terms = ['--act', 'forward', '--recipients', 'mk', '--reason', 'The route goes through Skopje'];
    const asked = await asHu('consent', 'ask', id, ...terms, '--json');
    expect(asked.exitCode).toBe(0);
    const list = await asBg('consent', 'list');
    expect(list.text).toMatch(/asked +forward +hu +mk +hu .*The route goes/);
    expect(await asBg('consent', 'give', idOf(asked), '--reason', 'Go ahead')).toMatchObject({ exitCode: 0 });
    expect(await asHu('may', 'forward', id, ...into)).toMatchObject({
      exitCode: 0,
      text: expect.stringContaining('Allowed'),
    });
    expect(await asHu('forward', id, ...into)).toMatchObject({ exitCode: 0 });
    const inbox = await community.run(['--as', 'mk', 'inbox', '--json']);
    expect(inbox.json()['records']).toMatchObject([{ subject: 'Held back', from: 'hu' }]);

    const given = (await asHu('consent', 'list', '--json')).json()['consents'] as {
      record: string;
      inForce: boolean;
    }[];
    const consent = given.find(({ inForce }) => inForce)?.record ?? '';
    expect(await asBg('consent', 'revoke', consent, '--reason', 'No longer')).toMatchObject({ exitCode: 0 });
    expect(await asHu('may', 'forward', id, ...into)).toMatchObject({ exitCode: 4 });
  });

  it('say what H1 and a minor hold back', async () => {
    const id = await bgSends('Not for court', '--handling', 'H1', '--caveat', 'minor');
    const proceedings = await asHu('may', 'proceedings', id, '--json');
    expect(proceedings.exitCode).toBe(4);
    expect(proceedings.json()).toMatchObject({
      act: 'proceedings',
      allowed: false,
      reasons: [{ code: 'handling-h1' }],
    });
    const exported = await asHu('may', 'export', id, '--purpose', 'national-system');
    expect(exported.text).toContain('concerns a minor');
    const given = ['--act', 'proceedings', '--for', 'hu', '--reason', 'For court 12'];
    expect(await asBg('consent', 'give', id, ...given)).toMatchObject({ exitCode: 0 });
    expect(await asHu('may', 'proceedings', id)).toMatchObject({ exitCode: 0 });
  });

  it('are changed by the originator, and shown as they are now', async () => {
    const id = await bgSends('Marked anew');
    const mark = ['--classification', 'RESTRICTED', '--handling', 'H0,H2', '--reason', 'An informant is at risk'];
    expect(await asHu('remark', id, ...mark)).toMatchObject({ exitCode: 4 });
    expect(await asBg('remark', id, ...mark)).toMatchObject({ exitCode: 0 });
    const { text } = await asHu('read', id);
    expect(text).toMatch(/^RESTRICTED · H0 H2\nsent as RESTRICTED\nmarked anew by bg, .*: An informant is at risk\n/);
  });

  it('go with a record that is withdrawn', async () => {
    const id = await bgSends('Taken back');
    await asHu('sync');
    expect(await asHu('withdraw', id, '--reason', 'Not mine')).toMatchObject({ exitCode: 4 });
    expect(await asBg('withdraw', id)).toMatchObject({ exitCode: 2 });
    expect(await asBg('withdraw', id, '--reason', 'The wrong person')).toMatchObject({ exitCode: 0 });
    const inbox = await asHu('inbox', '--json');
    expect(JSON.stringify(inbox.json())).not.toContain('Taken back');
    const failures = inbox.json()['failures'] as { check: string; whatHappened: string }[];
    expect(failures[0]).toMatchObject({ check: 'POL-10', whatHappened: expect.stringMatching(/Withdrawn by bg at/) });
    await asHu('sync');
    const known = await asHu('read', id);
    expect(known.exitCode).toBe(0);
    expect(known.text).toMatch(/Withdrawn by bg at .*: The wrong person/);
    expect(known.text).toMatch(/This device destroyed what it held of it.*\n.*\n  hu:\S+ destroyed it/);
    expect((await asHu('read', id, '--json')).json()).toMatchObject({
      record: { id, withdrawn: { by: 'bg', attestations: expect.anything() } },
    });
    const forwarded = await asHu('forward', id, '--into', 'Route south');
    expect(forwarded).toMatchObject({ exitCode: 4, remarks: expect.stringContaining('Withdrawn by bg') });
  });

  it('take a second officer where the channel says so', async () => {
    const four = ['--with', 'bg', '--title', 'Two officers', '--four-eyes', 'urgent'];
    expect(await asHu('channel', 'create', ...four)).toMatchObject({ exitCode: 0 });
    const urgent = ['--channel', 'Two officers', '--classification', 'RESTRICTED', '--subject', 'Now'];
    const alone = await asHu('send', ...urgent, '--priority', 'urgent');
    expect(alone.exitCode).toBe(4);
    expect(alone.remarks).toContain('[POL-11]');
    expect(await asHu('send', ...urgent)).toMatchObject({ exitCode: 0 });
    const homeless = await asHu('draft', 'write', ...urgent, '--priority', 'urgent');
    expect(homeless).toMatchObject({ exitCode: 3 });
    expect(homeless.remarks).toContain('kind home');
    expect(await asHu('draft', 'list')).toMatchObject({ text: expect.stringContaining('No draft waits') });
  });
});
