import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import type { Transcript } from './capture.js';
import { type DemoCommunity, emptyHub } from './demo-community.js';
import { type SoftToken, softToken, whyNoToken } from './soft-token.js';

const noToken = await whyNoToken();

let community: DemoCommunity;
const at = (name: string) => join(community.dataFolder, name);
const run = (...argv: string[]) => community.run([...argv, '--passphrase-file', at('passphrase'), '--json']);
const succeeded = ({ exitCode, text, remarks, json }: Transcript) => {
  if (exitCode !== 0) throw new Error(`${text}${remarks}`);
  return json();
};
const must = async (...argv: string[]) => succeeded(await run(...argv));
const device = (name: string, ...argv: string[]) => run('--profile', at(name), ...argv);
const mustDo = async (name: string, ...argv: string[]) => succeeded(await device(name, ...argv));
const CA = ['--ca-passphrase-file'];

const point = (id: string, en: string) => ({
  id,
  names: { en },
  timeZone: 'Europe/Sofia',
  weekend: [6, 7],
  languages: ['en'],
  ceiling: 'RESTRICTED',
});

/** Two contact points with a co-chair each, by the ceremony's commands. */
beforeAll(async () => {
  community = await emptyHub();
  await writeFile(at('passphrase'), 'correct horse battery staple\n');
  await writeFile(at('ca-passphrase'), 'another horse, another staple\n');
  const contactPoints = [point('bg', 'Bulgaria'), point('hu', 'Hungary')];
  const plan = {
    type: 'liaison-plan',
    v: 1,
    community: 'rehearsal',
    threshold: 2,
    coChairs: ['bg', 'hu'],
    contactPoints,
  };
  await writeFile(at('plan.json'), JSON.stringify(plan));
  await must('ceremony', 'hub', at('hub.json'));
  for (const id of ['bg', 'hu']) {
    await must('ceremony', 'co-chair', at(`key-${id}.json`), '--contact-point', id, '--yes');
    const authority = [
      'ceremony',
      'authority',
      at(`ca-${id}.json`),
      '--contact-point',
      id,
      '--name',
      id,
      '--yes',
      '--json',
    ];
    succeeded(await community.run([...authority, '--passphrase-file', at('ca-passphrase')]));
  }
  const handIns = ['key-bg', 'key-hu', 'ca-bg', 'ca-hu'].map((name) => at(`${name}.public.json`));
  await must(
    'ceremony',
    'draft',
    at('plan.json'),
    '--hub-file',
    at('hub.json'),
    '--hand-in',
    ...handIns,
    '--out',
    at('draft.json'),
  );
  await signAndPublish('draft.json', 'roster.json');
  for (const id of ['bg', 'hu'])
    await must('ceremony', 'kit', at('roster.json'), '--contact-point', id, '--out', at(`kit-${id}`));
});
afterAll(() => community.end());

async function signAndPublish(draft: string, roster: string, ...after: string[]) {
  const signatures: string[] = [];
  for (const id of ['bg', 'hu']) {
    const { file } = await must('ceremony', 'sign', at(draft), '--key', at(`key-${id}.json`), '--yes', ...after);
    signatures.push(String(file));
  }
  await must('ceremony', 'merge', at(draft), ...signatures, '--out', at(roster), ...after);
  await must('ceremony', 'publish', at(roster), '--yes');
}

/** The first administrator of a contact point, whom nobody could invite. */
async function firstAdministrator(id: string): Promise<void> {
  const who = ['--device', `${id}:first:desk-1`, '--name', `First of ${id}`];
  const kit = at(`kit-${id}/joining-kit.json`);
  const asked = await mustDo(id, 'enrol', '--kit', kit, ...who, '--request', at(`${id}-request.json`));
  const grant = ['--clearance', 'RESTRICTED', '--duties', 'officer', 'administrator', '--yes'];
  const told = ['--safety-number', String(asked['safetyNumber'])];
  const out = ['--ca', at(`ca-${id}.json`), ...CA, at('ca-passphrase'), '--out', at(`${id}-certificate.json`)];
  await must('admin', 'certify', at(`${id}-request.json`), ...grant, ...told, ...out);
  expect(await mustDo(id, 'enrol', '--certificate', at(`${id}-certificate.json`))).toMatchObject({ state: 'approved' });
}

