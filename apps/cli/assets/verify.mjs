#!/usr/bin/env node
// Verifies this folder with nothing but Node.js 20 or newer: no network, no other package, no trust in whoever made it.
//   node verify.mjs [--policy <file>]
// Without --policy it takes policy.txt of this folder. Whoever doubts the folder brings a policy of their own: the log's key and the
// witnesses' keys, as the contact points publish them. Ends with 0 where everything holds, with 7 where anything does not.
import { createDecipheriv, createHash, createPublicKey, verify, X509Certificate } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const here = dirname(fileURLToPath(import.meta.url));
const option = process.argv.indexOf('--policy');
const policyPath = option < 0 ? join(here, 'policy.txt') : process.argv[option + 1];

const text = (path) => readFileSync(join(here, path), 'utf8');
const json = (path) => JSON.parse(text(path));
const list = (folder) => (existsSync(join(here, folder)) ? readdirSync(join(here, folder)).sort() : []);
const sha256 = (...parts) => parts.reduce((hash, part) => hash.update(part), createHash('sha256')).digest();
const url = (encoded) => Buffer.from(encoded, 'base64url');
const prefix = (purpose) => Buffer.from(`liaison ${purpose} v1\0`);

let failures = 0;
function say(holds, what) {
  if (!holds) failures += 1;
  process.stdout.write(`${holds ? 'holds' : 'FAILS'}  ${printable(what)}\n`);
}
const printable = (words) =>
  words.replaceAll(/[\u0000-\u001f\u007f-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069]/g, '?');
function attempt(what, check) {
  try {
    say(check(), what);
  } catch (error) {
    say(false, `${what} (${error.message})`);
  }
}

// Ed25519 (RFC 8032): raw keys get the fixed head of a SubjectPublicKeyInfo.
const SPKI = Buffer.from('302a300506032b6570032100', 'hex');
const rawKey = (bytes) => createPublicKey({ key: Buffer.concat([SPKI, bytes]), format: 'der', type: 'spki' });
const signedBy = (key, message, signature) => signature.length === 64 && verify(null, message, key, signature);

// C2SP tlog-policy: keys, groups, quorum.
function readPolicy(lines) {
  const policy = { logs: [], witnesses: new Map(), groups: new Map(), quorum: undefined };
  for (const line of lines.split('\n')) {
    const [word, ...rest] = line.split(/[ \t]+/).filter((part) => part !== '');
    if (word === 'log') policy.logs.push(readKey(rest[0], 1));
    else if (word === 'witness') policy.witnesses.set(rest[0], readKey(rest[1], 4));
    else if (word === 'group') policy.groups.set(rest[0], { rule: rest[1], members: rest.slice(2) });
    else if (word === 'quorum') policy.quorum = rest[0];
    else if (word !== undefined && !word.startsWith('#')) throw new Error(`unknown line in the policy: ${word}`);
  }
  if (policy.quorum === undefined || policy.logs.length === 0) throw new Error('the policy lacks a log or a quorum');
  return policy;
}

function readKey(vkey, type) {
  const [, name, id, encoded] = /^([^+]+)\+([0-9a-f]{8})\+(.+)$/.exec(vkey) ?? [];
  const bytes = Buffer.from(encoded ?? '', 'base64');
  const computed = sha256(`${name}\n`, bytes).subarray(0, 4).toString('hex');
  if (bytes.length !== 33 || bytes[0] !== type || computed !== id) throw new Error(`not a usable key: ${vkey}`);
  return { name, id, key: rawKey(bytes.subarray(1)) };
}

function meets(policy, name, cosigned) {
  if (name === 'none') return true;
  const group = policy.groups.get(name);
  if (group === undefined) return cosigned.has(name);
  const needed = group.rule === 'any' ? 1 : group.rule === 'all' ? group.members.length : Number(group.rule);
  return needed >= 1 && group.members.filter((member) => meets(policy, member, cosigned)).length >= needed;
}

// C2SP signed-note, tlog-checkpoint, tlog-cosignature.
function readCheckpoint(note) {
  const end = note.lastIndexOf('\n\n');
  if (end < 0) throw new Error('the checkpoint has no signatures');
  const body = note.slice(0, end + 1);
  const [origin, size, root] = body.split('\n');
  if (!/^(0|[1-9]\d{0,15})$/.test(size) || Buffer.from(root, 'base64').length !== 32)
    throw new Error('not a checkpoint');
  const signatures = note
    .slice(end + 2)
    .trimEnd()
    .split('\n')
    .map((line) => {
      const [, name, encoded] = /^\u2014 (\S+) (\S+)$/.exec(line) ?? [];
      const bytes = Buffer.from(encoded ?? '', 'base64');
      return { name, id: bytes.subarray(0, 4).toString('hex'), signature: bytes.subarray(4) };
    });
  return { origin, size: Number(size), root: Buffer.from(root, 'base64'), body, signatures };
}

