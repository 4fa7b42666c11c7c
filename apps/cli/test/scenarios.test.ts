import { describe, expect, it } from '@jest/globals';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { canonicalJson, ContentBody, type Json, LiaisonError, Marking } from '#liaison/protocol';
import { channelOf } from '../src/demo/scenario-channel.js';
import { isJit, parseScenario, readScenario } from '../src/demo/scenario-file.js';
import { recordsOf } from '../src/demo/scenario-records.js';

const folder = join(import.meta.dirname, '../../../scenarios');
const files = readdirSync(folder).filter((name) => name.endsWith('.json'));
const read = (name: string) => readScenario(join(folder, files.find((file) => file.startsWith(name)) ?? ''));

describe('every scenario file', () => {
  it('is there', () => {
    expect(files).toHaveLength(8);
  });

  it.each(files)('%s becomes records that the protocol accepts', async (file) => {
    const records = recordsOf(await readScenario(join(folder, file)));
    expect(records.length).toBeGreaterThan(0);
    for (const { body, marking } of records) {
      expect(ContentBody.safeParse(body).error).toBeUndefined();
      expect(Marking.safeParse(marking).error).toBeUndefined();
    }
  });

  it.each(files)('%s loses nothing of what the officer knows', async (file) => {
    const text = readFileSync(join(folder, file), 'utf8');
    const written = JSON.stringify([
      recordsOf(await readScenario(join(folder, file))),
      channelOf(await readScenario(join(folder, file))),
    ]);
    for (const value of leaves(JSON.parse(text) as Json)) {
      if (!MAPPED.has(value)) expect(written).toContain(JSON.stringify(value));
    }
  });
});

/** Values that become another name of the same thing. */
const MAPPED = new Set<Json>(['jit', 'imminent threat to life or physical integrity']);

function leaves(value: Json): Json[] {
  if (typeof value !== 'object' || value === null) return [value];
  return Object.values(value).flatMap((member) => leaves(member as Json));
}

describe('the mapping', () => {
  it('takes a smuggling alert to the five countries on the route, marked on four axes', async () => {
    const scenario = await read('01');
    expect(channelOf(scenario)).toMatchObject({ kind: 'multilateral', members: ['bg', 'hu', 'mk', 'ba', 'iq', 'pk'] });
    expect(recordsOf(scenario)).toMatchObject([
      {
        from: 'bg',
        kind: 'alert',
        priority: 'urgent',
        marking: {
          classification: 'RESTRICTED',
          handling: ['H0', 'H2'],
          tlp: 'AMBER',
          pap: 'AMBER',
          caveats: ['minor'],
        },
        body: { sourceEvaluation: 'B', informationEvaluation: '2' },
      },
    ]);
  });

  it('puts the clock of a request into its header', async () => {
    const [request] = recordsOf(await read('02'));
    expect(request).toMatchObject({
      kind: 'request',
      priority: 'flash',
      clock: { profile: 'eu-2023-977', class: 'urgent-direct', urgencyGround: 'life-or-integrity' },
    });
  });

  it('keeps a national marking verbatim', async () => {
    expect(recordsOf(await read('03'))[0]?.marking.nationalMarking).toBe('DIFFUSION RESTREINTE');
  });

  it('has a bulletin co-signed by the other chair, in reply', async () => {
    const scenario = await read('04');
    expect(channelOf(scenario)).toMatchObject({ kind: 'community', members: 'community' });
    expect(recordsOf(scenario).map(({ from, kind, inReplyTo }) => [from, kind, inReplyTo])).toEqual([
      ['iq', 'bulletin', undefined],
      ['bg', 'cosign', 0],
    ]);
  });

  it('opens a joint investigation team with its agreement, tasks by owner and exhibits by who acquired them', async () => {
    const scenario = await read('05');
    expect(isJit(scenario)).toBe(true);
    expect(channelOf(scenario)).toMatchObject({ kind: 'jit', members: ['hu', 'bg', 'mk'], title: 'JIT Balkan Axle' });
    expect(recordsOf(scenario).map(({ from, kind }) => `${from} ${kind}`)).toEqual([
      'hu message',
      'bg task',
      'hu task',
      'mk task',
      'hu evidence',
      'bg evidence',
    ]);
  });

  it('sends a notification and a referral to one country alone, the referral with its lane and consent', async () => {
    expect(channelOf(await read('07'))).toMatchObject({ kind: 'bilateral', members: ['it', 'hu'] });
    const [referral] = recordsOf(await read('08'));
    expect(referral?.marking.caveats).toEqual(['victim-consent']);
    expect(canonicalJson(referral?.body.facts as Json)).toContain('"lane":"victim"');
  });

  it('refuses what is not a scenario, naming what is wrong', () => {
    const wrong = () => parseScenario({ from: 'bg', to: ['hu'], kind: 'gossip' }, 'x.json');
    expect(wrong).toThrow(LiaisonError);
    expect(wrong).toThrow(/x\.json is not a scenario: .*kind/);
  });

  it('refuses a ground of urgency that the directive does not know', async () => {
    const scenario = {
      ...(await read('02')),
      clock: { profile: 'eu-2023-977', class: 'urgent-direct', urgencyGround: 'hurry' },
    };
    expect(() => recordsOf(parseScenario(scenario, 'x.json'))).toThrow('Grounds of urgency');
  });
});
