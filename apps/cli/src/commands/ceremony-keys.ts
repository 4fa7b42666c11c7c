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
import { type CertificateAuthority, cryptoReady, generateSigningKey, parseCaCertificate } from '#liaison/crypto';
import { ContactPointId, LiaisonError, toBase64url } from '#liaison/protocol';
import { give } from '../answers/answer.js';
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

interface AuthorityOptions extends KeyOptions {
  readonly name: string;
  readonly years?: string;
  readonly witnessKey?: string;
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
      const lines = made('co-chair key', path, fingerprint);
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
    .option('--yes', 'do not ask')
    .addHelpText('after', '\nExample:\n  liaison ceremony authority ca-bg.json --contact-point bg --name Bulgaria')
    .action(async (path: string, _options, command: Command) => {
      const options = command.optsWithGlobals<AuthorityOptions>();
      const id = contactPointArgument(options.contactPoint);
      await requireFree(path, publicPath(path));
      await confirm(host, { word: 'make', lines: AUTHORITY_CONSEQUENCES }, options.yes);
      await cryptoReady();
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

const AUTHORITY_CONSEQUENCES = [
  'This key says who is an officer of your contact point. Whoever has it can act in the name of any of them.',
  'Lock the file away, let few know the passphrase, and make a backup in shares: liaison backup split.',
];

function registerRenewal(ceremony: Command, { host }: Setting): void {
  ceremony
    .command('renew-authority')
    .argument('<file>', 'the sealed CA as it is')
    .argument('<new file>', 'where the renewed one goes; the public half goes beside it')
    .description(
      'a later certificate for the same CA key: what it certified stays valid; hand it in for "revise --renew-ca"',
    )
    .option('--years <n>', `valid for so many years; default ${CA_YEARS}`)
    .addHelpText('after', '\nExample:\n  liaison ceremony renew-authority ca-bg.json ca-bg-2036.json')
    .action(async (path: string, newPath: string, _options, command: Command) => {
      const options = command.optsWithGlobals<AuthorityOptions>();
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
  { ca, contactPoint, passphrase, witnessKey }: MadeAuthority,
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
  await writePrivateFile(path, sealAuthority(ca, passphrase, host.sealing));
  await writeCeremonyFile(publicPath(path), handIn);
  await minute(host.clock, path, { step: 'contact point CA made', contactPoint, fingerprint });
  const lines = made('contact point CA', path, fingerprint);
  give({ json: { file: path, handIn: publicPath(path), fingerprint }, lines: () => lines }, host.terminal, json);
}

interface MadeAuthority {
  readonly ca: CertificateAuthority;
  readonly contactPoint: ContactPointId;
  readonly passphrase: string;
  readonly witnessKey?: string | undefined;
}

function made(what: string, path: string, fingerprint: string): string[] {
  return [
    `The ${what} is made and sealed: ${path}. Lock it away.`,
    `Hand in: ${publicPath(path)}. Write these digits down, and read them aloud when the roster is read:`,
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
