import { describe, expect, it } from '@jest/globals';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { canonicalJson, ContentBody, type Json, LiaisonError, Marking } from '#liaison/protocol';
import { channelOf } from '../src/demo/scenario-channel.js';
import { isJit, parseScenario, readScenario } from '../src/demo/scenario-file.js';
import { formsOf } from '../src/demo/scenario-forms.js';
import { recordsOf } from '../src/demo/scenario-records.js';
import { mapScenario, scenarioMapping, templateOf, validateFacts, valueAt } from '#liaison/templates';

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
    const scenario = await readScenario(join(folder, file));
    const written = JSON.stringify([recordsOf(scenario), channelOf(scenario.scenario)]);
    const inFacts = await takenByForms(file, JSON.parse(text) as Json);
    for (const value of leaves(JSON.parse(text) as Json)) {
      if (!MAPPED.has(value) && !inFacts.has(value)) expect(written).toContain(JSON.stringify(value));
    }
  });

  it.each(files)('%s is sent as forms that are filled in rightly', async (file) => {
    const records = recordsOf(await readScenario(join(folder, file)));
    for (const { kind, body } of records.filter(({ kind: each }) => each !== 'cosign')) {
      const form = body.template && templateOf(body.template.id, body.template.version);
      expect(form?.kinds).toContain(kind);
      expect(form && validateFacts(form, body.facts)).toMatchObject({ isValid: true, facts: body.facts });
    }
  });

  it('with facts that no mapping takes is sent with its facts as they are', async () => {
    const value = { ...(JSON.parse(readFileSync(join(folder, files[0] ?? ''), 'utf8')) as object), facts: { n: 1 } };
    expect(await formsOf('01-mine.json', value)).toEqual([]);
    const [record] = recordsOf({ scenario: parseScenario(value, '01-mine.json'), forms: [] });
    expect(record?.body).toMatchObject({ facts: { n: 1 } });
    expect(record?.body).not.toHaveProperty('template');
  });
});

/** Values that stand in a form's facts in another writing: as a code, or normalised. What no form takes is not among them. */
async function takenByForms(file: string, value: Json): Promise<Set<Json>> {
  const mapping = await scenarioMapping(file.slice(0, 2));
  if (mapping === undefined) return new Set();
  const taken = mapping.records.flatMap(({ root, each }) => {
    const loose = root === '' ? value : valueAt(value, root);
    return each === true && Array.isArray(loose) ? (loose as Json[]) : [loose ?? {}];
  });
  const left = mapScenario(mapping, value).map((record) => record.left);
  return new Set(
    taken.flatMap((root, index) =>
      pointers(root, '').flatMap(([pointer, leaf]) => (left[index]?.includes(pointer) ? [] : [leaf])),
    ),
  );
}

function pointers(value: Json, pointer: string): [string, Json][] {
  if (typeof value !== 'object' || value === null) return [[pointer, value]];
  return Object.entries(value).flatMap(([name, item]) => pointers(item as Json, `${pointer}/${name}`));
}

/** Values that become another name of the same thing; the lane of a victim is the form of a referral. */
const MAPPED = new Set<Json>(['jit', 'victim', 'imminent threat to life or physical integrity']);

function leaves(value: Json): Json[] {
  if (typeof value !== 'object' || value === null) return [value];
  return Object.values(value).flatMap((member) => leaves(member as Json));
}

describe('the mapping', () => {
  it('takes a smuggling alert to the five countries on the route, marked on four axes', async () => {
    const scenario = await read('01');
    expect(channelOf(scenario.scenario)).toMatchObject({
      kind: 'multilateral',
      members: ['bg', 'hu', 'mk', 'ba', 'iq', 'pk'],
    });
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
        body: { sourceEvaluation: 'B', informationEvaluation: '2', template: { id: 'smuggling-alert', version: 1 } },
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
    expect(channelOf(scenario.scenario)).toMatchObject({ kind: 'community', members: 'community' });
    expect(recordsOf(scenario).map(({ from, kind, inReplyTo }) => [from, kind, inReplyTo])).toEqual([
      ['iq', 'bulletin', undefined],
      ['bg', 'cosign', 0],
    ]);
  });

  it('opens a joint investigation team with its agreement, tasks by owner and exhibits by who acquired them', async () => {
    const scenario = await read('05');
    expect(isJit(scenario.scenario)).toBe(true);
    expect(channelOf(scenario.scenario)).toMatchObject({
      kind: 'jit',
      members: ['hu', 'bg', 'mk'],
      title: 'JIT Balkan Axle',
    });
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
    expect(channelOf((await read('07')).scenario)).toMatchObject({ kind: 'bilateral', members: ['it', 'hu'] });
    const [referral] = recordsOf(await read('08'));
    expect(referral?.marking.caveats).toEqual(['victim-consent']);
    expect(referral?.body).toMatchObject({ template: { id: 'victim-referral' }, facts: { consentGiven: true } });
  });

  it('keeps the lane of a referral that is no form among its facts', async () => {
    const [referral] = recordsOf({ ...(await read('08')), forms: [] });
    expect(canonicalJson(referral?.body.facts as Json)).toContain('"lane":"victim"');
  });

  it('refuses what is not a scenario, naming what is wrong', () => {
    const wrong = () => parseScenario({ from: 'bg', to: ['hu'], kind: 'gossip' }, 'x.json');
    expect(wrong).toThrow(LiaisonError);
    expect(wrong).toThrow(/x\.json is not a scenario: .*kind/);
  });

  it('refuses a ground of urgency that the directive does not know', async () => {
    const scenario = {
      ...(await read('02')).scenario,
      clock: { profile: 'eu-2023-977', class: 'urgent-direct', urgencyGround: 'hurry' },
    };
    expect(() => recordsOf({ scenario: parseScenario(scenario, 'x.json'), forms: [] })).toThrow('Grounds of urgency');
  });
});
