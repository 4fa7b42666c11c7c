import { LiaisonError } from '#liaison/protocol';
import { ConfigurationError } from '../config/read-configuration.js';

/** What is shown of a start that failed: plain words where we foresaw it, else all there is for us to find the fault. */
export function startFault(fault: unknown): string {
  if (fault instanceof ConfigurationError || fault instanceof LiaisonError) return fault.message;
  if (!(fault instanceof Error)) return String(fault);
  const { code = '', port }: Fault = fault;
  const known = FORESEEN.find(({ codes }) => codes.test(code));
  return known === undefined ? (fault.stack ?? fault.message) : known.say(String(port ?? ''), fault.message);
}

/** What Node and PostgreSQL add to their errors. */
interface Fault extends Error {
  readonly code?: string;
  readonly port?: number;
}

interface Foreseen {
  /** Of Node or PostgreSQL. */
  readonly codes: RegExp;
  readonly say: (port: string, message: string) => string;
}

const FORESEEN: readonly Foreseen[] = [
  {
    codes: /^EADDRINUSE$/,
    say: (port) => `Port ${port} is in use. Stop what listens there, or set LIAISON_PORT to another.`,
  },
  {
    codes: /^(EACCES|EADDRNOTAVAIL|EROFS|ENOSPC)$/,
    say: (_port, message) =>
      `The hub cannot start here: ${message}. Check LIAISON_HOST, LIAISON_PORT and LIAISON_DATA.`,
  },
  {
    codes: /^(ECONNREFUSED|ENOTFOUND|ETIMEDOUT|EHOSTUNREACH|57P03)$/,
    say: () => 'The database does not answer. Check LIAISON_DATABASE_URL, and that PostgreSQL runs.',
  },
  {
    codes: /^(28...|3D000|42501)$/,
    say: () =>
      'The database refuses the hub: a wrong password, role or database name in LIAISON_DATABASE_URL, or missing rights.',
  },
];
