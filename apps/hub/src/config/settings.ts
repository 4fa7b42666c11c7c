import * as z from 'zod';
import { ContactPointId, fromBase64url } from '#liaison/protocol';
import { LOG_LEVELS } from '../observability/hub-log.js';

interface Setting<T> {
  /** For the reference page. */
  readonly meaning: string;
  /** What a value looks like: shown where one is wrong. */
  readonly form: string;
  readonly schema: z.ZodType<T, string>;
  readonly fallback?: string;
  /** What happens without it, where there is no fallback. */
  readonly otherwise?: string;
  /** May be given as a file: the name and `_FILE`. */
  readonly isSecret?: boolean;
}

const postgresUrl = z.string().regex(/^postgres(ql)?:\/\/\S+$/);
// 43 digits of base64url are 32 bytes; the last one has two bits to spare, which are zero.
const seed = z
  .string()
  .regex(/^[A-Za-z0-9_-]{42}[AEIMQUYcgkosw048]$/)
  .transform(fromBase64url);
const seedForm = '32 bytes in base64url without padding';

const SignOnClients = z.record(
  ContactPointId,
  z.strictObject({ clientId: z.string().min(1).max(300), clientSecret: z.string().min(1).max(300) }),
);
const signOn = z.string().transform((text, context): z.infer<typeof SignOnClients> => {
  const parsed = SignOnClients.safeParse(jsonOf(text));
  if (parsed.success) return parsed.data;
  context.addIssue('not of this form');
  return z.NEVER;
});

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

function upTo(most: number) {
  return z
    .string()
    .regex(/^\d{1,5}$/)
    .transform(Number)
    .refine((number) => number <= most);
}

function setting<T>(description: Setting<T>): Setting<T> {
  return description;
}

/** Every environment variable that the hub reads. docs/configuration.md is made of this table. */
export const SETTINGS = {
  LIAISON_HOST: setting({
    meaning: 'Address to listen on.',
    form: 'an IP address or host name',
    schema: z.string().regex(/^[A-Za-z0-9.:-]{1,253}$/),
    fallback: '127.0.0.1',
  }),
  LIAISON_PORT: setting({
    meaning: 'Port to listen on.',
    form: 'a number from 0 to 65535; 0 takes a free one',
    schema: upTo(65_535),
    fallback: '4680',
  }),
  LIAISON_ORIGIN: setting({
    meaning: 'Where clients reach the hub, as the roster names it and devices sign it.',
    form: 'http:// or https://, a host in lower case, and a port where it is not the usual one',
    schema: z.string().regex(/^https?:\/\/[a-z0-9.-]+(:\d{1,5})?$/),
    otherwise: '`http://`, with TLS `https://`, with LIAISON_HOST and LIAISON_PORT',
  }),
  LIAISON_TLS_CERT: setting({
    meaning:
      'The hub ends TLS itself: file of its certificate, with those that lead to its authority. Needed for mutual TLS.',
    form: 'the path of a PEM file, with LIAISON_TLS_KEY',
    schema: z.string().min(1),
    otherwise: 'plain HTTP, for a TLS proxy in front',
  }),
  LIAISON_TLS_KEY: setting({
    meaning: 'File of the private key of LIAISON_TLS_CERT.',
    form: 'the path of a PEM file without a passphrase, with LIAISON_TLS_CERT',
    schema: z.string().min(1),
    otherwise: 'plain HTTP',
  }),
  LIAISON_TLS_HANDSHAKES: setting({
    meaning:
      'Whether the handshakes of each network address are bounded (100 a second, 1,000 at once). Where a proxy passes TLS through, all come from its address: bound them there.',
    form: 'bounded, unbounded',
    schema: z.enum(['bounded', 'unbounded']),
    fallback: 'bounded',
  }),
  LIAISON_DATA: setting({
    meaning: "Folder of the hub's keys and of the embedded PostgreSQL.",
    form: 'a path',
    schema: z.string().min(1),
    fallback: '.data',
  }),
  LIAISON_DATABASE_URL: setting({
    meaning: 'PostgreSQL 15 or newer, as the role liaison_app.',
    form: 'postgres://user:password@host:port/database',
    schema: postgresUrl,
    otherwise: 'an embedded PostgreSQL is started in LIAISON_DATA',
    isSecret: true,
  }),
  LIAISON_DATABASE_OWNER_URL: setting({
    meaning: 'The same database as the role liaison_owner: runs the migrations, then is closed.',
    form: 'postgres://user:password@host:port/database',
    schema: postgresUrl,
    otherwise: 'the migrations must have been run already',
    isSecret: true,
  }),
  LIAISON_TOKEN_KEY: setting({
    meaning: 'Ed25519 seed that signs session tokens; the same on every hub process.',
    form: seedForm,
    schema: seed,
    otherwise: 'made at the first start in LIAISON_DATA',
    isSecret: true,
  }),
  LIAISON_EXTERNAL_SENDER_KEY: setting({
    meaning: 'Ed25519 seed that proposes the removal of members; its public half stands in the roster.',
    form: seedForm,
    schema: seed,
    otherwise: 'made at the first start in LIAISON_DATA',
    isSecret: true,
  }),
  LIAISON_EXTERNAL_SENDER_KEY_NEXT: setting({
    meaning: 'While that key is being changed: the new one. Each channel names the one or the other.',
    form: seedForm,
    schema: seed,
    otherwise: 'the one that "hub-keys rotate-external-sender" has made in LIAISON_DATA, if any',
    isSecret: true,
  }),
  LIAISON_LOG_KEY: setting({
    meaning: 'Ed25519 seed that signs checkpoints of the log; its public half stands in the roster.',
    form: seedForm,
    schema: seed,
    otherwise: 'made at the first start in LIAISON_DATA',
    isSecret: true,
  }),
  LIAISON_LOG_KEY_NEXT: setting({
    meaning: 'While the log key is being changed: the new one, which signs checkpoints beside it.',
    form: seedForm,
    schema: seed,
    otherwise: 'the one that "hub-keys rotate" has made in LIAISON_DATA, if any',
    isSecret: true,
  }),
  LIAISON_SIGN_ON: setting({
    meaning: 'How the hub is known at the national sign-on (OpenID Connect) of contact points.',
    form: 'JSON: {"bg":{"clientId":"…","clientSecret":"…"}}',
    schema: signOn,
    otherwise: 'nobody proves there',
    isSecret: true,
  }),
  LIAISON_LOG_LEVEL: setting({
    meaning: 'How much is logged.',
    form: LOG_LEVELS.join(', '),
    schema: z.enum(LOG_LEVELS),
    fallback: 'info',
  }),
  LIAISON_TRUSTED_PROXIES: setting({
    meaning: 'Reverse proxies in front of the hub; that many entries of X-Forwarded-For are believed.',
    form: 'a number from 0 to 8',
    schema: upTo(8),
    fallback: '0',
  }),
} as const;

export type SettingName = keyof typeof SETTINGS;
