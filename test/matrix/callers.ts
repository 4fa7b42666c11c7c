import { createPrivateKey, generateKeyPairSync, sign } from 'node:crypto';
import type { World } from './world.js';
import type { Member } from '../hub/member.js';

/** Who calls: with which Authorization header and socket token, and what the table says of it. */
export type Caller =
  | {
      readonly name: string;
      readonly kind: 'unauthenticated';
      /** Absent: no header at all. */
      readonly authorization?: string;
      readonly token?: string;
      /** Checks that refuse it: a request, a socket. */
      readonly check: string;
      readonly socketCheck: string;
    }
  | {
      readonly name: string;
      /** `outsider`: in good standing, and never a member of the channel. `removed`: was one. */
      readonly kind: 'outsider' | 'removed' | 'member';
      readonly member: Member;
    };

export function callersOf(world: World): readonly Caller[] {
  const { owner, colleague, stranger, removed, tokens } = world;
  return [
    { name: 'no token', kind: 'unauthenticated', check: 'SIN-04', socketCheck: 'RTM-01' },
    withHeader('another scheme', 'Basic cGV0cm92YTpzZWNyZXQ='),
    withHeader('a token that is no header value', 'Bearer two words'),
    withToken('a token that is no JWT', 'a.b.c', 'SIN-05'),
    withToken('an altered token', altered(owner.token), 'SIN-05'),
    withToken('a token of another hub key', resigned(owner.token), 'SIN-05'),
    withToken('an unsigned token', unsigned(owner.token), 'SIN-05'),
    withToken('an expired token', tokens.expired, 'SIN-05'),
    withToken('an ended session', tokens.ended, 'SIN-06'),
    withToken('a session of a superseded certificate', tokens.superseded, 'SIN-06'),
    withToken('a revoked device', tokens.revoked, 'SIN-07'),
    withToken('a device of a suspended contact point', tokens.suspended, 'SIN-07'),
    { name: 'a device of another contact point', kind: 'outsider', member: stranger },
    { name: 'a device of the same contact point that is no member', kind: 'outsider', member: colleague },
    { name: 'a removed member', kind: 'removed', member: removed },
    { name: 'a member', kind: 'member', member: owner },
  ];
}

function withHeader(name: string, authorization: string): Caller {
  return { name, kind: 'unauthenticated', authorization, check: 'SIN-04', socketCheck: 'RTM-01' };
}

function withToken(name: string, token: string, check: string): Caller {
  return { name, kind: 'unauthenticated', authorization: `Bearer ${token}`, token, check, socketCheck: check };
}

function altered(token: string): string {
  const [head, payload = '', signature] = token.split('.');
  const claims = JSON.parse(Buffer.from(payload, 'base64url').toString()) as Record<string, unknown>;
  const other = { ...claims, sub: 'hu:nagy:desk-1' };
  return [head, encoded(other), signature].join('.');
}

/** The same claims under a key that is not this hub's. */
function resigned(token: string): string {
  const [head, payload] = token.split('.');
  const { privateKey } = generateKeyPairSync('ed25519', {
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
    publicKeyEncoding: { type: 'spki', format: 'pem' },
  });
  const signature = sign(null, Buffer.from(`${head}.${payload}`), createPrivateKey(privateKey));
  return `${head}.${payload}.${signature.toString('base64url')}`;
}

function unsigned(token: string): string {
  const [head = '', payload] = token.split('.');
  const header = JSON.parse(Buffer.from(head, 'base64url').toString()) as Record<string, unknown>;
  return `${encoded({ ...header, alg: 'none' })}.${payload}.`;
}

function encoded(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url');
}