async function invited(by: string, address: string, ...more: string[]) {
  const grant = ['--clearance', 'RESTRICTED', '--duties', 'officer', 'administrator', '--yes'];
  const invitation = await mustDo(by, 'admin', 'invite', address, '--name', 'Иван Иванов', ...grant, ...more);
  return { id: String(invitation['id']), code: String(invitation['code']) };
}

const enrol = (folder: string, code: string, kit = 'bg') =>
  device(folder, 'enrol', '--kit', at(`kit-${kit}/joining-kit.json`), '--invite', code);
const approve = (by: string, id: string, number: string) =>
  device(
    by,
    'admin',
    'approve',
    id,
    '--safety-number',
    number,
    '--ca',
    at('ca-bg.json'),
    ...CA,
    at('ca-passphrase'),
    '--yes',
  );

describe('from a founding to officers who write to each other', () => {
  it('the first administrators are certified by file', async () => {
    await firstAdministrator('bg');
    await firstAdministrator('hu');
    expect(await mustDo('bg', 'whoami')).toMatchObject({
      device: 'bg:first:desk-1',
      duties: ['officer', 'administrator'],
    });
    for (const id of ['bg', 'hu']) {
      const ca = ['--ca', at(`ca-${id}.json`), ...CA, at('ca-passphrase')];
      expect(await mustDo(id, 'admin', 'revoke', ...ca)).toEqual({ devices: [], revoked: 0 });
    }
    for (const id of ['bg', 'hu']) await mustDo(id, 'sync');
    await expect(stat(at('bg/enrolment.json'))).rejects.toThrow('ENOENT');
  });

  it('an administrator invites, both compare, the administrator approves', async () => {
    const { id, code } = await invited('bg', 'bg:ivanov:desk-1');
    const asked = succeeded(await enrol('ivanov', code));
    expect(asked).toMatchObject({ state: 'requested', device: 'bg:ivanov:desk-1' });
    expect(asked['safetyNumber']).toMatch(/^(\d{5} ){5}\d{5}$/);
    expect(JSON.parse(await readFile(at('ivanov/enrolment.json'), 'utf8'))).toMatchObject({
      type: 'liaison-passphrase-sealed',
    });
    expect(await mustDo('ivanov', 'enrol')).toMatchObject({ state: 'requested', safetyNumber: asked['safetyNumber'] });

    const { invitations } = await mustDo('bg', 'admin', 'invitations');
    expect(invitations).toEqual([expect.objectContaining({ id, state: 'requested', device: 'bg:ivanov:desk-1' })]);
    expect(JSON.stringify(invitations)).not.toContain(asked['safetyNumber']);
    const misheard = String(asked['safetyNumber']).replace(/\d/, (digit) => String((Number(digit) + 1) % 10));
    const refused = await approve('bg', id, misheard);
    expect(refused.exitCode).toBe(7);
    expect(refused.json()).toMatchObject({ error: { check: 'ENR-12' } });

    expect(succeeded(await approve('bg', id, String(asked['safetyNumber'])))).toMatchObject({ state: 'approved' });
    expect(await mustDo('ivanov', 'enrol')).toMatchObject({ state: 'approved', device: 'bg:ivanov:desk-1' });
    await mustDo('ivanov', 'sync');
  });

  it('and the new device sends and receives', async () => {
    await mustDo('ivanov', 'channel', 'create', '--with', 'hu', '--title', 'A first channel');
    await mustDo(
      'ivanov',
      'send',
      '--to',
      'hu',
      '--classification',
      'RESTRICTED',
      '--subject',
      'Good morning',
      '--text',
      'From a new device.',
    );
    await mustDo('hu', 'sync');
    expect(await mustDo('hu', 'inbox')).toMatchObject({
      records: [expect.objectContaining({ subject: 'Good morning', sender: 'bg:ivanov:desk-1' })],
    });
  });
});

