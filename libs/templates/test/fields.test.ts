import fc from 'fast-check';
import { describe, expect, it } from '@jest/globals';
import type { Json } from '#liaison/protocol';
import {
  compositeOf,
  COMPOSITE_TYPES,
  type Field,
  LEAF_TYPES,
  leafOf,
  loadLabels,
  type LeafTypeId,
  validateFacts,
  templateOf,
  templates,
  walkFacts,
  fieldsOf,
} from '../src/index.js';

const labels = await loadLabels('en');

function fieldOf(type: LeafTypeId): Field {
  return { name: 'it', type, codes: type === 'code' ? 'sex' : undefined, max: 1000 };
}

function checked(type: LeafTypeId, typed: unknown): { value?: Json; findings: readonly string[] } {
  const { value, findings } = leafOf(type)!.check(typed, fieldOf(type));
  return { ...(value === undefined ? {} : { value }), findings: findings.map(({ code }) => code) };
}

describe('what a field takes', () => {
  const words = (type: 'text' | 'line' | 'count', bounds: Partial<Field> = {}) => {
    const { labelKey, values } = leafOf(type)!.expects({ name: 'it', type, ...bounds });
    return labels.text(labelKey, values);
  };

  it('is said with the bounds of the form, or those of its type', () => {
    expect(words('text')).toBe('Text of at most 4,000 characters.');
    expect(words('line')).toBe('One line of at most 200 characters.');
    expect(words('line', { maxLength: 20 })).toBe('One line of at most 20 characters.');
    expect(words('count', { max: 9 })).toBe('A whole number from 0 to 9.');
    expect(words('count', { min: 1 })).toBe('A whole number of 1 or more.');
  });
});

describe('field types', () => {
  it.each([
    ['phone', '00359 2 000-0000', { value: '+35920000000', findings: [] }],
    ['phone', '+44 7700 900123', { value: '+447700900123', findings: ['phone-plan'] }],
    ['phone', '112', { value: '112', findings: ['phone-national'] }],
    ['phone', 'call me', { findings: ['form'] }],
    ['iban', 'fr76 3000 6000 0112 3456 7890 189', { value: 'FR7630006000011234567890189', findings: [] }],
    ['iban', 'FR7630006000011234567890188', { value: 'FR7630006000011234567890188', findings: ['check-digits'] }],
    ['imei', '49-015420-323751-8', { value: '490154203237518', findings: [] }],
    ['imei', '490154203237519', { value: '490154203237519', findings: ['check-digits'] }],
    ['wallet', '1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa', { value: '1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa', findings: [] }],
    [
      'wallet',
      '1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNb',
      { value: '1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNb', findings: ['wallet-network'] },
    ],
    [
      'wallet',
      'bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4',
      { value: 'bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4', findings: [] },
    ],
    [
      'wallet',
      '0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed',
      { value: '0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed', findings: [] },
    ],
    [
      'wallet',
      '0x5aAeb6053F3E94C9b9A09f33669435E7Ef1Beaed',
      { value: '0x5aAeb6053F3E94C9b9A09f33669435E7Ef1Beaed', findings: ['wallet-network'] },
    ],
    ['country', 'aze', { value: 'AZ', findings: [] }],
    ['country', 'XXA', { value: 'XXA', findings: [] }],
    ['country', 'ZZ', { findings: ['form'] }],
    [
      'plate',
      { number: 'cb  0000 xx', country: 'bgr' },
      { value: { number: 'CB 0000 XX', country: 'BG' }, findings: [] },
    ],
    ['plate', 'ب 1234', { value: { number: 'ب 1234' }, findings: [] }],
    ['timestamp', '2026-11-24T03:41:00+01:00', { value: '2026-11-24T02:41:00.000Z', findings: [] }],
    ['timestamp', '2026-11-24T03:41:00', { findings: ['form'] }],
    ['date', '1980-02-30', { findings: ['form'] }],
    ['date', '1980-02', { value: '1980-02', findings: [] }],
    ['time-window', { from: '2026-11-24T00:00:00Z', to: '2026-11-23T00:00:00Z' }, { findings: ['form'] }],
    ['money', '4500 eur', { value: { amount: 4500, currency: 'EUR' }, findings: [] }],
    ['hash', 'A'.repeat(64), { value: `sha-256:${'a'.repeat(64)}`, findings: [] }],
    ['url', 'hxxps://example[.]org/x', { value: 'https://example.org/x', findings: [] }],
    ['url', 'javascript:alert(1)', { findings: ['form'] }],
    ['ip', '192.0.2.0/24', { value: '192.0.2.0/24', findings: [] }],
    ['position', '42.6977, 23.3219', { value: { lat: 42.6977, lon: 23.3219 }, findings: [] }],
    ['route', 'Edirne → Sofia', { value: ['Edirne', 'Sofia'], findings: [] }],
    [
      'mrz',
      'P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<\nL898902C36UTO7408122F1204159ZE184226B<<<<<10',
      {
        value: 'P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<\nL898902C36UTO7408122F1204159ZE184226B<<<<<10',
        findings: [],
      },
    ],
    ['count', '28', { value: 28, findings: [] }],
    ['count', 1001, { findings: ['form'] }],
    ['line', 'two\nlines', { findings: ['form'] }],
    ['text', { text: ' a\r\nb ', language: 'en' }, { value: { text: 'a\nb', language: 'en' }, findings: [] }],
  ] as const)('%s: %j', (type, typed, expected) => {
    expect(checked(type, typed)).toEqual(expected);
  });

  it.each([...LEAF_TYPES])('%s: whatever is typed, what is taken is taken again and can be shown', (type) => {
    const leaf = leafOf(type)!;
    const context = { labels, timeZone: 'Asia/Dhaka', field: fieldOf(type) };
    const typed = fc.oneof(
      fc.jsonValue(),
      fc.string({ unit: 'binary' }),
      fc.string({ unit: fc.constantFrom(...Array.from('0123456789+-.:<AZaz /')) }),
    );
    fc.assert(
      fc.property(typed, (value) => {
        leaf.show(value, context);
        const once = leaf.check(value, context.field);
        if (once.value === undefined) return;
        expect(leaf.check(once.value, context.field).value).toEqual(once.value);
        expect(leaf.show(once.value, context)).toBeDefined();
      }),
      { numRuns: 300 },
    );
  });

  it('composites have members of known types with labels', () => {
    for (const type of COMPOSITE_TYPES)
      for (const member of compositeOf(type)!.members) {
        expect(labels.has(member.label ?? `field.${member.name}`)).toBe(true);
        expect(leafOf(member.type) ?? compositeOf(member.type)).toBeDefined();
      }
  });

  it('an IMO number, a VIN and a person without a name are doubted, not refused', () => {
    const { problems, isValid } = validateFacts(templateOf('vehicle-alert')!, {
      state: 'sought',
      vessels: [{ imo: '9074729' }, { imo: '9074728' }],
      vehicles: [{ vin: 'SHORT' }],
      persons: [{ sex: 'male' }],
    });
    expect(isValid).toBe(true);
    expect(problems.map(({ code, pointer }) => `${code} ${pointer}`)).toEqual([
      'vin /vehicles/0',
      'imo /vessels/1',
      'nameless /persons/0',
    ]);
  });
});

