import type { Command } from 'commander';
import { X509Certificate } from 'node:crypto';
import { DeviceCertificateFile, readCeremonyFile } from '#liaison/client';
import type { RevocationReason } from '#liaison/crypto';
import { type DeviceAddress, fromBase64url, LiaisonError, utf8 } from '#liaison/protocol';
import { readGiven } from '../ceremony/ceremony-files.js';
import { type CaOptions, withAuthority, withCaOptions } from '../authority/with-authority.js';
import type { GlobalOptions } from '../desk/open-desk.js';
import { confirm } from '../terminal/confirm.js';
import { deviceArgument } from './device-argument.js';
import { oneOf } from './draft-options.js';
import { periodOf } from './period.js';
import { answerAtDesk, type Setting } from './setting.js';

/** What an officer says, and what the list says of it. */
const REASONS: Readonly<Record<string, RevocationReason>> = {
  lost: 'keyCompromise',
  stolen: 'keyCompromise',
  moved: 'affiliationChanged',
  left: 'cessationOfOperation',
  replaced: 'superseded',
};

interface RevokeOptions extends GlobalOptions, CaOptions {
  readonly serial?: string[];
  readonly certificate?: string[];
  readonly because?: string;
  readonly since?: string;
  readonly yes?: boolean;
}

export function registerRevoke(admin: Command, setting: Setting): void {
  withCaOptions(
    admin
      .command('revoke')
      .argument(
        '[devices...]',
        'lost, stolen, or of who has left: bg:ivanov:desk-1; none: only publish a list that is in time',
      ),
  )
    .description('publish the revocation list of your contact point; at founding, and at least every 30 days')
    .option('--serial <numbers...>', 'certificates that the hub may never have seen, by serial number: 4F:8A:…')
    .option('--certificate <files...>', 'the same, by file: of admin certify or renew, PEM or DER; expired ones too')
    .option('--because <reason>', `${Object.keys(REASONS).join(', ')}: the list says it`)
    .option(
      '--since <time>',
      'since when somebody else may have had it: what it sent from then on is marked for readers',
    )
    .option('--yes', 'do not ask')
    .action((texts: string[], _options, command: Command) => {
      const options = command.optsWithGlobals<RevokeOptions>();
      const devices = texts.map(deviceArgument);
      const why = whyOf(options);
      const serials = (options.serial ?? []).map(serialOf);
      return answerAtDesk(setting, options, async ({ client }) => {
        const certificates = await Promise.all((options.certificate ?? []).map(certificateIn));
        const named = serials.length + certificates.length;
        if (devices.length + named > 0) {
          const lines = consequences({ devices, serials, files: options.certificate ?? [] }, options.since);
          await confirm(setting.host, { word: 'revoke', lines }, options.yes);
        }
        const { revoked } = await withAuthority(setting.host, options, (ca) =>
          client.administration.revoke(devices, ca, why, { serials, certificates }),
        );
        return {
          json: { devices, revoked, ...(named > 0 && { further: named }) },
          lines: () => [
            `The list is published: ${revoked} certificates revoked in all.`,
            ...(devices.length + named === 0
              ? []
              : ['The hub has cut them off. Whoever of each of their channels is online next puts them out of it.']),
          ],
        };
      });
    });
}

interface CompromiseOptions extends GlobalOptions, CaOptions {
  readonly since: string;
  readonly keep?: string[];
  readonly yes?: boolean;
}