describe('certificates and CAs are renewed', () => {
  const admin = (by: string, request: string, out: string, ca = 'ca-bg.json') =>
    device(by, 'admin', 'renew', at(request), '--ca', at(ca), ...CA, at('ca-passphrase'), '--out', at(out), '--yes');

  it('a device’s, by its old key: it goes on in its channels', async () => {
    const before = await mustDo('ivanov', 'whoami');
    // Certificates count whole seconds.
    await setTimeout(1000);
    await mustDo('ivanov', 'renew', '--request', at('renewal.json'));
    succeeded(await admin('bg', 'renewal.json', 'renewed.json'));
    const renewed = await mustDo('ivanov', 'renew', '--certificate', at('renewed.json'));
    expect(renewed).toMatchObject({ device: 'bg:ivanov:desk-1', channels: 1 });
    const notAfter = (await mustDo('ivanov', 'whoami'))['certificateNotAfter'];
    expect(Date.parse(String(notAfter))).toBeGreaterThan(Date.parse(String(before['certificateNotAfter'])));
    await mustDo(
      'ivanov',
      'send',
      '--to',
      'hu',
      '--classification',
      'RESTRICTED',
      '--subject',
      'Later',
      '--text',
      'Still here.',
    );
    await mustDo('hu', 'sync');
    const { members } = await mustDo('hu', 'members', '--to', 'bg');
    expect(members).toContainEqual(
      expect.objectContaining({ device: 'bg:ivanov:desk-1', certificateNotAfter: notAfter }),
    );
    expect(JSON.stringify(await mustDo('hu', 'inbox'))).toContain('Later');
    expect((await mustDo('hu', 'alarms'))['alarms']).toEqual([]);
  });

  it('ENR-16: not by another key, nor by another contact point', async () => {
    const request = JSON.parse(await readFile(at('renewal.json'), 'utf8')) as { signature: string };
    await writeFile(at('forged.json'), JSON.stringify({ ...request, signature: 'A'.repeat(86) }));
    expect((await admin('bg', 'forged.json', 'no.json')).json()).toMatchObject({ error: { check: 'ENR-16' } });
    expect((await admin('hu', 'renewal.json', 'no.json', 'ca-hu.json')).json()).toMatchObject({
      error: { check: 'ENR-16' },
    });
  });

  it('ENR-17: the certificate of another device is not taken', async () => {
    const transcript = await device('bg', 'renew', '--certificate', at('renewed.json'));
    expect(transcript.json()).toMatchObject({ error: { code: 'integrity', check: 'ENR-17' } });
  });

  it('a CA’s, under its key: what it certified stays valid', async () => {
    const renewal = ['ceremony', 'renew-authority', at('ca-bg.json'), at('ca-bg-2.json'), '--years', '15', '--json'];
    succeeded(await community.run([...renewal, '--passphrase-file', at('ca-passphrase')]));
    const change = ['--renew-ca', at('ca-bg-2.public.json'), '--out', at('draft-2.json')];
    await must('ceremony', 'revise', at('roster.json'), ...change);
    await signAndPublish('draft-2.json', 'roster-2.json', '--after', at('roster.json'));
    await mustDo('ivanov', 'sync');
    await mustDo('hu', 'sync');
    expect((await mustDo('hu', 'alarms'))['alarms']).toEqual([]);
    const { members } = await mustDo('hu', 'members', '--to', 'bg');
    expect(members).toContainEqual(expect.objectContaining({ device: 'bg:ivanov:desk-1', flags: [] }));
  });
});

