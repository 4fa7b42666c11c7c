/** Makes the passwords and connection strings that docker-compose.yml reads from ./secrets. Never overwrites one. */
import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const folder = join(dirname(fileURLToPath(import.meta.url)), '..', 'secrets');
const password = () => randomBytes(32).toString('base64url');
const urlFor = (role) => `postgresql://${role}:${password()}@database:5432/liaison`;

const secrets = {
  'database-admin-password': password(),
  'database-owner-url': urlFor('liaison_owner'),
  'database-url': urlFor('liaison_app'),
};

mkdirSync(folder, { mode: 0o700, recursive: true });
for (const [name, secret] of Object.entries(secrets)) {
  const file = join(folder, name);
  if (existsSync(file)) continue;
  // The folder is closed to others on this machine; the container's account, another one, must read the file it is given.
  writeFileSync(file, secret, { mode: 0o444, flag: 'wx' });
  process.stdout.write(`made secrets/${name}\n`);
}
