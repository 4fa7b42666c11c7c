import type { Command } from 'commander';
import { Classification, Duty, LiaisonError } from '#liaison/protocol';
import { safeText } from '../terminal/safe-text.js';

/** What a certificate is to say of its officer. */
export interface GrantOptions {
  readonly clearance: string;
  readonly duties: string[];
}

export function withGrant(command: Command): Command {
  return command
    .requiredOption('--clearance <level>', `one of ${Classification.options.join(', ')}`)
    .requiredOption('--duties <duties...>', `of ${Duty.options.join(', ')}`);
}

/** @throws LiaisonError `usage`. */
export function grantOf({ clearance, duties }: GrantOptions): { clearance: Classification; duties: Duty[] } {
  const level = Classification.safeParse(clearance.toUpperCase());
  const parsed = Duty.array().safeParse(duties.flatMap((each) => each.split(',')));
  if (level.success && parsed.success) return { clearance: level.data, duties: parsed.data };
  throw new LiaisonError(
    'usage',
    `--clearance is one of ${Classification.options.join(', ')}; --duties are of ${Duty.options.join(', ')}.`,
  );
}

/** What follows, for whoever is to agree. */
export function grantLines(
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