describe('a colleague’s device', () => {
  const first = 'bg:first:desk-1';

  it('is admitted, asks, and is given what was before: in three commands', async () => {
    await mustDo('ivanov', 'channel', 'create', '--with', first, '--kind', 'home', '--title', 'Sofia desk');
    await mustDo('bg', 'sync');
    const { channels } = await mustDo('ivanov', 'history', 'admit', first, '--yes');
    expect((channels as { state: string }[]).map(({ state }) => state).sort()).toEqual(['added', 'member']);
    await mustDo('bg', 'sync');
    expect(JSON.stringify(await mustDo('bg', 'inbox', '--sent'))).not.toContain('Good morning');

    await mustDo('bg', 'history', 'request', '--purpose', 'Takes over the case');
    const { asked } = await mustDo('ivanov', 'history', 'show');
    expect(asked).toMatchObject([{ device: first, purpose: 'Takes over the case' }]);
    const nobody = await device('ivanov', 'history', 'grant', first);
    expect(nobody.exitCode).toBe(2);
    expect(nobody.remarks).toContain('will read what you give it, for good');
    const granted = await device('ivanov', 'history', 'grant', first, '--yes');
    expect(succeeded(granted)).toMatchObject({ to: first });
    expect(granted.remarks).toMatch(/place \d+ of \d+: \d+ given, 0 withheld/);

    await mustDo('bg', 'sync');
    const { received } = await mustDo('bg', 'history', 'show');
    for (const view of received as object[]) expect(view).toMatchObject({ waiting: 0, withheld: [], complete: true });
    expect(JSON.stringify(await mustDo('bg', 'inbox', '--sent'))).toContain('Good morning');
    const entries = JSON.stringify(await mustDo('hu', 'log', 'entries', '--purpose', 'A test'));
    expect(entries).toContain('record.granted');
    expect((await mustDo('bg', 'alarms'))['alarms']).toEqual([]);
  });

  it('is given single records, or what was stored from a day on', async () => {
    const wrong = await device('ivanov', 'history', 'grant', first, '--from', 'yesterday', '--yes');
    expect(wrong).toMatchObject({ exitCode: 2 });
    const day = await device('ivanov', 'history', 'grant', first, '--from', '2020-01-01', '--yes');
    expect(succeeded(day)).toMatchObject({ to: first });
    const records = (await mustDo('hu', 'inbox'))['records'] as { id: string; subject: string }[];
    const { id } = records.find(({ subject }) => subject === 'Good morning')!;
    const one = ['--channel', 'A first channel', '--records', id.slice(0, 13), '--yes'];
    const given = await mustDo('ivanov', 'history', 'grant', first, ...one);
    expect(given).toMatchObject({ channels: [{ given: 1, withheld: 0 }] });
  });
});