describe('facts', () => {
  it('says where and why, and drops what was left empty', () => {
    const { facts, problems, isValid } = validateFacts(templateOf('information-answer')!, {
      result: 'full',
      answers: [{ answer: 'yes', subject: 'no-such-code' }, {}],
      delayReason: 'not asked for here',
      'odd/name': 1,
      notes: '  ',
      legalBases: 'words',
    });
    expect(isValid).toBe(false);
    expect(facts).toEqual({ result: 'full', answers: [{ answer: 'yes', subject: 'no-such-code' }] });
    expect(problems.map(({ code, pointer }) => `${code} ${pointer}`).sort()).toEqual([
      'code /answers/0/subject',
      'empty /answers/1',
      'list /legalBases',
      'unknown /odd~1name',
      'withheld /delayReason',
    ]);
    for (const { labelKey } of problems) expect(labels.has(labelKey)).toBe(true);
  });

  it('asks for what a condition makes necessary', () => {
    const template = templateOf('information-answer')!;
    expect(validateFacts(template, { result: 'delayed' }).problems).toMatchObject([
      { code: 'required', pointer: '/delayReason' },
    ]);
    expect(validateFacts(template, { result: 'full' }).isValid).toBe(true);
  });

  it('never throws, and takes again what it took', () => {
    const all = templates();
    const typed = fc.oneof(
      fc.jsonValue(),
      fc.dictionary(
        fc.constantFrom(...all.flatMap((template) => fieldsOf(template).map(({ name }) => name)), '__proto__'),
        fc.jsonValue(),
      ),
    );
    fc.assert(
      fc.property(fc.constantFrom(...all), typed, (template, facts) => {
        const once = validateFacts(template, facts);
        if (once.isValid) expect(validateFacts(template, once.facts).facts).toEqual(once.facts);
        expect([...walkFacts(fieldsOf(template), once.facts)].filter(({ kind }) => kind === 'stray')).toEqual([]);
      }),
      { numRuns: 500 },
    );
  });

  it('walks every value of what was sent, whatever it is', () => {
    fc.assert(
      fc.property(fc.constantFrom(...templates()), fc.dictionary(fc.string(), fc.jsonValue()), (template, facts) => {
        const pointers = [...walkFacts(fieldsOf(template), facts as Record<string, Json>)].map(
          ({ pointer }) => pointer,
        );
        expect(pointers.length).toBeGreaterThanOrEqual(Object.keys(facts).length);
      }),
    );
  });
});
