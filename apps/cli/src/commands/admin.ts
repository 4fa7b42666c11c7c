import type { Command } from 'commander';
import {
  certifyRequest,
  deviceRequestSafetyNumber,
  DeviceRequestFile,
  type InvitationReport,
  readCeremonyFile,
  RenewalRequestFile,
  requireSafetyNumber,
} from '#liaison/client';
import { cryptoReady, parseDeviceCertificate } from '#liaison/crypto';
import { Classification, Duty, fromBase64url, InvitationId, LiaisonError, toBase64url } from '#liaison/protocol';
import { type Answer, give } from '../answers/answer.js';
import { type CaOptions, withAuthority, withCaOptions } from '../authority/with-authority.js';
import { minute, readGiven, requireFree, writeCeremonyFile } from '../ceremony/ceremony-files.js';
import type { Desk, GlobalOptions } from '../desk/open-desk.js';
import { confirm } from '../terminal/confirm.js';
import { safeText } from '../terminal/safe-text.js';
import { table } from '../terminal/table.js';
import type { Terminal } from '../terminal/terminal.js';
import { registerRenewals } from './admin-renewals.js';
import { registerCompromise, registerRevoke } from './admin-revoke.js';
import { countOf } from './count-option.js';
import { deviceArgument } from './device-argument.js';
import { registerAdminLocks } from './lock.js';
import { registerAdminSecondFactor } from './second-factor.js';
import { answerAtDesk, type Setting } from './setting.js';

interface GrantOptions extends GlobalOptions {
  readonly clearance: string;
  readonly duties: string[];
  readonly yes?: boolean;
}

interface InviteOptions extends GrantOptions {
  readonly name: string;
  readonly hours?: string;
}

interface ApproveOptions extends GlobalOptions, CaOptions {
  readonly safetyNumber: string;
  readonly yes?: boolean;
}

const HELP = `
For administrators of a contact point. The hub carries invitations and requests, and can certify nobody: the contact point's CA does, here.

  liaison admin invite bg:ivanov:desk-1 --name "Иван Иванов" --clearance RESTRICTED --duties officer
  liaison admin invitations
  liaison admin approve 01991a2b --safety-number "04721 99310 ..." --ca ca-bg.json
  liaison admin refuse 01991a2b
  liaison admin renewals --ca ca-bg.json                         certify all devices that ask for longer
  liaison admin revoke bg:ivanov:desk-1 --because stolen --ca ca-bg.json          and without a device, at least every 30 days
  liaison admin compromise --since 2026-11-20T18:00:00.000Z --ca ca-bg.json     all devices at once
  liaison admin lock bg:ivanov --reason "Telephone lost"         all devices of an officer at once, until: liaison admin unlock bg:ivanov
  liaison admin sign-in-policy --second-factor webauthn --ca ca-bg.json         a second proof of every sign-in
  liaison admin second-factor reset bg:ivanov:desk-1                            where an officer lost their security key
  liaison admin certify petrova.json --ca ca-bg.json --clearance RESTRICTED --duties officer administrator \\
          --safety-number "..." --out petrova-certificate.json        by files, no network

Where the CA lies on a token, --ca "pkcs11:token=<label>?module-path=<library>". Its PIN is asked for, or read by --pin-fd 3 3<file.`;

