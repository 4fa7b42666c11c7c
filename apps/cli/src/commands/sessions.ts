import type { Command } from 'commander';
import { LiaisonError, type LiveSession } from '#liaison/protocol';
import type { Desk, GlobalOptions } from '../desk/open-desk.js';
import { idByPrefix, shortIds } from '../desk/short-ids.js';
import { safeText } from '../terminal/safe-text.js';
import { table } from '../terminal/table.js';
import { shortMomentIn } from '../terminal/time-text.js';
import { answerAtDesk, type Setting } from './setting.js';

interface SessionsOptions extends GlobalOptions {
  readonly contactPoint?: boolean;
  readonly others?: boolean;
}

const HELP = `
A device opens a session when it needs one, and each lasts 15 minutes at most. A device whose session was ended may sign in again: to keep it out,
use "liaison lock", or have it revoked.
SECOND PROOF says how the officer proved who sits there, and when: the proof is the device's, and counts for all its sessions until it runs out. "none" where none is
demanded, or where the session has still to make it and can do nothing else until then.

Examples:
  liaison sessions list                   where you are signed in now
  liaison sessions end 01991a2b           end one
  liaison sessions end --others           end all but this one
  liaison sessions list --contact-point   for an administrator: those of all your officers`;

export function registerSessions(program: Command, setting: Setting): void {
  const sessions = program
    .command('sessions')
    .description('where you are signed in: list and end sessions of your devices')
    .addHelpText('after', HELP);
  registerList(sessions, setting);
  registerEnd(sessions, setting);
}

function registerList(sessions: Command, setting: Setting): void {
  sessions
    .command('list')
    .description('sessions of all your devices, the newest first')
    .option('--contact-point', 'for an administrator: of all devices of the contact point')
    .action((_options, command: Command) => {
      const options = command.optsWithGlobals<SessionsOptions>();
      return answerAtDesk(setting, options, async (desk) => {
        const found = await listed(desk, options);
        const sessions = found.map((session) => ({ ...session, proof: session.proof ?? null }));
        return { json: { sessions }, lines: () => sessionLines(found, desk.timeZone, setting) };
      });
    });
}

function registerEnd(sessions: Command, setting: Setting): void {
  sessions
    .command('end')
    .argument('[sessions...]', 'their ids, or the first characters')
    .description('end sessions at once, everywhere; open connections are closed')
    .option('--others', 'all but the one of this command')
    .option('--contact-point', 'for an administrator: among those of the contact point')
    .action((texts: string[], _options, command: Command) => {
      const options = command.optsWithGlobals<SessionsOptions>();
      return answerAtDesk(setting, options, async (desk) => {
        const meant = chosen(await listed(desk, options), texts, options);
        const ended = meant.length === 0 ? [] : await desk.client.sessions.end(meant);
        return {
          json: { ended },
          lines: () => [`${ended.length} ${ended.length === 1 ? 'session' : 'sessions'} ended.`],
        };
      });
    });
}

function listed({ client }: Desk, { contactPoint }: SessionsOptions): Promise<LiveSession[]> {
  return client.sessions.list(contactPoint ? 'contact-point' : 'own');
}

/** @throws LiaisonError `usage`, `not-found`. */
function chosen(all: readonly LiveSession[], texts: readonly string[], { others }: SessionsOptions): string[] {
  if ((texts.length === 0) !== (others === true))
    throw new LiaisonError('usage', 'Which sessions? Name them, or say --others: not both.');
  if (others) return all.filter(({ isThis }) => !isThis).map(({ id }) => id);
  const ids = all.map(({ id }) => id);
  return texts.map((text) => idByPrefix(ids, text, 'session'));
}

const COLUMNS = [
  { title: 'SESSION' },
  { title: 'DEVICE', flexible: true },
  { title: 'SINCE' },
  { title: 'LAST USED' },
  { title: 'FROM' },
  { title: 'SECOND PROOF' },
];

const PROOFS = { webauthn: 'security key', oidc: 'national sign-on' } as const;

function sessionLines(sessions: readonly LiveSession[], timeZone: string, { host }: Setting): string[] {
  const short = shortIds(sessions.map(({ id }) => id));
  const rows = sessions.map(({ id, device, startedAt, lastUsedAt, proof, network, isThis }) =>
    [
      `${short.get(id) ?? id}${isThis ? ' (this one)' : ''}`,
      device,
      shortMomentIn(startedAt, timeZone),
      shortMomentIn(lastUsedAt, timeZone),
      safeText(network),
      proof ? `${PROOFS[proof.method]}, ${shortMomentIn(proof.at, timeZone)}` : 'none',
    ].map((text) => ({ text })),
  );
  return table(COLUMNS, rows, host.terminal.columns);
}
