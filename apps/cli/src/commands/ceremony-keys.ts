import type { Command } from 'commander';
import {
  authorityFingerprint,
  CA_YEARS,
  coChairFingerprint,
  coChairHandIn,
  ContactPointHandIn,
  foundAuthority,
  openAuthority,
  renewAuthority,
  sealAuthority,
  sealCoChairKey,
} from '#liaison/client';
import { writePrivateFile } from '#liaison/client.node';
import {
  type CertificateAuthority,
  cryptoReady,
  generateSigningKey,
  parseCaCertificate,
  type SigningKey,
} from '#liaison/crypto';
import type { TokenPlace } from '#liaison/crypto.node';
import { ContactPointId, LiaisonError, toBase64url } from '#liaison/protocol';
import { give } from '../answers/answer.js';
import { DEFAULT_OBJECT, isTokenUri, readTokenUri, writeTokenUri } from '../authority/token-uri.js';
import { authorityOn, PIN_FD, PIN_FD_HELP, type PinOptions, withToken } from '../authority/with-authority.js';
import { minute, readGiven, requireFree, writeCeremonyFile } from '../ceremony/ceremony-files.js';
import { digits } from '../ceremony/roster-text.js';
import type { GlobalOptions } from '../desk/open-desk.js';
import { choosePassphrase, passphraseOf } from '../profile/passphrase.js';
import { passphraseSources } from '../profile/passphrase-sources.js';
import { confirm } from '../terminal/confirm.js';
import { countOf } from './count-option.js';
import type { Setting } from './setting.js';
import type { Host } from '../host.js';

interface KeyOptions extends GlobalOptions {
  readonly contactPoint: string;
  readonly yes?: boolean;
}

interface AuthorityOptions extends KeyOptions, PinOptions {
  readonly name: string;
  readonly years?: string;
  readonly witnessKey?: string;
  readonly pkcs11?: string;
  readonly tokenLabel?: string;
  readonly keyLabel?: string;
}

export function registerCeremonyKeys(ceremony: Command, setting: Setting): void {
  registerCoChair(ceremony, setting);
  registerAuthority(ceremony, setting);
  registerRenewal(ceremony, setting);
}

/** Beside the sealed `key.json` lies `key.public.json`. */
function publicPath(path: string): string {
  return path.replace(/(\.json)?$/, '.public.json');
}

function registerCoChair(ceremony: Command, { host }: Setting): void {
  ceremony
    .command('co-chair')
    .argument('<file>', 'where the sealed key goes; the public half goes beside it')
    .description('make a co-chair’s key: sealed by a passphrase, and a hand-in for the roster')
    .requiredOption('--contact-point <id>', 'whose chair it is')
    .option('--yes', 'do not ask')
    .addHelpText('after', '\nExample:\n  liaison ceremony co-chair key-iq.json --contact-point iq')
    .action(async (path: string, _options, command: Command) => {
      const options = command.optsWithGlobals<KeyOptions>();
      const contactPoint = contactPointArgument(options.contactPoint);
      await requireFree(path, publicPath(path));
      await confirm(host, { word: 'make', lines: CO_CHAIR_CONSEQUENCES }, options.yes);
      await cryptoReady();
      const passphrase = await choosePassphrase(path, passphraseSources(host, options));
      const key = generateSigningKey(host.random);
      const handIn = coChairHandIn(contactPoint, key);
      const fingerprint = coChairFingerprint(handIn.publicKey);
      await writePrivateFile(path, sealCoChairKey(key, passphrase, host.sealing));
      await writeCeremonyFile(publicPath(path), handIn);
      await minute(host.clock, path, { step: 'co-chair key made', contactPoint, fingerprint });
      const lines = made('co-chair key', path, publicPath(path), fingerprint);
      give(
        { json: { file: path, handIn: publicPath(path), fingerprint }, lines: () => lines },
        host.terminal,
        options.json,
      );
    });
}

const CO_CHAIR_CONSEQUENCES = [
  'This key signs who belongs to the community. With enough such keys a stranger can be let in; with too few left nobody ever again.',
  'Only you may know its passphrase. Without the passphrase the file is worth nothing, and nobody can reset it.',
];

