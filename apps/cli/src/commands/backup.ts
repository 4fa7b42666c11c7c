import type { Command } from 'commander';
import { join } from 'node:path';
import { openAuthority, openCoChairKey, restoreKey, sealAuthority, sealCoChairKey, splitKey } from '#liaison/client';
import { writePrivateFile } from '#liaison/client.node';
import { cryptoReady, keyIdOf, sealedPurposeOf, type SigningKey } from '#liaison/crypto';
import { give } from '../answers/answer.js';
import { minute, readGiven, readSignedRoster, requireFree } from '../ceremony/ceremony-files.js';
import { type KeyInRoster, keyInRoster } from '../ceremony/key-in-roster.js';
import { readShares, writeShares } from '../ceremony/share-files.js';
import type { GlobalOptions } from '../desk/open-desk.js';
import type { Host } from '../host.js';
import { choosePassphrase, passphraseOf } from '../profile/passphrase.js';
import { passphraseSources } from '../profile/passphrase-sources.js';
import { confirm } from '../terminal/confirm.js';
import { countOf } from './count-option.js';
import type { Setting } from './setting.js';

interface SplitOptions extends GlobalOptions {
  readonly shares: string;
  readonly needed: string;
  readonly out: string;
  readonly yes?: boolean;
}

interface RestoreOptions extends GlobalOptions {
  readonly roster: string;
  readonly out: string;
}

const HELP = `
Offline, on the machine of a ceremony. Any so many shares give the key without its passphrase; fewer give nothing.

Examples:
  liaison backup split ca-bg.json --shares 5 --needed 3 --out shares-bg
  liaison backup rehearse share-1-of-5.txt share-4-of-5.txt share-5-of-5.txt --roster roster.json
  liaison backup restore share-1-of-5.txt share-4-of-5.txt share-5-of-5.txt --roster roster.json --out ca-bg.json
Shares may be typed instead, one a line, on standard input.`;

export function registerBackup(program: Command, setting: Setting): void {
  const backup = program
    .command('backup')
    .description('keep a contact point’s CA or a co-chair’s key in shares on paper, and restore it; offline')
    .addHelpText('after', HELP);
  registerSplit(backup, setting);
  registerRehearse(backup, setting);
  registerRestore(backup, setting);
}

function registerSplit(backup: Command, { host }: Setting): void {
  backup
    .command('split')
    .argument('<file>', 'the sealed key')
    .description('make shares of a sealed key: a text and a page to print for each')
    .requiredOption('--shares <n>', 'how many')
    .requiredOption('--needed <k>', 'how many of them give the key')
    .requiredOption('--out <folder>', 'where they go; empty it once each share is printed')
    .option('--yes', 'do not ask')
    .action(async (path: string, _options, command: Command) => {
      const options = command.optsWithGlobals<SplitOptions>();
      const total = countOf(options.shares, '--shares') ?? 0;
      const needed = countOf(options.needed, '--needed') ?? 0;
      await cryptoReady();
      const sealed = await readGiven(path);
      await confirm(host, { word: 'split', lines: consequences(total, needed) }, options.yes);
      const key = openKey(sealed, await passphraseOf(path, passphraseSources(host, options)));
      const texts = await splitKey(key, { total, needed }, host.random);
      const files = await writeShares(options.out, texts);
      await minute(host.clock, join(options.out, 'shares'), {
        step: 'key split',
        keyId: keyIdOf(key.publicKey),
        total,
        needed,
      });
      const lines = [
        `${total} shares of the key ${keyIdOf(key.publicKey)} in ${options.out}; any ${needed} give it back.`,
        'Print each page, give each to another holder, rehearse with --needed of them, then destroy the files.',
      ];
      give(
        { json: { keyId: keyIdOf(key.publicKey), total, needed, files }, lines: () => lines },
        host.terminal,
        options.json,
      );
    });
}

function consequences(total: number, needed: number): string[] {
  return [
    `Any ${needed} of the ${total} holders can act together as this key, without its passphrase and without you.`,
    'Choose holders who would not, in different places. A share is not sealed: keep it as you would keep cash.',
  ];
}

function openKey(sealed: Uint8Array, passphrase: string): SigningKey {
  return sealedPurposeOf(sealed) === 'authority'
    ? openAuthority(sealed, passphrase).key
    : openCoChairKey(sealed, passphrase);
}

function registerRehearse(backup: Command, { host }: Setting): void {
  withShares(backup.command('rehearse'))
    .description('whether these shares give the key that the roster names; writes nothing')
    .action(async (paths: string[], _options, command: Command) => {
      const options = command.optsWithGlobals<RestoreOptions>();
      const { found } = await restored(host, paths, options);
      const lines = [`They give ${found.what}. The key was not kept.`];
      give(
        { json: { what: found.kind, contactPoint: found.contactPoint, keyId: found.keyId }, lines: () => lines },
        host.terminal,
        options.json,
      );
    });
}

function registerRestore(backup: Command, { host }: Setting): void {
  withShares(backup.command('restore'))
    .description('the sealed key again, from its shares, checked against the roster')
    .requiredOption('--out <file>', 'where the sealed key goes')
    .action(async (paths: string[], _options, command: Command) => {
      const options = command.optsWithGlobals<RestoreOptions>();
      await requireFree(options.out);
      const { key, found } = await restored(host, paths, options);
      const passphrase = await choosePassphrase(options.out, passphraseSources(host, options));
      await writePrivateFile(options.out, sealedAgain(key, found, passphrase, host));
      const { kind, contactPoint, keyId, what } = found;
      await minute(host.clock, options.out, { step: 'key restored', what: kind, contactPoint, keyId });
      const lines = [
        `${what}: restored and sealed in ${options.out}.`,
        'Those shares have been together: make new ones of a new key when this is over, if anybody could have copied them.',
      ];
      give(
        { json: { file: options.out, what: kind, contactPoint, keyId }, lines: () => lines },
        host.terminal,
        options.json,
      );
    });
}

function withShares(command: Command): Command {
  return command
    .argument('[shares...]', 'files with one share each; none: typed on standard input')
    .requiredOption('--roster <file>', 'a signed roster that names the key');
}

async function restored(host: Host, paths: readonly string[], { roster: rosterPath }: RestoreOptions) {
  await cryptoReady();
  const { roster } = await readSignedRoster(rosterPath);
  const key = await restoreKey(await readShares(host, paths));
  return { key, found: keyInRoster(key.publicKey, roster) };
}

function sealedAgain(key: SigningKey, found: KeyInRoster, passphrase: string, host: Host): Uint8Array {
  return found.kind === 'authority'
    ? sealAuthority({ certificate: found.certificate, key }, passphrase, host.sealing)
    : sealCoChairKey(key, passphrase, host.sealing);
}