export function registerCompromise(admin: Command, setting: Setting): void {
  withCaOptions(admin.command('compromise'))
    .description('your contact point was broken into: revoke all its devices at once, and mark what they sent since')
    .requiredOption('--since <time>', 'since when: 2026-11-20T18:00:00.000Z')
    .option('--keep <devices...>', 'devices that are certainly yours alone, such as this one')
    .option('--yes', 'do not ask')
    .addHelpText('after', COMPROMISE_HELP)
    .action((_options, command: Command) => {
      const options = command.optsWithGlobals<CompromiseOptions>();
      const kept = (options.keep ?? []).map(deviceArgument);
      const { since } = periodOf(options);
      return answerAtDesk(setting, options, async ({ client, me }) => {
        await confirm(
          setting.host,
          { word: 'compromise', lines: compromiseLines(me, options.since, kept) },
          options.yes,
        );
        const compromise = { since: Date.parse(since ?? options.since), kept };
        const { devices, revoked, marked } = await withAuthority(setting.host, options, (ca) =>
          client.administration.revokeAll(compromise, ca),
        );
        return {
          json: { devices, revoked, marked, since: options.since, kept },
          lines: () => [
            `${devices.length} devices of ${me} are shut out: ${devices.join(', ') || 'none'}.`,
            ...(marked === 0
              ? []
              : [`Certificates that were revoked before, and are declared compromised too: ${marked}.`]),
            'Whoever of each of their channels is online next puts them out of it, all in one commit.',
          ],
        };
      });
    });
}

const COMPROMISE_HELP = `
It takes the contact point's CA. Where the CA itself may be in other hands, the co-chairs do it: liaison ceremony revise --compromised bg=<time>.

Example:
  liaison admin compromise --since 2026-11-20T18:00:00.000Z --keep bg:petrova:desk-1 --ca ca-bg.json`;

function compromiseLines(me: string, since: string, kept: readonly DeviceAddress[]): string[] {
  return [
    `Every device of ${me}${kept.length === 0 ? ', this one too,' : ` but ${kept.join(', ')}`} is shut out at once, everywhere, and for good.`,
    `What they sent since ${since} is marked for every reader in every country as perhaps not yours.`,
    'Everybody who is to go on working gets a new device. It cannot be undone.',
  ];
}

function whyOf({ because, since }: RevokeOptions): { reason?: RevocationReason; invalidSince?: number } {
  const reason = because === undefined ? undefined : REASONS[oneOf(Object.keys(REASONS), because, '--because')];
  const { since: from } = periodOf({ since });
  return {
    ...(reason !== undefined && { reason }),
    ...(from !== undefined && { invalidSince: Math.floor(Date.parse(from) / 1000) * 1000 }),
  };
}

interface Named {
  readonly devices: readonly DeviceAddress[];
  readonly serials: readonly string[];
  readonly files: readonly string[];
}

function consequences({ devices, serials, files }: Named, since: string | undefined): string[] {
  return [
    ...devices.map(
      (device) => `${device} is shut out at once, everywhere, and for good: its certificates never count again.`,
    ),
    ...[...serials.map((serial) => `with the serial number ${serial}`), ...files.map((file) => `in ${file}`)].map(
      (which) => `The certificate ${which} never counts again, whether the hub has seen it or not.`,
    ),
    'It leaves every channel, and keeps what it has read. Whoever is to go on working gets a new device: liaison admin invite.',
    ...(since === undefined
      ? []
      : [`What it sent since ${since} is marked for every reader as perhaps not the officer’s.`]),
  ];
}

/** As other tools print it: with colons, in capitals, without the sign octet. @throws LiaisonError `usage`. */
function serialOf(text: string): string {
  const digits = text.toLowerCase().replaceAll(':', '').replace(/^0+/, '');
  if (!/^[0-9a-f]{1,40}$/.test(digits))
    throw new LiaisonError('usage', '--serial takes the serial number of a certificate in hexadecimal: 4F:8A:03.');
  const octets = digits.padStart(digits.length + (digits.length % 2), '0');
  return /^[89a-f]/.test(octets) ? `00${octets}` : octets;
}

/** @returns DER. @throws LiaisonError `not-found`, `usage`. */
async function certificateIn(path: string): Promise<Uint8Array> {
  const bytes = await readGiven(path);
  // As "liaison admin certify" and "renew" wrote it.
  if (bytes[0] === utf8('{')[0])
    return fromBase64url(readCeremonyFile(DeviceCertificateFile, bytes, 'a device certificate').certificate);
  try {
    return new Uint8Array(new X509Certificate(bytes).raw);
  } catch {
    throw new LiaisonError('usage', `${path} holds no certificate: PEM, DER, or a file of "liaison admin certify".`);
  }
}
