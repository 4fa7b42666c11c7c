import { LiaisonError } from '#liaison/protocol';

/** PostgreSQL settings by name, as in postgresql.conf. */
export type Settings = Readonly<Record<string, string | number | boolean>>;

/** For tests that run many clusters: little memory, few processes. Durability is as in production. */
export const SMALL_SETTINGS: Settings = { shared_buffers: '16MB', max_connections: 30, max_worker_processes: 2 };

/** What durability and the closed door rest on; nobody may change these. */
const FIXED: Settings = {
  listen_addresses: '127.0.0.1',
  unix_socket_directories: '',
  fsync: true,
  full_page_writes: true,
  synchronous_commit: true,
  password_encryption: 'scram-sha-256',
  logging_collector: false,
  // A failed statement may hold a password or ciphertext; the log tells the error only.
  log_min_error_statement: 'panic',
  // Nor the ids of a record that is sent twice.
  log_error_verbosity: 'terse',
  log_timezone: 'UTC',
  timezone: 'UTC',
  jit: false,
};

/** @returns `-c name=value` arguments. @throws LiaisonError `usage` for a setting that is fixed. */
export function settingArguments(settings: Settings, port: number): string[] {
  for (const name of Object.keys(settings)) {
    if (name in FIXED || name === 'port')
      throw new LiaisonError('usage', `The embedded PostgreSQL does not let you change ${name}.`);
  }
  return Object.entries({ ...settings, ...FIXED, port }).flatMap(([name, value]) => ['-c', `${name}=${text(value)}`]);
}

function text(value: string | number | boolean): string {
  if (typeof value === 'boolean') return value ? 'on' : 'off';
  return String(value);
}
