import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { systemClock, systemRandom } from '#liaison/crypto.node';
import { fromUtf8, TemplatePackBody } from '#liaison/protocol';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { hubReach } from '../src/config/hub-reach.js';
import { openDeviceClient } from '../src/desk/open-desk.js';
import { readProfile } from '../src/profile/profile-folder.js';
import { type DemoCommunity, foundedDemo } from './demo-community.js';

/** The form of docs/spec/template-pack.md, in a version. */
const packOf = (version: number, title = 'Sighting of a drone') => ({
  v: 1,
  community: 'demo-community',
  version,
  templates: [
    {
      v: 1,
      id: 'drone-sighting',
      version,
      kinds: ['sighting'],
      sections: [
        { id: 'observation', fields: [{ name: 'drone', type: 'code', codes: 'drone-types', required: true }] },
      ],
    },
  ],
  codeLists: [{ id: 'drone-types', verified: false, codes: [{ code: 'fixed-wing' }, { code: 'rotor' }] }],
  labels: {
    en: {
      'template.drone-sighting': title,
      'field.drone': 'Drone',
      'code.drone-types.fixed-wing': 'Fixed wing',
      'code.drone-types.rotor': 'Rotor',
    },
    bg: { 'template.drone-sighting': 'Наблюдение на дрон', 'code.drone-types.rotor': 'С витла' },
  },
});

let community: DemoCommunity;
beforeAll(async () => {
  community = await foundedDemo();
});
afterAll(() => community.end());

const as = (contactPoint: string, ...argv: string[]) => community.run(['--as', contactPoint, ...argv]);
const path = (name: string) => join(community.dataFolder, name);
const proposed = async (name: string, pack: object) => {
  await writeFile(path(`${name}.json`), JSON.stringify(pack));
  const transcript = await as('iq', 'template', 'propose', path(`${name}.json`), path(`${name}.signed.json`));
  expect(`${transcript.exitCode} ${transcript.remarks}`).toMatch(/^0/);
  return path(`${name}.signed.json`);
};

describe('forms that the co-chairs publish', () => {
  let file = '';

  it('are proposed by one of them, and by nobody else', async () => {
    file = await proposed('drones', packOf(1));
    const other = await as('hu', 'template', 'propose', path('drones.json'), path('other.json'));
    expect(other.exitCode).toBe(3);
    const key = path('demo/ceremony/witness-hu.json');
    expect((await as('hu', 'template', 'cosign', file, '--co-chair-key', key)).exitCode).not.toBe(0);
  });

  it('are not published with too few signatures (TPK-01)', async () => {
    const { exitCode, remarks } = await as('iq', 'template', 'install', file);
    expect(exitCode).toBe(7);
    expect(remarks).toContain('TPK-01');
  });

  it('are used by nobody where somebody sends them all the same', async () => {
    const passphrase = fromUtf8(await readFile(path('demo/passphrase'))).trim();
    const folder = path('demo/iq');
    const device = { folder, profile: await readProfile(folder, passphrase), hubUrl: community.hub.url };
    const { client } = await openDeviceClient(
      { clock: systemClock, random: systemRandom, reach: hubReach({ hubAuthorities: undefined }) },
      device,
    );
    const channel = (await client.channels()).find(({ profile }) => profile.kind === 'community');
    const body = TemplatePackBody.parse(JSON.parse(await readFile(file, 'utf8')));
    const marking = { classification: 'UNCLASSIFIED', handling: [], caveats: [] } as const;
    const sent = await client.send({
      channel: channel!.id,
      kind: 'template',
      body,
      marking: { ...marking, handling: [], caveats: [] },
    });
    expect(sent.state).toBe('stored');
    await client.close();
    const list = await as('az', 'template', 'list');
    expect(list.text).not.toContain('drone-sighting');
    expect(list.remarks).toMatch(/A template pack is not used: .* \[TPK-01\]/);
  });

  it('are there for every device once enough of them have signed', async () => {
    expect((await as('bg', 'template', 'cosign', file, '--json')).json()).toMatchObject({
      pack: { version: 1, signedBy: ['iq', 'bg'], needed: 2 },
    });
    expect((await as('bg', 'template', 'install', file)).exitCode).toBe(0);
    const { text } = await as('az', 'template', 'list', '--lang', 'bg');
    expect(text).toMatch(/drone-sighting +1 +pack 1 +Наблюдение на дрон/);
  });

  it('are written, and read in each language that the pack has', async () => {
    await writeFile(path('facts.json'), JSON.stringify({ drone: 'rotor' }));
    const argv = ['--template', 'drone-sighting', '--from-facts', path('facts.json'), '--classification', 'RESTRICTED'];
    const sent = await as('hu', 'send', '--to', 'bg', ...argv, '--json');
    const { id } = sent.json()['record'] as { id: string };
    const read = await as('bg', 'read', id);
    expect(read.text).toContain('Наблюдение на дрон');
    expect(read.text).toContain('С витла');
  });

  it('never change what a version says (TPK-03)', async () => {
    const again = await proposed('again', packOf(1, 'Something else'));
    await as('bg', 'template', 'cosign', again);
    await as('bg', 'template', 'install', again);
    const { text, remarks } = await as('fr', 'template', 'list', '--lang', 'en');
    expect(text).toContain('Sighting of a drone');
    expect(text).not.toContain('Something else');
    expect(remarks).toContain('TPK-03');
  });

  it('come in new versions, beside the old', async () => {
    const next = await proposed('next', packOf(2));
    await as('bg', 'template', 'cosign', next);
    await as('bg', 'template', 'install', next);
    expect((await as('it', 'template', 'list', '--lang', 'en')).text).toMatch(/drone-sighting +2 +pack 2/);
  });
});
