import type { Command } from 'commander';
import type { InvitationReport } from '#liaison/client';
import { InvitationId, LiaisonError } from '#liaison/protocol';
import type { Answer } from '../answers/answer.js';
import { type CaOptions, withAuthority, withCaOptions } from '../authority/with-authority.js';
import type { Desk, GlobalOptions } from '../desk/open-desk.js';
import { confirm } from '../terminal/confirm.js';
import { safeText } from '../terminal/safe-text.js';
import { table } from '../terminal/table.js';
import type { Terminal } from '../terminal/terminal.js';
import { countOf } from './count-option.js';
import { deviceArgument } from './device-argument.js';
import { grantLines, grantOf, type GrantOptions, withGrant } from './grant-options.js';
import { answerAtDesk, type Setting } from './setting.js';

interface InviteOptions extends GlobalOptions, GrantOptions {
  readonly name: string;
  readonly hours?: string;
  readonly yes?: boolean;
}

interface ApproveOptions extends GlobalOptions, CaOptions {
  readonly safetyNumber: string;
  readonly yes?: boolean;
}

/** `admin invite`, `invitations`, `approve`, `refuse`. */
export function registerAdminInvitations(admin: Command, setting: Setting): void {
  registerInvite(admin, setting);
  registerInvitations(admin, setting);
  registerApprove(admin, setting);
  registerRefuse(admin, setting);
}

function registerInvite(admin: Command, setting: Setting): void {
  withGrant(admin.command('invite').argument('<device>', 'who it will be: bg:ivanov:desk-1'))
    .description('invite an officer’s new device; gives a code that works once')
    .requiredOption('--name <name>', 'the officer’s name, as it will stand in the certificate')
    .option('--hours <n>', 'the invitation runs out after so many hours; default 48')
    .option('--yes', 'do not ask')
    .action(async (text: string, _options, command: Command) => {
      const options = command.optsWithGlobals<InviteOptions>();
      const device = deviceArgument(text);
      const grant = grantOf(options);
      const hours = countOf(options.hours, '--hours') ?? 48;
      await confirm(setting.host, { word: 'invite', lines: grantLines(device, options.name, grant) }, options.yes);
      return answerAtDesk(setting, options, async ({ client }) => {
        const wish = { device, officerName: options.name, ...grant, hours };
        const { invitation, code } = await client.administration.invite(wish);
        return {
          json: { id: invitation.id, device, expiresAt: invitation.expiresAt, code },
          lines: () => [
            `Invitation ${invitation.id}, until ${invitation.expiresAt}. Give the officer this code in person, and their joining kit:`,
            `  ${code}`,
            'It works once and is not shown again. Lost? Invite anew.',
          ],
        };
      });
    });
}

function registerInvitations(admin: Command, setting: Setting): void {
  admin
    .command('invitations')
    .description('invitations of your contact point, newest first: open, requested, approved, refused, expired')
    .action((_options, command: Command) =>
      answerAtDesk(setting, command.optsWithGlobals<GlobalOptions>(), async ({ client }) => {
        const { reports, unverified } = await client.administration.invitations();
        return invitationsAnswer(reports, unverified, setting.host.terminal);
      }),
    );
}

const COLUMNS = [
  { title: 'INVITATION' },
  { title: 'STATE' },
  { title: 'DEVICE' },
  { title: 'OFFICER', flexible: true },
  { title: 'BY' },
];

function invitationsAnswer(reports: readonly InvitationReport[], unverified: number, terminal: Terminal): Answer {
  const rows = reports.map(({ invitation, state }) =>
    [invitation.id, state, invitation.device, safeText(invitation.officerName), invitation.inviter].map((text) => ({
      text,
    })),
  );
  return {
    json: { invitations: reports.map(reportJson), unverified },
    lines: () => [
      ...table(COLUMNS, rows, terminal.columns),
      ...(unverified > 0
        ? [`${unverified} more that no administrator of yours signed, or whose certificate no longer holds: not shown.`]
        : []),
    ],
  };
}

/** Without the safety number: it is to be told, not read off. */
function reportJson({ invitation, state, requestedAt, decision }: InvitationReport): object {
  const { id, device, officerName, clearance, duties, inviter, expiresAt } = invitation;
  return { id, state, device, officerName, clearance, duties, inviter, expiresAt, requestedAt, decision };
}

function registerApprove(admin: Command, setting: Setting): void {
  withCaOptions(admin.command('approve').argument('<invitation>', 'its id, or the first characters'))
    .description('certify a device that answered: with the safety number that its officer reads to you')
    .requiredOption(
      '--safety-number <digits>',
      'as the officer reads it from the new device, by telephone or in person',
    )
    .option('--yes', 'do not ask')
    .action((text: string, _options, command: Command) => {
      const options = command.optsWithGlobals<ApproveOptions>();
      return answerAtDesk(setting, options, async (desk) => {
        const { invitation } = await findInvitation(desk, text);
        const { id, device, officerName, clearance, duties } = invitation;
        const lines = grantLines(device, officerName, { clearance, duties });
        await confirm(setting.host, { word: 'approve', lines }, options.yes);
        const { safetyNumber } = options;
        const report = await withAuthority(setting.host, options, (ca) =>
          desk.client.administration.approve(id, { ca, safetyNumber }),
        );
        return {
          json: reportJson(report),
          lines: () => [
            `${device} is certified for ${safeText(officerName)}. Their "liaison enrol" ends by itself, or is run once more.`,
          ],
        };
      });
    });
}

function registerRefuse(admin: Command, setting: Setting): void {
  admin
    .command('refuse')
    .argument('<invitation>', 'its id, or the first characters')
    .description('refuse a device, or take an invitation back; for good')
    .option('--yes', 'do not ask')
    .action((text: string, _options, command: Command) => {
      const options = command.optsWithGlobals<GlobalOptions & { yes?: boolean }>();
      return answerAtDesk(setting, options, async (desk) => {
        const { invitation } = await findInvitation(desk, text);
        const lines = [
          `${invitation.device} gets no certificate on this invitation. It cannot be undone; invite anew instead.`,
        ];
        await confirm(setting.host, { word: 'refuse', lines }, options.yes);
        const report = await desk.client.administration.refuse(invitation.id);
        return { json: reportJson(report), lines: () => [`Refused: ${invitation.device}.`] };
      });
    });
}

async function findInvitation({ client }: Desk, text: string): Promise<InvitationReport> {
  const { reports } = await client.administration.invitations();
  const found = reports.filter(({ invitation }) => invitation.id.startsWith(text));
  const [only] = found;
  if (only !== undefined && found.length === 1 && InvitationId.safeParse(only.invitation.id).success) return only;
  const message =
    found.length === 0 ? 'There is no such invitation.' : 'Several invitations begin so: give more characters.';
  throw new LiaisonError('not-found', message);
}
