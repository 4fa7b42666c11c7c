import fc from 'fast-check';

/** A change of a JSON value at one place. */
export type Mutation = (value: unknown) => unknown;

type Operation = (old: unknown) => unknown;
const DELETED = Symbol('deleted');

const nonsense: fc.Arbitrary<unknown> = fc.oneof(
  fc.jsonValue({ maxDepth: 3 }),
  fc.constantFrom<unknown>(
    ...[null, '', '\u0000', '\ud800', '__proto__', -1, 1.5, 1e308, 2 ** 53, [], {}, [[]], true],
    'A'.repeat(100_000),
  ),
);

/** Of a text: other characters, and of base64url: other bytes. */
const textOperation: fc.Arbitrary<Operation> = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.tuple(fc.nat(), fc.integer({ min: 1, max: 255 })).map(([at, mask]) => flipByte(at, mask)),
  },
  { weight: 2, arbitrary: fc.nat().map((at): Operation => onText((text) => text.slice(0, at % (text.length + 1)))) },
  { weight: 2, arbitrary: fc.tuple(fc.nat(), fc.uint8Array({ minLength: 1, maxLength: 64 })).map(spliceBytes) },
  {
    weight: 1,
    arbitrary: fc.string({ unit: 'binary', maxLength: 20 }).map((more): Operation => onText((text) => text + more)),
  },
  {
    weight: 1,
    arbitrary: fc.constantFrom('=', ' ', '\n', '+', 'é').map((more): Operation => onText((text) => text + more)),
  },
);

const operation: fc.Arbitrary<Operation> = fc.oneof(
  { weight: 6, arbitrary: textOperation },
  {
    weight: 3,
    arbitrary: nonsense.map(
      (value): Operation =>
        () =>
          value,
    ),
  },
  { weight: 1, arbitrary: fc.constant<Operation>(() => DELETED) },
  { weight: 1, arbitrary: fc.constant<Operation>((old) => [old]) },
  { weight: 1, arbitrary: fc.tuple(fc.constantFrom('extra', '__proto__', 'constructor', ''), nonsense).map(withKey) },
);

/** Changes one place of a value: any of its members, or the whole. */
export const mutation: fc.Arbitrary<Mutation> = fc
  .tuple(fc.nat({ max: 1000 }), operation)
  .map(([where, act]) => (value: unknown): unknown => {
    const places = placesOf(value);
    return changedAt(value, places[where % places.length] ?? [], act);
  });

function placesOf(value: unknown, path: readonly string[] = []): string[][] {
  if (typeof value !== 'object' || value === null) return [[...path]];
  const own = path.length === 0 ? [] : [[...path]];
  const below = Object.entries(value).flatMap(([key, member]) => placesOf(member, [...path, key]));
  return own.length + below.length === 0 ? [[]] : [...own, ...below];
}

function changedAt(value: unknown, [key, ...rest]: readonly string[], act: Operation): unknown {
  if (key === undefined) return act(value);
  const entries = Object.entries(value as object).flatMap(([name, member]) => {
    const changed: unknown = name === key ? changedAt(member, rest, act) : member;
    return changed === DELETED ? [] : [[name, changed] as const];
  });
  return Array.isArray(value) ? entries.map(([, member]) => member) : Object.fromEntries(entries);
}

function onText(change: (text: string) => string): Operation {
  return (old) => (typeof old === 'string' ? change(old) : JSON.stringify(old));
}

function flipByte(at: number, mask: number): Operation {
  return onText((text) => {
    const bytes = Buffer.from(text, 'base64url');
    if (bytes.toString('base64url') !== text || bytes.length === 0) {
      const place = at % (text.length + 1);
      return text.slice(0, place) + String.fromCharCode(mask) + text.slice(place + 1);
    }
    bytes[at % bytes.length]! ^= mask;
    return bytes.toString('base64url');
  });
}

function spliceBytes([at, more]: [number, Uint8Array]): Operation {
  return onText((text) => {
    const bytes = Buffer.from(text, 'base64url');
    const place = at % (bytes.length + 1);
    return Buffer.concat([bytes.subarray(0, place), more, bytes.subarray(place)]).toString('base64url');
  });
}

function withKey([key, value]: [string, unknown]): Operation {
  return (old) => {
    if (typeof old !== 'object' || old === null) return { [key]: value };
    // Not by assignment, which would set the prototype.
    return Object.fromEntries([...Object.entries(old), [key, value]]);
  };
}
