import { readFileSync } from 'node:fs';
import type { Configuration } from './configuration.js';
import { readTls } from './read-tls.js';
import { SETTINGS, type SettingName } from './settings.js';

type Environment = Readonly<Record<string, string | undefined>>;
/** Read so far; those with a fallback are all there once no fault was found. */
type Values = { [Name in SettingName]?: ReturnType<(typeof SETTINGS)[Name]['schema']['parse']> };

type CompleteValues = Values & Required<Pick<Values, WithFallback>>;
type WithFallback =
  | 'LIAISON_HOST'
  | 'LIAISON_PORT'
  | 'LIAISON_TLS_HANDSHAKES'
  | 'LIAISON_DATA'
  | 'LIAISON_LOG_LEVEL'
  | 'LIAISON_TRUSTED_PROXIES';

/** What the operator has to mend, all of it. Never a value: it may be a secret. */
export class ConfigurationError extends Error {
  override readonly name = 'ConfigurationError';

  constructor(readonly faults: readonly string[]) {
    super(`The configuration is not usable:\n${faults.map((fault) => `  - ${fault}`).join('\n')}`);
  }
}

/** @throws ConfigurationError that lists every fault at once. */
export function readConfiguration(environment: Environment): Configuration {
  const faults: string[] = [];
  const values: Values = {};
  for (const name of Object.keys(SETTINGS) as SettingName[]) readSetting(name, environment, values, faults);
  if (values.LIAISON_DATABASE_OWNER_URL !== undefined && values.LIAISON_DATABASE_URL === undefined) {
    faults.push('LIAISON_DATABASE_OWNER_URL is given without LIAISON_DATABASE_URL. Give both or neither.');
  }
  if (values.LIAISON_PORT === 0 && values.LIAISON_ORIGIN === undefined) {
    faults.push('LIAISON_PORT=0 needs LIAISON_ORIGIN, for the port is not known beforehand.');
  }
  const tls = readTls({ certificate: values.LIAISON_TLS_CERT, key: values.LIAISON_TLS_KEY }, faults);
  if (tls !== undefined && values.LIAISON_ORIGIN?.startsWith('http:') === true) {
    faults.push(
      'LIAISON_ORIGIN begins with http://, and LIAISON_TLS_CERT is given. Clients would not find the hub: give https://.',
    );
  }
  if (faults.length > 0) throw new ConfigurationError(faults);
  return configurationOf(values as CompleteValues, tls);
}

function readSetting(name: SettingName, environment: Environment, values: Values, faults: string[]): void {
  const { schema, fallback, form, isSecret } = { fallback: undefined, isSecret: false, ...SETTINGS[name] };
  const given = isSecret ? valueOrFile(name, environment, faults) : environment[name];
  const text = given === undefined || given === '' ? fallback : given;
  if (text === undefined) return;
  const parsed = schema.safeParse(text);
  if (parsed.success) Object.assign(values, { [name]: parsed.data });
  else faults.push(`${name} is not usable. It takes ${form}.`);
}

function valueOrFile(name: SettingName, environment: Environment, faults: string[]): string | undefined {
  const [value, path] = [environment[name], environment[`${name}_FILE`]];
  if (path === undefined || path === '') return value;
  if (value !== undefined && value !== '') faults.push(`${name} and ${name}_FILE are both given. Give one.`);
  try {
    return readFileSync(path, 'utf8').trim();
  } catch (error) {
    faults.push(`${name}_FILE cannot be read (${(error as NodeJS.ErrnoException).code ?? 'no reason given'}).`);
    return undefined;
  }
}

/**
 * Names that begin with LIAISON_ and are none of the hub's: another program's, or misspelt.
 * A misspelt setting would otherwise silently do nothing.
 */
export function unknownSettings(environment: Environment): string[] {
  const known = Object.entries<{ isSecret?: boolean }>(SETTINGS).flatMap(([name, { isSecret }]) =>
    isSecret ? [name, `${name}_FILE`] : [name],
  );
  return Object.keys(environment).filter((name) => name.startsWith('LIAISON_') && !known.includes(name));
}

function configurationOf(values: CompleteValues, tls: Configuration['tls']): Configuration {
  return {
    host: values.LIAISON_HOST,
    port: values.LIAISON_PORT,
    origin: values.LIAISON_ORIGIN ?? `http${tls ? 's' : ''}://${values.LIAISON_HOST}:${values.LIAISON_PORT}`,
    tls,
    handshakes: values.LIAISON_TLS_HANDSHAKES,
    dataFolder: values.LIAISON_DATA,
    databaseUrl: values.LIAISON_DATABASE_URL,
    databaseOwnerUrl: values.LIAISON_DATABASE_OWNER_URL,
    tokenKey: values.LIAISON_TOKEN_KEY,
    externalSenderKey: values.LIAISON_EXTERNAL_SENDER_KEY,
    nextExternalSenderKey: values.LIAISON_EXTERNAL_SENDER_KEY_NEXT,
    logKey: values.LIAISON_LOG_KEY,
    nextLogKey: values.LIAISON_LOG_KEY_NEXT,
    signOn: values.LIAISON_SIGN_ON,
    logLevel: values.LIAISON_LOG_LEVEL,
    trustedProxies: values.LIAISON_TRUSTED_PROXIES,
  };
}
