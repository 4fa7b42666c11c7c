import type { Command } from 'commander';
import { join } from 'node:path';
import { custodyFingerprint, custodyKeyFromSeed, custodyKeyHandIn, splitCustodyKey } from '#liaison/client';
import { cryptoReady, keyIdOf, parseCaCertificate } from '#liaison/crypto';
import { timestampOf } from '#liaison/protocol';
import { give } from '../answers/answer.js';
import { type CaOptions, withAuthority, withCaOptions } from '../authority/with-authority.js';
import { minute, requireFree, writeCeremonyFile } from '../ceremony/ceremony-files.js';
import { digits } from '../ceremony/roster-text.js';
import { writeShares } from '../ceremony/share-files.js';
import type { GlobalOptions } from '../desk/open-desk.js';
import { confirm } from '../terminal/confirm.js';
import { countOf } from './count-option.js';
import type { Setting } from './setting.js';

interface FoundOptions extends GlobalOptions, CaOptions {
  readonly shares: string;
  readonly needed: string;
  readonly out: string;
  readonly yes?: boolean;
}

const HELP = `
Offline, on the machine of the CA. The private half is never written: it is split into shares at once, and forgotten. Print each page, give each to another
custodian, rehearse, then destroy the files. The public half goes to the co-chairs: liaison ceremony revise --custody-key.

Example:
  liaison custody found custody-bg.public.json --ca ca-bg.json --shares 5 --needed 3 --out shares-bg`;

export function registerCustodyFound(custody: Command, { host }: Setting): void {
  withCaOptions(custody.command('found'))
    .argument('<file>', 'where the public half goes, signed by the CA: the hand-in for the roster')
    .description('make the custody key of your contact point, as shares for its custodians; offline')
    .requiredOption('--shares <n>', 'how many custodians')
    .requiredOption('--needed <k>', 'how many of them open together')
    .requiredOption('--out <folder>', 'where the shares go; empty it once each is printed')
    .option('--yes', 'do not ask')
    .addHelpText('after', HELP)
    .action(async (path: string, _options, command: Command) => {
      const options = command.optsWithGlobals<FoundOptions>();
      const total = countOf(options.shares, '--shares') ?? 0;
      const needed = countOf(options.needed, '--needed') ?? 0;
      await cryptoReady();
      await requireFree(path);
      await confirm(host, { word: 'found', lines: consequences(total, needed) }, options.yes);
      await withAuthority(host, options, async ({ certificate, key }) => {
        const { contactPoint } = parseCaCertificate(certificate);
        const seed = host.random.bytes(32);
        const { publicKey } = custodyKeyFromSeed(seed);
        const files = await writeShares(options.out, await splitCustodyKey(seed, { total, needed }, host.random));
        seed.fill(0);
        const handIn = custodyKeyHandIn(contactPoint, publicKey, key, timestampOf(host.clock));
        const keyId = keyIdOf(publicKey);
        const fingerprint = custodyFingerprint(handIn.custodyKey);
        await writeCeremonyFile(path, handIn);
        const made = { step: 'custody key made', contactPoint, keyId, fingerprint, total, needed };
        await minute(host.clock, path, made);
        await minute(host.clock, join(options.out, 'shares'), made);
        const lines = [
          `${total} shares of the custody key ${keyId} of ${contactPoint} in ${options.out}; any ${needed} open what is deposited.`,
          `Hand in: ${path}. Write these digits down, and read them aloud when the roster is read:`,
          ...digits('custody', fingerprint),
        ];
        const json = { handIn: path, contactPoint, keyId, fingerprint, total, needed, files };
        give({ json, lines: () => lines }, host.terminal, options.json);
      });
    });
}

function consequences(total: number, needed: number): string[] {
  return [
    `Once the co-chairs have signed it, every device of your contact point deposits the key of each record that it reads. Any ${needed} of the ${total} custodians`,
    'can then open them, on an administrator’s request that the log shows to every member. Fewer can open nothing, ever: if more than',
    `${Math.max(total - needed, 0)} shares are lost, so is what was deposited. Choose custodians who would not act together in secret.`,
  ];
}