export function registerAdmin(program: Command, setting: Setting): void {
  const admin = program
    .command('admin')
    .description('enrol the devices of your contact point: invite, compare, approve or refuse')
    .addHelpText('after', HELP);
  registerInvite(admin, setting);
  registerInvitations(admin, setting);
  registerApprove(admin, setting);
  registerRefuse(admin, setting);
  registerCertify(admin, setting);
  registerRenewal(admin, setting);
  registerRenewals(admin, setting);
  registerRevoke(admin, setting);
  registerCompromise(admin, setting);
  registerAdminLocks(admin, setting);
  registerAdminSecondFactor(admin, setting);
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

function registerCertify(admin: Command, { host }: Setting): void {
  withCaOptions(withGrant(admin.command('certify').argument('<request>', 'what "liaison enrol --request" wrote')))
    .description('certify a device by file, on the machine of the CA; no network')
    .requiredOption('--safety-number <digits>', 'as the officer reads it from the new device')
    .requiredOption('--out <file>', 'where the certificate goes')
    .option('--yes', 'do not ask')
    .action(async (path: string, _options, command: Command) => {
      const options = command.optsWithGlobals<GrantOptions & ApproveOptions & { out: string }>();
      await cryptoReady();
      await requireFree(options.out);
      const request = readCeremonyFile(DeviceRequestFile, await readGiven(path), 'a device’s request');
      requireSafetyNumber(deviceRequestSafetyNumber(request), options.safetyNumber);
      const grant = grantOf(options);
      await confirm(
        host,
        { word: 'certify', lines: grantLines(request.device, request.officerName, grant) },
        options.yes,
      );
      const certificate = await withAuthority(host, options, (ca) =>
        Promise.resolve(certifyRequest(request, { ...grant, ca }, host)),
      );
      await writeCeremonyFile(options.out, {
        type: 'liaison-device-certificate',
        v: 1,
        certificate: toBase64url(certificate),
      });
      const { device } = request;
      await minute(host.clock, options.out, { step: 'device certified', device, ...grant });
      const lines = [`${device} is certified: ${options.out}. There: liaison enrol --certificate ${options.out}`];
      give({ json: { file: options.out, device, ...grant }, lines: () => lines }, host.terminal, options.json);
    });
}

function registerRenewal(admin: Command, setting: Setting): void {
  withCaOptions(admin.command('renew').argument('<request>', 'what "liaison renew --request" wrote'))
    .description('a further certificate for a device that is in good standing: same key, clearance and duties')
    .requiredOption('--out <file>', 'where the certificate goes')
    .option('--yes', 'do not ask')
    .action((path: string, _options, command: Command) => {
      const options = command.optsWithGlobals<ApproveOptions & { out: string }>();
      return answerAtDesk(setting, options, async ({ client }) => {
        await requireFree(options.out);
        const request = readCeremonyFile(RenewalRequestFile, await readGiven(path), 'a renewal request');
        const { device, officerName, clearance, duties } = parseDeviceCertificate(fromBase64url(request.certificate));
        const lines = grantLines(device, officerName, { clearance, duties });
        await confirm(setting.host, { word: 'renew', lines }, options.yes);
        await client.sync();
        const certificate = await withAuthority(setting.host, options, (ca) =>
          client.administration.renew(request, ca),
        );
        const file = { type: 'liaison-device-certificate', v: 1, certificate: toBase64url(certificate) };
        await writeCeremonyFile(options.out, file);
        await minute(setting.host.clock, options.out, { step: 'certificate renewed', device });
        const { notAfter } = parseDeviceCertificate(certificate);
        const certificateNotAfter = new Date(notAfter).toISOString();
        return {
          json: { file: options.out, device, certificateNotAfter },
          lines: () => [
            `${device} is certified until ${certificateNotAfter}. There: liaison renew --certificate ${options.out}`,
          ],
        };
      });
    });
}

function withGrant(command: Command): Command {
  return command
    .requiredOption('--clearance <level>', `one of ${Classification.options.join(', ')}`)
    .requiredOption('--duties <duties...>', `of ${Duty.options.join(', ')}`);
}

function grantOf({ clearance, duties }: GrantOptions): { clearance: Classification; duties: Duty[] } {
  const level = Classification.safeParse(clearance.toUpperCase());
  const parsed = Duty.array().safeParse(duties.flatMap((each) => each.split(',')));
  if (level.success && parsed.success) return { clearance: level.data, duties: parsed.data };
  throw new LiaisonError(
    'usage',
    `--clearance is one of ${Classification.options.join(', ')}; --duties are of ${Duty.options.join(', ')}.`,
  );
}

function grantLines(
  device: string,
  officerName: string,
  grant: { clearance: string; duties: readonly string[] },
): string[] {
  const isAdministrator = grant.duties.includes('administrator');
  return [
    `${device} will act for ${safeText(officerName)}, cleared for ${grant.clearance}, as ${grant.duties.join(', ')}.`,
    'Every contact point will believe its signature. Be sure who the person is: nobody else checks.',
    ...(isAdministrator ? ['As an administrator it may invite and revoke devices of your contact point.'] : []),
  ];
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
