import type { LogLevel } from '../observability/hub-log.js';

export const CONFIGURATION = Symbol('Configuration');

/** All that the hub is told from outside. Read once, by `readConfiguration`. */
export interface Configuration {
  readonly host: string;
  readonly port: number;
  /** Where clients sign in, as the roster names it. */
  readonly origin: string;
  /** PEM: the hub ends TLS itself. Absent: plain HTTP. */
  readonly tls?: { readonly certificate: string; readonly key: string } | undefined;
  /** Whether a network address begins as many handshakes of that TLS as it likes. */
  readonly handshakes: 'bounded' | 'unbounded';
  /** Holds the hub's keys and, where no database is given, PostgreSQL. */
  readonly dataFolder: string;
  /** Connection string of the application role; absent: an embedded PostgreSQL is started. */
  readonly databaseUrl?: string | undefined;
  /** Connection string of the owner role, for migrations. */
  readonly databaseOwnerUrl?: string | undefined;
  /** Ed25519 seeds of 32 bytes; absent: made and kept in the data folder. */
  readonly tokenKey?: Uint8Array | undefined;
  readonly externalSenderKey?: Uint8Array | undefined;
  readonly nextExternalSenderKey?: Uint8Array | undefined;
  readonly logKey?: Uint8Array | undefined;
  readonly nextLogKey?: Uint8Array | undefined;
  /** How the hub is known at the national sign-on of a contact point. */
  readonly signOn?: Readonly<Record<string, { readonly clientId: string; readonly clientSecret: string }>> | undefined;
  readonly logLevel: LogLevel;
  /** Reverse proxies in front of the hub, whose X-Forwarded-For is believed. */
  readonly trustedProxies: number;
}