const claims = (key) => (each) => each.name === key.name && each.id === key.id;

function logSigned({ body, origin, signatures }, policy) {
  const keys = policy.logs.filter(({ name }) => name === origin);
  const claimed = keys.flatMap((key) =>
    signatures.filter(claims(key)).map((each) => signedBy(key.key, Buffer.from(body), each.signature)),
  );
  return claimed.length > 0 && claimed.every(Boolean);
}

function cosigners({ body, signatures }, policy) {
  const names = new Set();
  for (const [name, key] of policy.witnesses) {
    for (const { signature } of signatures.filter(claims(key))) {
      const time = signature.length === 72 ? signature.readBigUInt64BE(0) : -1n;
      const message = Buffer.from(`cosignature/v1\ntime ${time}\n${body}`);
      if (!signedBy(key.key, message, signature.subarray(8))) throw new Error(`the cosignature of ${key.name} is bad`);
      names.add(name);
    }
  }
  return names;
}

// RFC 9162 section 2.1.3.2.
function included({ entry, index, inclusion }, { size, root }) {
  let node = index;
  let last = size - 1;
  if (!Number.isSafeInteger(index) || index < 0 || index > last) return false;
  let hash = sha256(Buffer.of(0), entry);
  for (const sibling of inclusion.map(url)) {
    if (last === 0) return false;
    if (node % 2 === 1 || node === last) {
      hash = sha256(Buffer.of(1), sibling, hash);
      while (node % 2 === 0 && node !== 0) [node, last] = [node / 2, Math.floor(last / 2)];
    } else hash = sha256(Buffer.of(1), hash, sibling);
    [node, last] = [Math.floor(node / 2), Math.floor(last / 2)];
  }
  return last === 0 && hash.equals(root);
}

// The community: a roster signed by its co-chairs, which names each contact point's certificate authority.
function rosterSigned({ roster, signatures }, { coChairs, threshold } = JSON.parse(roster)) {
  const message = Buffer.concat([prefix('roster'), Buffer.from(roster)]);
  const signers = coChairs.filter(
    ({ keyId, publicKey }) =>
      sha256(url(publicKey)).toString('hex').slice(0, 16) === keyId &&
      signatures.some((each) => each.keyId === keyId && signedBy(rawKey(url(publicKey)), message, url(each.signature))),
  );
  return new Set(signers.map(({ publicKey }) => publicKey)).size >= threshold && threshold >= 1;
}

// Authorities that were replaced since stand in older versions, each signed by its co-chairs.
const formerRosters = [];
const certificates = new Map();
function certificateOf(sender, der, roster) {
  const device = new X509Certificate(der);
  const names = (device.subjectAltName ?? '').split(', ');
  if (!names.includes(`URI:urn:liaison:${sender}`)) throw new Error(`the certificate is not that of ${sender}`);
  const points = [roster, ...formerRosters].flatMap(({ contactPoints }) =>
    contactPoints.filter(({ id }) => id === sender.split(':')[0]),
  );
  if (points.length === 0) throw new Error('its contact point is not in the roster');
  const authorities = points.flatMap(({ caCertificate, previousCa }) => [
    caCertificate,
    ...(previousCa === undefined ? [] : [previousCa.caCertificate]),
  ]);
  if (!authorities.some((der) => device.verify(new X509Certificate(url(der)).publicKey)))
    throw new Error(`the certificate is not by the authority of ${points[0].id}`);
  return device;
}

function recordHolds(record, entries, roster) {
  const header = JSON.parse(record.header);
  const headerHash = sha256(prefix('record header'), record.header);
  const signed = Buffer.concat([prefix('record'), headerHash, url(record.bodyHash), url(record.mlsHash)]);
  const certificate = certificateOf(header.sender, url(record.certificate), roster);
  certificates.set(header.sender, certificate.subject);
  if (!signedBy(certificate.publicKey, signed, url(record.signature))) throw new Error('the signature does not verify');
  const stored = entries.find(
    ({ subject, headerHash: logged }) => subject.record === header.id && logged === headerHash.toString('base64url'),
  );
  if (stored === undefined) throw new Error('the log entry of its storing is not in this folder');
  const at = Date.parse(stored.at);
  if (at < Date.parse(certificate.validFrom) || at > Date.parse(certificate.validTo)) {
    throw new Error('the certificate was not valid when the record was stored');
  }
  if (stored.type !== actOf(header)) throw new Error(`the log calls it ${stored.type}, and it is ${actOf(header)}`);
  return (
    stored.subject.channel === header.channel &&
    stored.actor === header.sender &&
    stored.subject.about === header.inReplyTo &&
    isSame(stored.sources, header.derivedFrom) &&
    isSame(stored.consent, header.consent) &&
    stored.releasedBy === header.release?.by
  );
}

