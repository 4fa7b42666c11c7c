import type { Command } from 'commander';
import type { LiaisonClient, ShownLock } from '#liaison/client';
import { LiaisonError, OfficerAddress, officerOf } from '#liaison/protocol';
import type { Answer } from '../answers/answer.js';
import { type CaOptions, withAuthority, withOptionalCa } from '../authority/with-authority.js';
import type { GlobalOptions } from '../desk/open-desk.js';
import type { Host } from '../host.js';
import { confirm } from '../terminal/confirm.js';
import { safeText } from '../terminal/safe-text.js';
import { shortMomentIn } from '../terminal/time-text.js';
import { answerAtDesk, type Setting } from './setting.js';

interface LockOptions extends GlobalOptions, Partial<CaOptions> {
  readonly reason: string;
  readonly yes?: boolean;
  readonly all?: boolean;
  readonly unverified?: boolean;
}

const HELP = `
For the moment at which you are not sure who holds one of your devices: from any of them that has made its second proof, where one is demanded, all are shut out of the hub at once. Nothing more is delivered to
them, the hub hands out none of their keys for new channels (one that it had handed out before may still be used), none can sign in. What a device holds already, whoever has it and its passphrase can still read.
An administrator of your contact point, another officer than you, lets you in again: liaison admin unlock. What is lost for good is to be revoked.

Example:
  liaison lock --reason "My telephone is gone"`;

export function registerLock(program: Command, setting: Setting): void {
  program
    .command('lock')
    .description('shut out all your devices at once, this one too, until an administrator unlocks them')
    .requiredOption('--reason <why>', 'why: goes into the log')
    .option('--yes', 'do not ask')
    .addHelpText('after', HELP)
    .action((_options, command: Command) => {
      const options = command.optsWithGlobals<LockOptions>();
      return answerAtDesk(setting, options, async ({ client }) => {
        await confirm(setting.host, { word: 'lock', lines: consequences('You') }, options.yes);
        const { lock } = await client.sessions.lock(options.reason);
        return lockedAnswer(lock, officerOf(client.device));
      });
    });
}

/** `admin lock`, `admin unlock`, `admin locks`. */
export function registerAdminLocks(admin: Command, setting: Setting): void {
  registerAdminLock(admin, setting);
  registerUnlock(admin, setting);
  registerList(admin, setting);
}

function registerAdminLock(admin: Command, setting: Setting): void {
  admin
    .command('lock')
    .argument('<officer>', 'whose devices: bg:ivanov')
    .description('shut out all devices of an officer of your contact point at once')
    .requiredOption('--reason <why>', 'why: goes into the log')
    .option('--yes', 'do not ask')
    .action((text: string, _options, command: Command) => {
      const options = command.optsWithGlobals<LockOptions>();
      const officer = officerArgument(text);
      return answerAtDesk(setting, options, async ({ client }) => {
        await confirm(setting.host, { word: 'lock', lines: consequences(officer) }, options.yes);
        const { lock } = await client.sessions.lock(options.reason, officer);
        return lockedAnswer(lock, officer);
      });
    });
}

function registerUnlock(admin: Command, setting: Setting): void {
  withOptionalCa(admin.command('unlock'))
    .argument('<officer>', 'whose devices: bg:ivanov')
    .description(
      'let the devices of a locked officer in again; where your contact point wants two administrators, both; or the CA alone',
    )
    .requiredOption('--reason <why>', 'why: goes into the log')
    .option('--unverified', 'also a lock whose signatures this device cannot verify')
    .option('--yes', 'do not ask')
    .addHelpText('after', UNLOCK_HELP)
    .action((text: string, _options, command: Command) => {
      const options = command.optsWithGlobals<LockOptions>();
      const officer = officerArgument(text);
      return answerAtDesk(setting, options, async ({ client }) => {
        if (options.ca !== undefined)
          return unlockByAuthority(setting.host, client, officer, { ...options, ca: options.ca });
        const lock = (await client.sessions.locks({ officer, which: 'open' }))[0];
        if (lock === undefined) throw new LiaisonError('not-found', `No lock of ${officer} is in force.`);
        if (options.unverified !== true) requireVerified(lock);
        const lines = [
          consequencesOfUnlock(officer),
          ...(lock.unverified === undefined ? [] : [safeText(`The lock is not verified: ${lock.unverified}`)]),
        ];
        await confirm(setting.host, { word: 'unlock', lines }, options.yes);
        const { isLocked } = await client.sessions.unlock(lock.id, options.reason);
        const said = isLocked ? 'Agreed. A second administrator has to agree, too.' : `${officer} may sign in again.`;
        return { json: { lock: lock.id, officer, isLocked }, lines: () => [said] };
      });
    });
}

