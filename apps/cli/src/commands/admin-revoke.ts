import type { Command } from 'commander';
import type { RevocationReason } from '#liaison/crypto';
import type { DeviceAddress } from '#liaison/protocol';
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
      return answerAtDesk(setting, options, async ({ client }) => {
        if (devices.length > 0)
          await confirm(setting.host, { word: 'revoke', lines: consequences(devices, options.since) }, options.yes);
        const { revoked } = await withAuthority(setting.host, options, (ca) =>
          client.administration.revoke(devices, ca, why),
        );
        return {
          json: { devices, revoked },
          lines: () => [
            `The list is published: ${revoked} certificates revoked in all.`,
            ...(devices.length === 0
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
        const { devices, revoked } = await withAuthority(setting.host, options, (ca) =>
          client.administration.revokeAll(compromise, ca),
        );
        return {
          json: { devices, revoked, since: options.since, kept },
          lines: () => [
            `${devices.length} devices of ${me} are shut out: ${devices.join(', ') || 'none'}.`,
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

function consequences(devices: readonly DeviceAddress[], since: string | undefined): string[] {
  return [
    ...devices.map(
      (device) => `${device} is shut out at once, everywhere, and for good: its certificates never count again.`,
    ),
    'It leaves every channel, and keeps what it has read. Whoever is to go on working gets a new device: liaison admin invite.',
    ...(since === undefined
      ? []
      : [`What it sent since ${since} is marked for every reader as perhaps not the officer’s.`]),
  ];
}
