import type { Command } from 'commander';
import type { RenewalReport } from '#liaison/client';
import { withAuthority, withOptionalCa, type CaOptions } from '../authority/with-authority.js';
import type { GlobalOptions } from '../desk/open-desk.js';
import { confirm } from '../terminal/confirm.js';
import { safeText } from '../terminal/safe-text.js';
import { table } from '../terminal/table.js';
import { answerAtDesk, type Setting } from './setting.js';

interface RenewalsOptions extends GlobalOptions, Omit<CaOptions, 'ca'> {
  readonly ca?: string;
  readonly yes?: boolean;
}

const HELP = `
Devices ask by themselves, in the last 60 days of their certificate, and at once where your CA was replaced. Each keeps its key, clearance and duties; the old key vouches.

  liaison admin renewals                      who waits, and until when their certificates count
  liaison admin renewals --ca ca-bg.json      certify all of them; each device fetches its own`;

export function registerRenewals(admin: Command, setting: Setting): void {
  withOptionalCa(admin.command('renewals'))
    .description('devices of your contact point that wait for a further certificate; with --ca: certify them all')
    .option('--yes', 'do not ask')
    .addHelpText('after', HELP)
    .action((_options, command: Command) => {
      const options = command.optsWithGlobals<RenewalsOptions>();
      return answerAtDesk(setting, options, async ({ client }) => {
        await client.sync();
        const waiting = await client.administration.renewals();
        const { ca: chosen } = options;
        if (chosen === undefined || waiting.length === 0) return waitingAnswer(waiting, setting);
        const lines = [
          ...waitingLines(waiting, setting),
          'Every contact point goes on believing these devices for 180 days.',
        ];
        await confirm(setting.host, { word: 'renew', lines }, options.yes);
        const renewed = await withAuthority(setting.host, { ...options, ca: chosen }, (ca) =>
          client.administration.renewAll(waiting, ca),
        );
        return {
          json: { renewed },
          lines: () => [`${renewed.length} devices are certified anew. Each takes its certificate when it next syncs.`],
        };
      });
    });
}

const COLUMNS = [{ title: 'DEVICE' }, { title: 'UNTIL' }, { title: 'OFFICER', flexible: true }];

function waitingAnswer(waiting: readonly RenewalReport[], setting: Setting) {
  return {
    json: { waiting: waiting.map(({ request: _signed, ...report }) => report) },
    lines: () => (waiting.length === 0 ? ['No device waits.'] : waitingLines(waiting, setting)),
  };
}

function waitingLines(waiting: readonly RenewalReport[], { host }: Setting): string[] {
  const rows = waiting.map(({ device, until, officerName }) =>
    [device, until.slice(0, 10), safeText(officerName)].map((text) => ({ text })),
  );
  return table(COLUMNS, rows, host.terminal.columns);
}