const UNLOCK_HELP = `
By the CA it takes no session and no second proof: the way in again where everybody who could unlock is locked, this desk too. Revoke who locked them first.

Examples:
  liaison admin unlock bg:ivanov --reason "The telephone was found"
  liaison admin unlock bg:ivanov --reason "Locked by a thief" --ca ca-bg.json`;

async function unlockByAuthority(
  host: Host,
  client: LiaisonClient,
  officer: OfficerAddress,
  options: LockOptions & CaOptions,
): Promise<Answer> {
  const lines = [
    consequencesOfUnlock(officer),
    'The CA alone says so. Whoever locked them without a right has to be revoked first, or locks them again.',
  ];
  await confirm(host, { word: 'unlock', lines }, options.yes);
  const { lock } = await withAuthority(host, options, (ca) =>
    client.sessions.unlockByAuthority(officer, options.reason, ca),
  );
  return { json: { lock, officer, isLocked: false }, lines: () => [`${officer} may sign in again.`] };
}

function consequencesOfUnlock(officer: OfficerAddress): string {
  return `All devices of ${officer} may sign in again and get what they missed. Be sure that each is in the officer’s hands; revoke the others first.`;
}

/** What is signed names the lock by its id alone: of which officer it is, the lock's own signature says. @throws LiaisonError `not-allowed`. */
function requireVerified({ officer, unverified }: ShownLock): void {
  if (unverified === undefined) return;
  throw new LiaisonError(
    'not-allowed',
    safeText(
      `The lock of ${officer} is not verified: ${unverified} Compare it with the log (officer.locked). If it is that one, say --unverified, too.`,
    ),
  );
}

function registerList(admin: Command, setting: Setting): void {
  admin
    .command('locks')
    .description('whose devices are locked, by whom and why; each is verified, or said why not')
    .option('--all', 'also those that are over')
    .action((_options, command: Command) => {
      const options = command.optsWithGlobals<LockOptions>();
      return answerAtDesk(setting, options, async ({ client, timeZone }) => {
        const locks = await client.sessions.locks({ which: options.all === true ? 'all' : 'open' });
        return {
          json: { locks: locks.map(lockJson) },
          lines: () =>
            locks.length === 0 ? ['Nobody is locked.'] : locks.flatMap((lock) => lockLines(lock, timeZone)),
        };
      });
    });
}

function consequences(who: string): string[] {
  return [
    `All devices of ${who === 'You' ? 'yours, this one too,' : who} are shut out at once. Only an administrator, another officer than the locked one, lets them in again.`,
    'It is signed and goes into the log. What they hold already stays readable on them.',
  ];
}

function lockedAnswer(lock: string, officer: OfficerAddress): Answer {
  return {
    json: { lock, officer, isLocked: true },
    lines: () => [
      `All devices of ${officer} are locked.`,
      `Tell an administrator of your contact point. There: liaison admin unlock ${officer} --reason "…"`,
    ],
  };
}

function lockJson({ certificate: _, signature: _signature, releases, byAuthority, ...lock }: ShownLock): object {
  return {
    ...lock,
    ...(byAuthority && { byAuthority: { at: byAuthority.at, reason: byAuthority.reason } }),
    releases: releases.map(({ certificate: _der, signature: _signed, ...release }) => release),
  };
}

function lockLines(lock: ShownLock, timeZone: string): string[] {
  const { officer, device, at, reason, releases, byAuthority, isOver, unverified } = lock;
  return [
    safeText(`${officer}  ${isOver ? 'unlocked' : 'LOCKED'}  by ${device}, ${shortMomentIn(at, timeZone)}: ${reason}`),
    ...(unverified === undefined ? [] : [safeText(`  NOT VERIFIED: ${unverified}`)]),
    ...releases.map((release) =>
      safeText(`  ${release.device} agreed to unlock, ${shortMomentIn(release.at, timeZone)}: ${release.reason}`),
    ),
    ...(byAuthority === undefined
      ? []
      : [safeText(`  unlocked by the CA, ${shortMomentIn(byAuthority.at, timeZone)}: ${byAuthority.reason}`)]),
  ];
}

/** @throws LiaisonError `usage`. */
function officerArgument(text: string): OfficerAddress {
  const parsed = OfficerAddress.safeParse(text);
  if (parsed.success) return parsed.data;
  throw new LiaisonError(
    'usage',
    `An officer is contact point:officer, such as bg:ivanov. This is none: ${JSON.stringify(text)}.`,
  );
}
