import type { Command } from 'commander';
import { registerCustodyFound } from './custody-found.js';
import { registerCustodyOffline } from './custody-offline.js';
import { registerCustodyOnline } from './custody-online.js';
import type { Setting } from './setting.js';

const HELP = `
Each device deposits the key of every record that it reads, sealed to the custody key of its own contact point. The hub cannot open it; the custodians can, together.

  liaison custody found custody-bg.public.json --ca ca-bg.json --shares 5 --needed 3 --out shares-bg     offline, once
  liaison --as bg custody list                              what is in custody
  liaison --as bg custody backfill                          deposit what was read before the key was founded
  liaison --as bg custody open --channel … --reason "…" --authority "…"    ask, signed: logged, and shown to the members
  liaison --as bg custody approve <opening>                 where the roster wants two administrators
  liaison --as bg custody collect <opening> material.json   fetch it, with proofs, for the custodians
  liaison custody rehearse material.json --roster roster.json          offline: do these shares open it?
  liaison custody disclose material.json bundle --roster roster.json   offline: the bundle for the court
  liaison --as hu custody openings                          who has had what opened`;

export function registerCustody(program: Command, setting: Setting): void {
  const custody = program
    .command('custody')
    .description('your contact point’s own way back to its records, for when its devices are gone or a court asks')
    .addHelpText('after', HELP);
  registerCustodyFound(custody, setting);
  registerCustodyOnline(custody, setting);
  registerCustodyOffline(custody, setting);
}
