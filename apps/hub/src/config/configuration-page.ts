import { SETTINGS } from './settings.js';

interface Row {
  readonly meaning: string;
  readonly form: string;
  readonly fallback?: string;
  readonly otherwise?: string;
  readonly isSecret?: boolean;
}

/** docs/configuration.md. A test compares, and writes it where LIAISON_WRITE_PAGES is set. */
export function configurationPage(): string {
  const rows = Object.entries<Row>(SETTINGS).map(([name, setting]) => {
    const names = setting.isSecret ? `\`${name}\` or \`${name}_FILE\`` : `\`${name}\``;
    const without = setting.fallback === undefined ? (setting.otherwise ?? '') : `\`${setting.fallback}\``;
    return `| ${names} | ${setting.meaning} | ${setting.form} | ${without} |`;
  });
  return `${[...HEAD, ...rows, ...TAIL].join('\n')}\n`;
}

const HEAD = [
  '# Configuration',
  '',
  'The hub reads its environment once, at the start. It needs none of it: without a setting it serves this machine and keeps a PostgreSQL of its',
  'own. Where something is wrong it lists every fault and exits with code 78. Of a name that begins with `LIAISON_` and is not in the table',
  'it warns.',
  '',
  'This page is made of `apps/hub/src/config/settings.ts`; a test compares the two.',
  '',
  '| setting | meaning | form | without it |',
  '| --- | --- | --- | --- |',
];

const TAIL = [
  '',
  'Secrets are better given as files: an environment shows in process lists and crash reports.',
  '',
  '## A PostgreSQL of your own',
  '',
  'As a superuser, once:',
  '',
  '```sql',
  "CREATE ROLE liaison_owner LOGIN PASSWORD '…';",
  "CREATE ROLE liaison_app LOGIN PASSWORD '…';",
  'CREATE DATABASE liaison OWNER liaison_owner;',
  '```',
  '',
  'Give both connection strings at a start after an upgrade: the hub migrates as `liaison_owner`, closes that connection, and works as `liaison_app`, which',
  'can neither alter the schema nor change or delete what is append-only. It refuses to start as a role that could. Without the owner the hub starts only where',
  'the schema is up to date. Connections over a network need TLS: `?sslmode=verify-full` at the end of the connection string.',
  '',
  '## Keys',
  '',
  'At the first start the hub makes `keys/token.key`, `keys/external-sender.key` and `keys/log.key` in `LIAISON_DATA`, mode 0600. Back them up: the public halves of the last two stand in',
  'the roster, so a hub that lost its log key is refused by the community, and one that lost the other has nobody removed until the roster names a new one. Several hub processes on one database need the same keys,',
  'also those that wait to take their place, and the same `LIAISON_ORIGIN`.',
  'The hub refuses to start where the log in its database was signed by another key or for another origin.',
];
