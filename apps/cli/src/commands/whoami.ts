import type { Command } from 'commander';
import { parseDeviceCertificate } from '#liaison/crypto';
import type { Answer } from '../answers/answer.js';
import { type Desk, type GlobalOptions } from '../desk/open-desk.js';
import { safeText } from '../terminal/safe-text.js';
import { momentIn } from '../terminal/time-text.js';
import { answerAtDesk, type Setting } from './setting.js';

export function registerWhoami(program: Command, setting: Setting): void {
  program
    .command('whoami')
    .description('who this device is, by its certificate, and which community and hub it belongs to; no network')
    .action((_options, command: Command) =>
      answerAtDesk(setting, command.optsWithGlobals<GlobalOptions>(), (desk) => Promise.resolve(whoamiAnswer(desk))),
    );
}

function whoamiAnswer(desk: Desk): Answer {
  const { officerName, clearance, duties, notAfter } = parseDeviceCertificate(desk.client.certificate);
  const names = desk.roster.contactPoints.find(({ id }) => id === desk.me)?.names ?? {};
  const certificateNotAfter = new Date(notAfter).toISOString();
  const json = {
    device: desk.client.device,
    officer: officerName,
    contactPoint: desk.me,
    contactPointNames: names,
    clearance,
    duties: [...duties],
    certificateNotAfter,
    timeZone: desk.timeZone,
    community: desk.roster.community,
    rosterVersion: desk.roster.version,
    hub: desk.profile.hubUrl,
    profile: desk.folder,
  };
  return {
    json,
    lines: () => [
      `officer      ${safeText(officerName)}`,
      `device       ${json.device}`,
      `for          ${namesText(names)} (${desk.me})`,
      `cleared for  ${clearance}; ${duties.join(', ')}`,
      `certificate  valid until ${momentIn(certificateNotAfter, desk.timeZone)}`,
      `community    ${json.community}, roster version ${json.rosterVersion}`,
      `hub          ${json.hub}`,
      `profile      ${json.profile}`,
    ],
  };
}

/** The English name first: everybody at the desk's screen reads it. */
function namesText({ en, ...others }: Readonly<Record<string, string>>): string {
  return [en, ...Object.values(others)]
    .filter((name) => name !== undefined)
    .map(safeText)
    .join(' · ');
}
