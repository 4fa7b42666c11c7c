import type { Command } from 'commander';
import { readFileSync } from 'node:fs';
import { openAuthority } from '#liaison/client';
import { type CertificateAuthority, parseCaCertificate } from '#liaison/crypto';
import { openToken, type Token, type TokenPlace } from '#liaison/crypto.node';
import { equalBytes, LiaisonError } from '#liaison/protocol';
import { readGiven } from '../ceremony/ceremony-files.js';
import type { Host } from '../host.js';
import { passphraseOf } from '../profile/passphrase.js';
import { countOf } from '../commands/count-option.js';
import { isTokenUri, readTokenUri } from './token-uri.js';

export interface PinOptions {
  readonly pinFd?: string;
}

export interface CaOptions extends PinOptions {
  readonly ca: string;
  readonly caPassphraseFile?: string;
}

export const PIN_FD = '--pin-fd <n>';
export const PIN_FD_HELP = 'the token’s PIN is the first line of this file descriptor; else it is asked for';

const CA = '--ca <file>';
const CA_HELP = 'the sealed CA of your contact point, or pkcs11:token=…?module-path=…';

/** The options by which a command learns which CA signs. */
export function withCaOptions(command: Command): Command {
  return withSecretOptions(command.requiredOption(CA, CA_HELP));
}

/** As {@link withCaOptions}, for a command that also does something without a CA. */
export function withOptionalCa(command: Command): Command {
  return withSecretOptions(command.option(CA, CA_HELP));
}

function withSecretOptions(command: Command): Command {
  return command
    .option('--ca-passphrase-file <file>', 'its passphrase is the first line; else it is asked for')
    .option(PIN_FD, PIN_FD_HELP);
}

/** Opens the CA, of a sealed file or on a token, for as long as `work` takes. */
export async function withAuthority<T>(
  host: Host,
  options: CaOptions,
  work: (ca: CertificateAuthority) => Promise<T>,
): Promise<T> {
  if (!isTokenUri(options.ca)) return work(await sealedAuthority(host, options));
  if (options.caPassphraseFile !== undefined)
    throw new LiaisonError('usage', 'A token has a PIN and no passphrase: it is asked for, or read by --pin-fd.');
  return withToken(host, readTokenUri(options.ca), options, (token) => work(authorityOn(token)));
}

/** Opens a token for as long as `work` takes. */
export async function withToken<T>(
  host: Host,
  place: TokenPlace,
  options: PinOptions,
  work: (token: Token) => Promise<T>,
): Promise<T> {
  const token = await openToken(place, await pinFor(host, place, options));
  try {
    return await work(token);
  } finally {
    token.close();
  }
}

/** @throws LiaisonError `not-found` (TOK-02) for a token without a CA under this name. */
export function authorityOn(token: Token): CertificateAuthority {
  const key = token.key();
  const certificate = token.certificate();
  if (key !== undefined && certificate !== undefined && isOf(certificate, key.publicKey)) return { key, certificate };
  throw new LiaisonError('not-found', 'This token holds no key of a contact point CA with its certificate.', {
    check: 'TOK-02',
  });
}

function isOf(certificate: Uint8Array, publicKey: Uint8Array): boolean {
  return equalBytes(parseCaCertificate(certificate).publicKey, publicKey);
}

async function sealedAuthority(host: Host, { ca, caPassphraseFile }: CaOptions): Promise<CertificateAuthority> {
  const sealed = await readGiven(ca);
  // Not the profile's passphrase: the CA has its own.
  const environment = { passphrase: undefined, passphraseFile: undefined };
  const ask = (question: string) => host.askHidden(question, 'give --ca-passphrase-file');
  const sources = { environment, option: caPassphraseFile, ask };
  return openAuthority(sealed, await passphraseOf(ca, sources));
}

async function pinFor(host: Host, { tokenLabel }: TokenPlace, { pinFd }: PinOptions): Promise<string> {
  const descriptor = pinFd === '0' ? 0 : countOf(pinFd, '--pin-fd');
  if (descriptor === undefined) return host.askHidden(`PIN of the token ${tokenLabel}: `, 'give --pin-fd');
  try {
    return readFileSync(descriptor, 'utf8').split(/\r?\n/, 1)[0] ?? '';
  } catch {
    throw new LiaisonError('usage', `Nothing can be read from file descriptor ${descriptor}, which --pin-fd names.`);
  }
}
