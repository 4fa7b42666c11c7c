import type { Command } from 'commander';
import { assembleSignedRoster, coSign, openCoChairKey, readCeremonyFile, SignatureFile } from '#liaison/client';
import { cryptoReady } from '#liaison/crypto';
import { give } from '../answers/answer.js';
import {
  minute,
  predecessorOf,
  readDraft,
  readGiven,
  requireFree,
  writeCeremonyFile,
} from '../ceremony/ceremony-files.js';
import { changeLines, rosterFacts, rosterLines } from '../ceremony/roster-text.js';
import type { GlobalOptions } from '../desk/open-desk.js';
import { passphraseSources } from '../profile/passphrase-sources.js';
import { passphraseOf } from '../profile/passphrase.js';
import { confirm } from '../terminal/confirm.js';
import type { Setting } from './setting.js';

interface SignOptions extends GlobalOptions {
  readonly key: string;
  readonly after?: string;
  readonly yes?: boolean;
}

interface MergeOptions extends GlobalOptions {
  readonly out: string;
  readonly after?: string;
}

export function registerCeremonySign(ceremony: Command, setting: Setting): void {
  registerSign(ceremony, setting);
  registerMerge(ceremony, setting);
}

function registerSign(ceremony: Command, { host }: Setting): void {
  ceremony
    .command('sign')
    .argument('<draft>', 'a roster draft that you have read')
    .description('sign a roster as a co-chair, on your own machine; writes <draft>.<key id>.signature')
    .requiredOption('--key <file>', 'your sealed key')
    .option('--after <roster>', 'your own copy of the version before; needed from version 2 on')
    .option('--yes', 'do not ask')
    .addHelpText('after', '\nExample:\n  liaison ceremony sign draft-2.json --key key-iq.json --after roster.json')
    .action(async (path: string, _options, command: Command) => {
      const options = command.optsWithGlobals<SignOptions>();
      await cryptoReady();
      const draft = await readDraft(path);
      const before = await predecessorOf(draft, options.after);
      const sealed = await readGiven(options.key);
      const read =
        before === undefined ? rosterLines(draft) : [...rosterLines(draft), '', ...changeLines(before, draft)];
      await confirm(host, { word: 'sign', lines: [...read, '', SIGN_CONSEQUENCE] }, options.yes);
      const key = openCoChairKey(sealed, await passphraseOf(options.key, passphraseSources(host, options)));
      const signature = coSign(draft, key, before);
      const out = `${path}.${signature.keyId}.signature`;
      await requireFree(out);
      await writeCeremonyFile(out, { type: 'liaison-roster-signature', v: 1, ...signature });
      await minute(host.clock, out, { step: 'roster signed', keyId: signature.keyId, ...rosterFacts(draft) });
      const lines = [`Signed: ${out}. With enough signatures: liaison ceremony merge ${path} ...`];
      give(
        { json: { file: out, keyId: signature.keyId, ...rosterFacts(draft) }, lines: () => lines },
        host.terminal,
        options.json,
      );
    });
}

const SIGN_CONSEQUENCE =
  'Signing says: this is our community. Every device will believe it, and no signature can be taken back, only followed by a later version.';

function registerMerge(ceremony: Command, { host }: Setting): void {
  ceremony
    .command('merge')
    .argument('<draft>', 'the roster draft that was signed')
    .argument('<signatures...>', 'what the co-chairs’ "sign" wrote')
    .description('put the signatures under the roster; refuses where they are too few or do not verify')
    .requiredOption('--out <file>', 'where the signed roster goes')
    .option('--after <roster>', 'your own copy of the version before; needed from version 2 on')
    .addHelpText('after', '\nExample:\n  liaison ceremony merge draft.json draft.json.*.signature --out roster.json')
    .action(async (path: string, signaturePaths: string[], _options, command: Command) => {
      const { out, after, json } = command.optsWithGlobals<MergeOptions>();
      await cryptoReady();
      await requireFree(out);
      const draft = await readDraft(path);
      const before = await predecessorOf(draft, after);
      const signatures = await Promise.all(signaturePaths.map(readSignature));
      await writeCeremonyFile(out, assembleSignedRoster(draft, signatures, before));
      await minute(host.clock, out, {
        step: 'signatures merged',
        signatures: signatures.length,
        ...rosterFacts(draft),
      });
      const lines = [
        `Version ${draft.version} is signed by ${signatures.length}: ${out}. Next: liaison ceremony kit, liaison ceremony publish.`,
      ];
      give({ json: { file: out, ...rosterFacts(draft) }, lines: () => lines }, host.terminal, json);
    });
}

async function readSignature(path: string) {
  const { keyId, signature } = readCeremonyFile(SignatureFile, await readGiven(path), `a signature (${path})`);
  return { keyId, signature };
}