// Both come from canonical JSON.
const isSame = (one, other) => JSON.stringify(one) === JSON.stringify(other);

// What the header makes of a record: docs/spec/log.md.
const DONE_TO_ANOTHER = {
  withdrawal: 'record.withdrawn',
  marking: 'record.remarked',
  acknowledgement: 'record.acknowledged',
  cosign: 'record.released',
  erasure: 'erasure.attested',
};
const OF_THEIR_OWN = { profile: 'channel.titled', template: 'templates.published' };
function actOf({ kind, inReplyTo, derivedFrom, consent }) {
  if (inReplyTo !== undefined && consent !== undefined) return `consent.${consent.state}`;
  if (inReplyTo !== undefined && Object.hasOwn(DONE_TO_ANOTHER, kind)) return DONE_TO_ANOTHER[kind];
  if (Object.hasOwn(OF_THEIR_OWN, kind)) return OF_THEIR_OWN[kind];
  if (derivedFrom === undefined) return 'record.stored';
  return derivedFrom.length === 1 ? 'record.forwarded' : 'record.compiled';
}

// XChaCha20-Poly1305 (draft-irtf-cfrg-xchacha-03): a subkey by HChaCha20, then ChaCha20-Poly1305 (RFC 8439).
const rotate = (word, bits) => ((word << bits) | (word >>> (32 - bits))) >>> 0;
function quarter(state, a, b, c, d) {
  const step = (to, from, turned, bits) => {
    state[to] = (state[to] + state[from]) >>> 0;
    state[turned] = rotate(state[turned] ^ state[to], bits);
  };
  step(a, b, d, 16);
  step(c, d, b, 12);
  step(a, b, d, 8);
  step(c, d, b, 7);
}
function hchacha20(key, nonce) {
  const words = (bytes) => Array.from({ length: bytes.length / 4 }, (_, index) => bytes.readUInt32LE(4 * index));
  const state = [0x61707865, 0x3320646e, 0x79622d32, 0x6b206574, ...words(key), ...words(nonce)];
  for (let round = 0; round < 10; round += 1) {
    for (const column of [0, 1, 2, 3]) quarter(state, column, column + 4, column + 8, column + 12);
    for (const row of [0, 1, 2, 3]) quarter(state, row, 4 + ((row + 1) % 4), 8 + ((row + 2) % 4), 12 + ((row + 3) % 4));
  }
  const subkey = Buffer.alloc(32);
  for (const [place, word] of [...state.slice(0, 4), ...state.slice(12)].entries())
    subkey.writeUInt32LE(word, 4 * place);
  return subkey;
}
function decrypt(key, sealed, associated) {
  const nonce = sealed.subarray(32, 56);
  const iv = Buffer.concat([Buffer.alloc(4), nonce.subarray(16)]);
  const opening = createDecipheriv('chacha20-poly1305', hchacha20(key, nonce.subarray(0, 16)), iv, {
    authTagLength: 16,
  });
  opening.setAAD(associated, { plaintextLength: sealed.length - 72 });
  opening.setAuthTag(sealed.subarray(-16));
  return Buffer.concat([opening.update(sealed.subarray(56, -16)), opening.final()]);
}

// The body that its sender signed, opened with the key that the custodians found.
function contentHolds({ contentKey, body, content }, record) {
  const [key, sealed, header] = [url(contentKey), url(body), Buffer.from(record.header)];
  if (sha256(prefix('record body'), sealed).toString('base64url') !== record.bodyHash)
    throw new Error('it is not the body that the sender signed');
  if (!sha256(prefix('body key'), key, header).equals(sealed.subarray(0, 32)))
    throw new Error('the key is not the one that the body is committed to');
  const padded = decrypt(key, sealed, header);
  const end = padded.lastIndexOf(0x80);
  if (end < 0 || padded.subarray(end + 1).some((byte) => byte !== 0)) throw new Error('its padding is wrong');
  return padded.subarray(0, end).toString('utf8') === content;
}