function registerAuthority(ceremony: Command, { host }: Setting): void {
  ceremony
    .command('authority')
    .argument('<file>', 'where the sealed key goes; the public half goes beside it')
    .description('make a contact point’s CA: sealed by a passphrase, and a hand-in for the roster')
    .requiredOption('--contact-point <id>', 'whose CA it is')
    .requiredOption('--name <name>', 'the contact point’s English name, as it stands in the certificate')
    .option('--years <n>', `valid for so many years; default ${CA_YEARS}`)
    .option('--witness-key <base64url>', 'public key of its connector, where that witnesses the log')
    .option('--pkcs11 <module>', 'make the key on a hardware token, by this PKCS#11 library; it never leaves the token')
    .option('--token-label <label>', 'which token, with --pkcs11')
    .option(
      '--key-label <label>',
      'how key and certificate are called there, with --pkcs11; default "contact point ca"',
    )
    .option(PIN_FD, PIN_FD_HELP)
    .option('--yes', 'do not ask')
    .addHelpText('after', AUTHORITY_HELP)
    .action(async (path: string, _options, command: Command) => {
      const options = command.optsWithGlobals<AuthorityOptions>();
      const id = contactPointArgument(options.contactPoint);
      const place = tokenPlaceOf(options);
      await requireFree(...(place === undefined ? [path] : []), publicPath(path));
      const lines = place === undefined ? AUTHORITY_CONSEQUENCES : TOKEN_CONSEQUENCES;
      await confirm(host, { word: 'make', lines }, options.yes);
      await cryptoReady();
      if (place !== undefined) {
        await foundOnToken(host, path, { ...options, place, id });
        return;
      }
      const passphrase = await choosePassphrase(path, passphraseSources(host, options));
      const ca = foundAuthority(
        { id, names: { en: options.name } },
        generateSigningKey(host.random),
        host,
        yearsOf(options),
      );
      await writeAuthority(
        host,
        path,
        { ca, contactPoint: id, passphrase, witnessKey: options.witnessKey },
        options.json,
      );
    });
}

const AUTHORITY_HELP = `
Examples:
  liaison ceremony authority ca-bg.json --contact-point bg --name Bulgaria
  liaison ceremony authority ca-bg.json --contact-point bg --name Bulgaria --pkcs11 /usr/lib/softhsm/libsofthsm2.so --token-label liaison-bg

On a token nothing is sealed into a file; ca-bg.public.json is the hand-in as ever.`;

const TOKEN_CONSEQUENCES = [
  'This key says who is an officer of your contact point. Whoever has the token and its PIN can act in the name of any of them.',
  'It never leaves the token, so it cannot be backed up: a lost token needs a new CA by a roster version.',
];

const AUTHORITY_CONSEQUENCES = [
  'This key says who is an officer of your contact point. Whoever has it can act in the name of any of them.',
  'Lock the file away, let few know the passphrase, and make a backup in shares: liaison backup split.',
];

function tokenPlaceOf({ pkcs11, tokenLabel, keyLabel }: AuthorityOptions): TokenPlace | undefined {
  if (pkcs11 === undefined && tokenLabel === undefined && keyLabel === undefined) return undefined;
  if (pkcs11 !== undefined && tokenLabel !== undefined)
    return { module: pkcs11, tokenLabel, objectLabel: keyLabel ?? DEFAULT_OBJECT };
  throw new LiaisonError('usage', 'A key on a token needs both: --pkcs11 <module> and --token-label <label>.');
}

interface OnToken extends AuthorityOptions {
  readonly place: TokenPlace;
  readonly id: ContactPointId;
}

/** A key without a certificate is what a crash left between the two: it is taken up again. */
async function foundOnToken(host: Host, path: string, { place, id, ...options }: OnToken): Promise<void> {
  const ca = await withToken(host, place, options, (token) => {
    if (token.certificate() !== undefined)
      throw new LiaisonError(
        'conflict',
        `The token has a CA called "${place.objectLabel}" already: choose a --key-label.`,
      );
    const key = token.key() ?? token.generateKey();
    const made = foundAuthority({ id, names: { en: options.name } }, key, host, yearsOf(options));
    token.putCertificate(made.certificate);
    return Promise.resolve(authorityOn(token));
  });
  const uri = writeTokenUri(place);
  await writeHandIn(host, path, { ca, contactPoint: id, where: uri, witnessKey: options.witnessKey }, options.json);
}

