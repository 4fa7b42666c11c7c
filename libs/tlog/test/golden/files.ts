import { type Json, toBase64url } from '#liaison/protocol';
import { encodeVerifierKey, encodeWitnessPolicy, LOG_ENTRY_TYPES, operationOf, type LogEntryType } from '#liaison/tlog';
import { CONTACT_POINTS, keyOf, logKey, logVerifier, ORIGIN, policy, seedOf, witnessVerifiers } from './community.js';
import { acts } from './acts.js';
import { type Case, checkpointCases, growthCases, logCases, receiptCases } from './cases.js';
import { cosignedAt, entryText, leafHashes, logFiles, SIZE } from './log.js';
import { witnessCases } from './witness-cases.js';

/** Everything in `vectors/tlog`, by path. */
export async function goldenFiles(): Promise<Map<string, Uint8Array | string>> {
  const files = new Map<string, Uint8Array | string>();
  for (const [path, bytes] of logFiles()) files.set(`log/${path}`, bytes);
  const json = (name: string, description: string, cases: Json) =>
    files.set(`${name}.json`, `${JSON.stringify({ description, cases }, null, 2)}\n`);
  files.set('policy.txt', encodeWitnessPolicy(policy));
  files.set('keys.json', `${JSON.stringify(keys(), null, 2)}\n`);
  json('entries', 'Log entries as canonical JSON, with their leaf hashes.', entryCases());
  json('verifier-keys', 'Verifier keys of C2SP signed-note.', verifierKeyCases());
  json('policies', 'Policy files of C2SP tlog-policy.', policyCases());
  json('checkpoints', 'Checkpoints, judged by policy.txt at the time `at` of keys.json.', checkpointCases());
  json('growth', 'Two checkpoints of the log and a consistency proof.', await growthCases());
  json('receipts', 'Receipts, judged by policy.txt.', await receiptCases());
  json(
    'logs',
    'The folder log with files replaced (base64url) or removed (null), with or without entries.',
    logCases(),
  );
  json(
    'witness',
    'Requests to the witness of bg, what it remembers, and its answers (C2SP tlog-witness).',
    await witnessCases(),
  );
  return files;
}

function keys(): Json {
  return {
    description: 'The keys of the golden log. Seeds are SHA-256(`liaison golden log: <name>`).',
    origin: ORIGIN,
    at: new Date(cosignedAt(SIZE) * 1000 + 250).toISOString(),
    log: { verifier: encodeVerifierKey(logVerifier), seed: toBase64url(logKey.privateKey) },
    witnesses: CONTACT_POINTS.map((id, place) => ({
      contactPoint: id,
      verifier: witnessVerifiers[place] === undefined ? '' : encodeVerifierKey(witnessVerifiers[place]),
      seed: toBase64url(seedOf(`witness ${id}`)),
    })),
  };
}