// Canonical JSON (RFC 8785) of what has texts, integers and lists of them.
function canonical(value) {
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const members = Object.keys(value).sort();
  return `{${members.map((name) => `${JSON.stringify(name)}:${canonical(value[name])}`).join(',')}}`;
}

// Who asked for the opening, and who agreed; and that the log has it for each record.
function openingHolds(opening, entries, roster) {
  const { id, channel, records, reason, authority, at, device, signature, approval } = opening;
  const asked = canonical({ at, authority, channel, device, id, reason, records });
  signedByDevice('custody-opening', asked, { device, signature, certificate: opening.certificate }, roster);
  const point = roster.contactPoints.find((each) => each.id === device.split(':')[0]);
  if (approval === undefined && point.administratorsToEnrol === 2) throw new Error('a second administrator is missing');
  if (approval !== undefined) {
    const officer = (address) => address.split(':').slice(0, 2).join(':');
    if (officer(approval.device) === officer(device)) throw new Error('one officer agreed with themself');
    const agreed = { at: approval.at, device: approval.device, opening: id, request: signature };
    signedByDevice('custody-approval', canonical(agreed), approval, roster);
  }
  return records.every((record) =>
    entries.some(
      ({ type, subject, details, purpose }) =>
        type === 'custody.opened' &&
        subject.record === record &&
        subject.channel === channel &&
        details.signature === signature &&
        purpose === reason,
    ),
  );
}

function signedByDevice(context, text, { device, signature, certificate }, roster) {
  const { publicKey } = certificateOf(device, url(certificate), roster);
  if (!signedBy(publicKey, Buffer.concat([prefix(context), Buffer.from(text)]), url(signature)))
    throw new Error(`it is not signed by ${device}`);
}

const policy = readPolicy(readFileSync(policyPath, 'utf8'));
const note = text('checkpoint');
const checkpoint = readCheckpoint(note);
attempt(`checkpoint: ${checkpoint.size} entries of ${checkpoint.origin}, signed by the log`, () =>
  logSigned(checkpoint, policy),
);
attempt('witnesses: as many as the policy asks for', () => {
  const names = cosigners(checkpoint, policy);
  process.stdout.write(`       cosigned by ${names.size === 0 ? 'nobody' : printable([...names].join(', '))}\n`);
  return meets(policy, policy.quorum, names);
});
if (policy.quorum === 'none')
  process.stdout.write('       The policy asks for no witness: that others saw the same log is not proved.\n');

const signedRoster = json('roster.json');
attempt('roster: signed by the co-chairs', () => rosterSigned(signedRoster));
const roster = JSON.parse(signedRoster.roster);
for (const file of list('former-rosters')) {
  attempt(`roster ${file.replace('.json', '')}: signed by co-chairs of the newest`, () => {
    const former = json(join('former-rosters', file));
    const { coChairs, threshold } = roster;
    const isTheirs = rosterSigned(former) && rosterSigned(former, { coChairs, threshold });
    if (isTheirs) formerRosters.push(JSON.parse(former.roster));
    return isTheirs;
  });
}
for (const { contactPoint, keyId } of roster.coChairs) {
  process.stdout.write(
    `       co-chair ${printable(`${contactPoint}: key ${keyId}`)}, to be compared with what ${printable(contactPoint)} says\n`,
  );
}

const entries = [];
for (const file of list('proofs')) {
  attempt(`entry ${file.replace('.json', '')}: stands in the log`, () => {
    const proof = json(join('proofs', file));
    entries.push(JSON.parse(proof.entry));
    return proof.checkpoint === note && included(proof, checkpoint);
  });
}
for (const file of list('records')) {
  attempt(`record ${file.replace('.json', '')}: signed by its sender, and the one that the log holds`, () =>
    recordHolds(json(join('records', file)), entries, roster),
  );
}
if (existsSync(join(here, 'opening.json')))
  attempt('opening: asked for by an administrator, and in the log for each record', () =>
    openingHolds(json('opening.json'), entries, roster),
  );
for (const file of list('content')) {
  attempt(`content ${file.replace('.json', '')}: what its sender encrypted and signed`, () =>
    contentHolds(json(join('content', file)), json(join('records', file))),
  );
}
for (const [sender, subject] of certificates)
  process.stdout.write(`       ${printable(`${sender}: ${subject.replaceAll('\n', ', ')}`)}\n`);
process.stdout.write(failures === 0 ? '\nEverything in this folder holds.\n' : `\n${failures} things do not hold.\n`);
process.exitCode = failures === 0 ? 0 : 7;