describe('what an invitation does not do', () => {
  it('ENR-14: a mistyped code is refused before anything is made', async () => {
    const { code } = await invited('bg', 'bg:typo:desk-1');
    const transcript = await enrol(
      'typo',
      code.replace(/^./, (first) => (first === '7' ? '8' : '7')),
    );
    expect(transcript.json()).toMatchObject({ error: { check: 'ENR-14' } });
    await expect(stat(at('typo'))).rejects.toThrow('ENOENT');
  });

  it('ENR-06: it works once', async () => {
    const { code } = await invited('bg', 'bg:once:desk-1');
    succeeded(await enrol('once', code));
    expect((await enrol('twice', code)).json()).toMatchObject({ error: { code: 'not-found', check: 'ENR-06' } });
  });

  it('it does not admit to another contact point', async () => {
    const { code } = await invited('bg', 'bg:elsewhere:desk-1');
    expect((await enrol('elsewhere', code, 'hu')).json()).toMatchObject({ error: { check: 'ENR-13' } });
  });

  it('once refused, it stays refused', async () => {
    const { id, code } = await invited('bg', 'bg:nobody:desk-1');
    const asked = succeeded(await enrol('nobody', code));
    const told = (what: string) => ({ error: { message: expect.stringContaining(what) as unknown } });
    expect((await device('nobody', 'whoami')).json()).toMatchObject(told('waits for its certificate'));
    const unsigned = await device(
      'bg',
      'admin',
      'approve',
      id,
      '--safety-number',
      '0',
      '--ca',
      at('ca-bg.json'),
      '--yes',
    );
    expect(unsigned.json()).toMatchObject(told('give --ca-passphrase-file'));
    expect(await mustDo('bg', 'admin', 'refuse', id, '--yes')).toMatchObject({ state: 'refused' });
    expect((await approve('bg', id, String(asked['safetyNumber']))).json()).toMatchObject({
      error: { check: 'ENR-09' },
    });
    expect((await device('nobody', 'enrol')).json()).toMatchObject({ error: { code: 'not-allowed' } });
  });

  it('a device that was revoked does nothing any more', async () => {
    const { id, code } = await invited('bg', 'bg:lost:desk-1');
    const asked = succeeded(await enrol('lost', code));
    succeeded(await approve('bg', id, String(asked['safetyNumber'])));
    await mustDo('lost', 'enrol');
    await mustDo('lost', 'sync');
    const ca = ['--ca', at('ca-bg.json'), ...CA, at('ca-passphrase'), '--yes'];
    expect(await mustDo('bg', 'admin', 'revoke', 'bg:lost:desk-1', ...ca)).toMatchObject({ revoked: 1 });
    expect((await device('lost', 'sync')).exitCode).toBe(4);
    expect(await mustDo('bg', 'admin', 'revoke', ...ca)).toMatchObject({ revoked: 1 });
    const spare = ['--device', 'bg:spare:desk-1', '--name', 'Spare', '--request', at('spare-request.json')];
    const request = await mustDo('spare', 'enrol', '--kit', at('kit-bg/joining-kit.json'), ...spare);
    const grant = [
      '--clearance',
      'RESTRICTED',
      '--duties',
      'officer',
      '--safety-number',
      String(request['safetyNumber']),
    ];
    await must('admin', 'certify', at('spare-request.json'), ...grant, ...ca, '--out', at('spare.json'));
    const unseen = ['--serial', '8F:0A:03', '--certificate', at('spare.json')];
    expect(await mustDo('bg', 'admin', 'revoke', ...unseen, ...ca)).toMatchObject({ further: 2, revoked: 3 });
    const none = await device('bg', 'admin', 'revoke', '--serial', 'none', ...ca);
    expect(none.json()).toMatchObject({ error: { code: 'usage' } });
    await mustDo('lost', 'renew', '--request', at('lost.json'));
    const renewed = await device('bg', 'admin', 'renew', at('lost.json'), ...ca, '--out', at('no.json'));
    expect(renewed.json()).toMatchObject({ error: { check: 'ENR-16' } });
  });

  it('ENR-10: where two administrators are wanted, the one who invited does not approve', async () => {
    await must('ceremony', 'revise', at('roster-2.json'), '--two-administrators', 'bg', '--out', at('draft-3.json'));
    await signAndPublish('draft-3.json', 'roster-3.json', '--after', at('roster-2.json'));
    const { id, code } = await invited('bg', 'bg:third:desk-1');
    const number = String(succeeded(await enrol('third', code))['safetyNumber']);
    expect((await approve('bg', id, number)).json()).toMatchObject({ error: { check: 'ENR-10' } });
    expect(succeeded(await approve('ivanov', id, number))).toMatchObject({ state: 'approved' });
    expect(await mustDo('third', 'enrol')).toMatchObject({ state: 'approved' });
  });
});

