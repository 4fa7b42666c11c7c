import type { Json } from '#liaison/protocol';
import * as fc from 'fast-check';
import {
  builtinCatalogue,
  compositeOf,
  type Field,
  fieldsOf,
  type FieldTypeId,
  leafOf,
  type LeafTypeId,
  type Template,
} from '../../src/index.js';

const words = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 30 });
const digit = fc.nat(9).map(String);
const hexDigit = fc.nat(15).map((value) => value.toString(16));
const digits = (min: number, max: number): fc.Arbitrary<string> =>
  fc.string({ unit: digit, minLength: min, maxLength: max });
const hex = (length: number): fc.Arbitrary<string> =>
  fc.string({ unit: hexDigit, minLength: length, maxLength: length });
const moment = fc
  .date({ min: new Date('1990-01-01'), max: new Date('2090-01-01'), noInvalidDate: true })
  .map((date) => date.toISOString());
/** Never -0, which JSON has no way to keep (RFC 8785 writes 0). */
const degrees = (most: number): fc.Arbitrary<number> =>
  fc.double({ min: -most, max: most, noNaN: true }).map((value) => value + 0);

const LEAVES: Readonly<Record<Exclude<LeafTypeId, 'code'>, fc.Arbitrary<Json>>> = {
  text: fc.oneof(words, fc.record({ text: words, language: fc.constantFrom('bg', 'ckb', 'ur') })),
  line: words,
  boolean: fc.boolean(),
  count: fc.nat(100),
  country: fc.constantFrom('BG', 'HU', 'IQ', 'XXA', 'XK'),
  language: fc.constantFrom('bg', 'ckb', 'rom', 'sr-Latn'),
  phone: fc.oneof(
    digits(5, 12).map((number) => `+4${number}`),
    fc.constant('112'),
  ),
  email: fc.oneof(fc.emailAddress(), fc.constant('инфо@пример.bg')),
  url: fc.oneof(
    fc.webUrl({ withFragments: true, withQueryParameters: true }),
    fc.constantFrom('https://пример.bg/път?q=ü#a#b', 'tg:resolve?domain=x', 'http://[2001:db8::1]/', 'https://h/%zz'),
  ),
  ip: fc.oneof(fc.ipV4(), fc.ipV6(), fc.constantFrom('192.0.2.0/24', '2001:db8::/32')),
  imei: digits(15, 15),
  iban: fc.constantFrom('DE89370400440532013000', 'BG80BNBG96611020345678', 'XX00AAAAAAAAAAAA'),
  wallet: fc.constantFrom(
    'bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4',
    '0x52908400098527886E0F7030069857D2E4169EE7',
    'TJRyWwFs9wTFGZg3JbrVriFbNfCug5tDeC',
  ),
  hash: fc.oneof(
    hex(64).map((digest) => `sha-256:${digest}`),
    hex(64).map((digest) => `pdq:${digest}`),
    hex(32).map((digest) => `md5:${digest}`),
    hex(96).map((digest) => `sha-384:${digest}`),
    hex(64).map((digest) => `blake2b-256:${digest}`),
  ),
  mrz: fc.constant('P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<\nL898902C36UTO7408122F1204159ZE184226B<<<<<10'),
  plate: fc.oneof(
    fc.record({ number: fc.constantFrom('CB 0000 XX', '12-34 AB', 'أ ب ج 123') }),
    fc.record({ number: fc.constant('CB 0000 XX'), country: fc.constant('BG') }),
  ),
  position: fc.oneof(
    fc.record({ lat: degrees(90), lon: degrees(180) }),
    fc.record({ lat: degrees(90), lon: degrees(180), radiusKm: fc.double({ min: 0, max: 20_000, noNaN: true }) }),
  ),
  route: fc.array(words, { minLength: 1, maxLength: 4 }),
  timestamp: moment,
  date: fc.constantFrom('1980', '1980-01', '1980-01-31'),
  'time-window': fc.oneof(fc.record({ from: moment }), fc.record({ to: moment })),
  money: fc.record({ amount: fc.nat(10_000), currency: fc.constantFrom('EUR', 'PKR') }),
};

/** Facts that fill in any part of the form rightly. */
export function factsOf(template: Template): fc.Arbitrary<{ readonly [name: string]: Json }> {
  return membersOf(fieldsOf(template), 2);
}

function membersOf(fields: readonly Field[], most: number): fc.Arbitrary<{ readonly [name: string]: Json }> {
  const chosen = fc.subarray(
    fields.map((_, index) => index),
    { maxLength: Math.min(8, fields.length) },
  );
  return chosen.chain((indices) =>
    fc
      .tuple(...indices.flatMap((index) => fields[index] ?? []).map((field) => memberOf(field, most)))
      .map((members) => Object.fromEntries(members.filter((member) => member !== undefined))),
  );
}

function memberOf(field: Field, most: number): fc.Arbitrary<readonly [string, Json] | undefined> {
  const one = valueOf(field, most);
  const value: fc.Arbitrary<Json | undefined> =
    field.many === undefined
      ? one
      : fc.array(one, { minLength: 1, maxLength: most }).map((items) => {
          const kept = items.filter((item) => item !== undefined);
          return kept.length === 0 ? undefined : kept;
        });
  return value.map((made) => (made === undefined ? undefined : [field.name, made]));
}

function valueOf(field: Field, most: number): fc.Arbitrary<Json | undefined> {
  if (field.type === 'group') return membersOf(field.fields ?? [], 1).map(orNothing);
  const composite = compositeOf(field.type);
  if (composite !== undefined) return membersOf(composite.members, Math.max(1, most - 1)).map(orNothing);
  const made = isCode(field.type) ? codeOf(field) : LEAVES[field.type as Exclude<LeafTypeId, 'code'>];
  return made.map((value) => leafOf(field.type)?.check(value, field).value);
}

function orNothing(members: { readonly [name: string]: Json }): Json | undefined {
  return Object.keys(members).length === 0 ? undefined : members;
}

function isCode(type: FieldTypeId): boolean {
  return type === 'code';
}

function codeOf({ codes = '' }: Field): fc.Arbitrary<Json> {
  return fc.constantFrom(...(builtinCatalogue().codeList(codes)?.codes ?? []).map(({ code }) => code));
}