function entryCases(): Case[] {
  const types = Object.keys(LOG_ENTRY_TYPES) as LogEntryType[];
  const all = acts(SIZE);
  const good = types.map((type): Case => {
    const index = all.findIndex((act) => act.type === type);
    const leafHash = toBase64url(leafHashes[index] ?? new Uint8Array(0));
    return { name: type, outcome: 'ok', operation: operationOf(type), index, entry: entryText(index), leafHash };
  });
  const stored = entryText(all.findIndex(({ type }) => type === 'record.stored'));
  const bad = (name: string, entry: string): Case => ({ name, outcome: 'malformed', check: 'LOG-10', entry });
  return [
    ...good,
    bad('no JSON', stored.slice(1)),
    bad('not canonical: white space', stored.replace(':', ': ')),
    bad('not canonical: order', stored.replace(/^\{("actor":"[^"]*"),("at":"[^"]*")/, '{$2,$1')),
    bad('an unknown member', stored.replace('{', '{"a":1,')),
    bad('an unknown type', stored.replace('record.stored', 'record.looked-at')),
    bad('an unknown version', stored.replace('"v":1', '"v":2')),
    bad('no salt', stored.replace(/"salt":"[^"]*",/, '')),
    bad('a short salt', stored.replace(/"salt":"../, '"salt":"')),
    bad('a member that its type needs is missing', stored.replace(/"headerHash":"[^"]*",/, '')),
    bad('a time that is none', stored.replace(/"at":"2026-11/, '"at":"2026-13')),
  ];
}

function verifierKeyCases(): Case[] {
  const good = encodeVerifierKey(logVerifier);
  const bad = (name: string, vkey: string): Case => ({ name, outcome: 'malformed', check: 'LOG-20', vkey });
  return [
    { name: 'of the log', outcome: 'ok', vkey: good },
    ...witnessVerifiers.map((key): Case => ({ name: `of ${key.name}`, outcome: 'ok', vkey: encodeVerifierKey(key) })),
    bad('no name', good.slice(good.indexOf('+'))),
    bad('another name', `x${good}`),
    bad('another id', good.replace(/\+\w{8}\+/, '+00000000+')),
    bad(
      'an id in capitals',
      good.replace(/\+(\w{8})\+/, (id) => id.toUpperCase()),
    ),
    bad('a key cut off', good.slice(0, -4)),
    bad('a space in its name', good.replace('hub', 'h b')),
  ];
}

function policyCases(): Case[] {
  const [one = '', two = '', three = ''] = witnessVerifiers.map(encodeVerifierKey);
  const log = `log ${encodeVerifierKey(logVerifier)}`;
  const stranger = encodeVerifierKey({ ...logVerifier, publicKey: keyOf('x').publicKey });
  const witnesses = `witness a ${one}\nwitness b ${two}\nwitness c ${three} https://witness.example/\n`;
  const ok = (name: string, lines: string, enough: string[], few: string[]): Case => ({
    name,
    outcome: 'ok',
    policy: `${log}\n${witnesses}${lines}`,
    enough,
    few,
  });
  const bad = (name: string, lines: string, check = 'LOG-21'): Case => ({
    name,
    outcome: 'malformed',
    check,
    policy: `${log}\n${witnesses}${lines}`,
  });
  return [
    ok('no witness', 'quorum none\n', [''], []),
    ok('one witness', 'quorum b\n', ['b', 'a b'], ['', 'a c']),
    ok('two of three', 'group g 2 a b c\nquorum g\n', ['a b', 'a b c'], ['', 'a']),
    ok('any', 'group g any a b\nquorum g\n', ['a', 'b'], ['c']),
    ok('all', 'group g all a b\nquorum g\n', ['a b'], ['a', 'b c']),
    ok('nested', 'group g any a b\ngroup h all g c\nquorum h\n', ['a c', 'b c'], ['a b', 'c']),
    ok('comments, tabs and empty lines', '# who counts\n\n\t quorum \t a \n', ['a'], ['b']),
    bad('no quorum', ''),
    bad('two quorums', 'quorum a\nquorum b\n'),
    bad('a quorum that is not defined', 'quorum d\n'),
    bad('a group of those below it', 'group h all g\ngroup g any a\nquorum h\n'),
    bad('a member twice', 'group g any a\ngroup h any a b\nquorum h\n'),
    bad('more than there are', 'group g 3 a b\nquorum g\n'),
    bad('none of them', 'group g 0 a b\nquorum g\n'),
    bad('a name twice', `witness a ${one}\nquorum a\n`),
    bad('a key twice', `witness d ${one}\nquorum a\n`),
    bad('a witness called none', `witness none ${one}\nquorum none\n`),
    bad('the key of a log as a witness', `witness d ${encodeVerifierKey(logVerifier)}\nquorum a\n`),
    bad('a key whose id is wrong', `log ${stranger}\nquorum a\n`, 'LOG-20'),
    bad('an unknown word', 'mirror a\nquorum a\n'),
    bad('a carriage return', 'quorum a\r\n'),
    bad('no end of line', 'quorum a'),
  ];
}