/** A third contact point, whose CA never was in a file. */
(noToken === undefined ? describe : describe.skip)(
  `a CA on a token${noToken === undefined ? '' : `, not tested: ${noToken}`}`,
  () => {
    let token: SoftToken;
    let uri: string;
    const signed = (...argv: string[]) => [...argv, '--ca', uri, '--pin-fd', token.pinFd(), '--yes'];

    beforeAll(async () => {
      token = await softToken(community.dataFolder, 'liaison-ro');
    });

    it('is made there, and handed in', async () => {
      const who = [
        '--contact-point',
        'ro',
        '--name',
        'Romania',
        '--pkcs11',
        token.module,
        '--token-label',
        token.label,
      ];
      const make = (pin: string) => run('ceremony', 'authority', at('ca-ro.json'), ...who, '--pin-fd', pin, '--yes');
      const refused = await make(token.pinFd('wrong'));
      expect(refused.json()).toMatchObject({ error: { code: 'not-allowed', check: 'TOK-01' } });
      expect(refused.text + refused.remarks).not.toContain('314159');
      const made = succeeded(await make(token.pinFd()));
      uri = String(made['ca']);
      expect(uri).toBe(`pkcs11:token=liaison-ro?module-path=${token.module}`);
      await expect(stat(at('ca-ro.json'))).rejects.toThrow('ENOENT');
      expect((await make(token.pinFd())).json()).toMatchObject({ error: { code: 'conflict' } });

      await writeFile(at('ro.json'), JSON.stringify({ type: 'liaison-newcomer', v: 1, ...point('ro', 'Romania') }));
      const joining = ['--join', at('ro.json'), '--hand-in', at('ca-ro.public.json'), '--out', at('draft-ro.json')];
      await must('ceremony', 'revise', at('roster-3.json'), ...joining);
      await signAndPublish('draft-ro.json', 'roster-ro.json', '--after', at('roster-3.json'));
      await must('ceremony', 'kit', at('roster-ro.json'), '--contact-point', 'ro', '--out', at('kit-ro'));
    });

    it('certifies by file, publishes the revocation list, approves, renews and revokes', async () => {
      const who = ['--device', 'ro:first:desk-1', '--name', 'First of ro', '--request', at('ro-request.json')];
      const asked = await mustDo('ro', 'enrol', '--kit', at('kit-ro/joining-kit.json'), ...who);
      const grant = ['--clearance', 'RESTRICTED', '--duties', 'officer', 'administrator'];
      const number = ['--safety-number', String(asked['safetyNumber']), '--out', at('ro-certificate.json')];
      await must('admin', 'certify', ...signed(at('ro-request.json'), ...grant, ...number));
      await mustDo('ro', 'enrol', '--certificate', at('ro-certificate.json'));
      expect(await mustDo('ro', 'admin', 'revoke', ...signed())).toMatchObject({ revoked: 0 });

      const { id, code } = await invited('ro', 'ro:second:desk-1');
      const second = succeeded(await enrol('ro-second', code, 'ro'));
      const approval = signed(id, '--safety-number', String(second['safetyNumber']));
      expect(await mustDo('ro', 'admin', 'approve', ...approval)).toMatchObject({ state: 'approved' });
      await mustDo('ro-second', 'enrol');
      await mustDo('ro-second', 'sync');
      await mustDo('ro-second', 'renew', '--request', at('ro-renewal.json'));
      await mustDo('ro', 'admin', 'renew', ...signed(at('ro-renewal.json'), '--out', at('ro-renewed.json')));
      await mustDo('ro-second', 'renew', '--certificate', at('ro-renewed.json'));
      expect(await mustDo('ro', 'admin', 'revoke', ...signed('ro:second:desk-1'))).toMatchObject({ revoked: 2 });
      expect((await device('ro-second', 'sync')).exitCode).toBe(4);
    });

    it('is renewed there', async () => {
      const renewed = await run('ceremony', 'renew-authority', uri, at('ca-ro-2.json'), '--pin-fd', token.pinFd());
      const handIn = JSON.parse(await readFile(String(succeeded(renewed)['handIn']), 'utf8')) as {
        caCertificate: string;
      };
      const before = JSON.parse(await readFile(at('ca-ro.public.json'), 'utf8')) as { caCertificate: string };
      expect(handIn.caCertificate).not.toBe(before.caCertificate);
      expect(await mustDo('ro', 'admin', 'revoke', ...signed())).toMatchObject({ revoked: 2 });
    });

    it('TOK-02: a token without a CA under this name signs nothing; a PIN in a command is refused', async () => {
      const other = uri.replace('?', ';object=other?');
      const none = await device('ro', 'admin', 'revoke', '--ca', other, '--pin-fd', token.pinFd());
      expect(none.json()).toMatchObject({ error: { code: 'not-found', check: 'TOK-02' } });
      const told = await device('ro', 'admin', 'revoke', '--ca', `${uri}&pin-value=271828`);
      expect(told.json()).toMatchObject({ error: { code: 'usage' } });
      expect(told.text).not.toContain('271828');
    });
  },
);