async function renewOnToken(host: Host, uri: string, path: string, options: AuthorityOptions): Promise<void> {
  await requireFree(publicPath(path));
  await cryptoReady();
  const ca = await withToken(host, readTokenUri(uri), options, (token) => {
    token.putCertificate(renewAuthority(authorityOn(token), host, yearsOf(options)).certificate);
    return Promise.resolve(authorityOn(token));
  });
  const { contactPoint } = parseCaCertificate(ca.certificate);
  await writeHandIn(host, path, { ca, contactPoint, where: uri }, options.json);
}

function registerRenewal(ceremony: Command, { host }: Setting): void {
  ceremony
    .command('renew-authority')
    .argument('<file>', 'the sealed CA as it is, or pkcs11:token=…?module-path=…')
    .argument('<new file>', 'where the renewed one goes; the public half goes beside it')
    .description(
      'a later certificate for the same CA key: what it certified stays valid; hand it in for "revise --renew-ca"',
    )
    .option('--years <n>', `valid for so many years; default ${CA_YEARS}`)
    .option(PIN_FD, PIN_FD_HELP)
    .addHelpText('after', '\nExample:\n  liaison ceremony renew-authority ca-bg.json ca-bg-2036.json')
    .action(async (path: string, newPath: string, _options, command: Command) => {
      const options = command.optsWithGlobals<AuthorityOptions>();
      if (isTokenUri(path)) {
        await renewOnToken(host, path, newPath, options);
        return;
      }
      await requireFree(newPath, publicPath(newPath));
      await cryptoReady();
      const sealed = await readGiven(path);
      const passphrase = await passphraseOf(path, passphraseSources(host, options));
      const ca = renewAuthority(openAuthority(sealed, passphrase), host, yearsOf(options));
      const { contactPoint } = parseCaCertificate(ca.certificate);
      await writeAuthority(host, newPath, { ca, contactPoint, passphrase }, options.json);
    });
}

async function writeAuthority(
  host: Host,
  path: string,
  { passphrase, ...made }: MadeAuthority,
  json: boolean | undefined,
): Promise<void> {
  await writePrivateFile(path, sealAuthority(made.ca, passphrase, host.sealing));
  await writeHandIn(host, path, { ...made, where: path }, json);
}

/** The public half, the minute, and the digits to be read aloud. */
async function writeHandIn(
  host: Host,
  path: string,
  { ca, contactPoint, where, witnessKey }: HandedIn,
  json: boolean | undefined,
): Promise<void> {
  const caCertificate = toBase64url(ca.certificate);
  const handIn = ContactPointHandIn.parse({
    type: 'liaison-contact-point',
    v: 1,
    contactPoint,
    caCertificate,
    ...(witnessKey !== undefined && { witnessKey }),
  });
  const fingerprint = authorityFingerprint(caCertificate);
  await writeCeremonyFile(publicPath(path), handIn);
  await minute(host.clock, publicPath(path), { step: 'contact point CA made', contactPoint, fingerprint });
  const answer = isTokenUri(where) ? { ca: where } : { file: where };
  const lines = made('contact point CA', where, publicPath(path), fingerprint);
  give({ json: { ...answer, handIn: publicPath(path), fingerprint }, lines: () => lines }, host.terminal, json);
}

interface HandedIn {
  readonly ca: CertificateAuthority;
  readonly contactPoint: ContactPointId;
  /** The sealed file, or the URI of the token. */
  readonly where: string;
  readonly witnessKey?: string | undefined;
}

interface MadeAuthority extends Omit<HandedIn, 'where'> {
  readonly ca: CertificateAuthority<SigningKey>;
  readonly passphrase: string;
}

function made(what: string, where: string, handIn: string, fingerprint: string): string[] {
  return [
    `The ${what} is made and ${isTokenUri(where) ? 'on the token' : 'sealed'}: ${where}. Lock it away.`,
    `Hand in: ${handIn}. Write these digits down, and read them aloud when the roster is read:`,
    ...digits('fingerprint', fingerprint),
  ];
}

function yearsOf({ years }: AuthorityOptions): number {
  return countOf(years, '--years') ?? CA_YEARS;
}

function contactPointArgument(text: string): ContactPointId {
  const parsed = ContactPointId.safeParse(text);
  if (parsed.success) return parsed.data;
  throw new LiaisonError('usage', '--contact-point takes an id such as bg: lower-case letters, digits and hyphens.');
}
