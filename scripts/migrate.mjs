/**
 * Brings the database to the schema of this version: LIAISON_DATABASE_OWNER_URL_FILE=... node scripts/migrate.mjs
 * One step before the hub starts, so that the hub need not know the password of the tables' owner.
 */
import { readFileSync } from 'node:fs';
import { migrate } from '../dist/apps/hub/src/database/migrate.js';

const { LIAISON_DATABASE_OWNER_URL: url, LIAISON_DATABASE_OWNER_URL_FILE: file } = process.env;

if (!url && !file) {
  process.stderr.write('Set LIAISON_DATABASE_OWNER_URL or LIAISON_DATABASE_OWNER_URL_FILE.\n');
  process.exitCode = 2;
} else {
  try {
    const done = await migrate(url || readFileSync(file, 'utf8').trim());
    process.stdout.write(
      done.length === 0 ? 'The schema is up to date.\n' : done.map((name) => `ran ${name}\n`).join(''),
    );
  } catch (error) {
    process.stderr.write(`The migrations failed: ${error.message}\n`);
    process.exitCode = 1;
  }
}
