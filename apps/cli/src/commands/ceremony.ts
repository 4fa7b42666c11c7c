import type { Command } from 'commander';
import { registerCeremonyKeys } from './ceremony-keys.js';
import { registerCeremonyKit } from './ceremony-kit.js';
import { registerCeremonyRoster } from './ceremony-roster.js';
import { registerCeremonyShow } from './ceremony-show.js';
import { registerCeremonySign } from './ceremony-sign.js';
import type { Setting } from './setting.js';

const HELP = `
No step but "hub" and "publish" needs a network: take those two to another machine, carry files on a medium of your own.
Every step adds a line to minutes.jsonl beside what it made. docs/operations.md tells who does what, and what to lock away.

A founding, in order:
  liaison ceremony hub hub.json --hub https://hub.example          online, once; its operator reads the digits aloud
  liaison ceremony co-chair key-iq.json --contact-point iq         each co-chair, on their own machine
  liaison ceremony authority ca-bg.json --contact-point bg --name Bulgaria      each contact point, on theirs
  liaison ceremony draft plan.json --hub-file hub.json --hand-in key-*.public.json ca-*.public.json --out draft.json
  liaison ceremony show draft.json                                 read aloud, compare with the hand-ins
  liaison ceremony sign draft.json --key key-iq.json               each co-chair
  liaison ceremony merge draft.json draft.json.*.signature --out roster.json
  liaison ceremony kit roster.json --contact-point bg --hub https://hub.example --out kit-bg
  liaison ceremony publish roster.json --hub https://hub.example   online

A later version:
  liaison ceremony revise roster.json --suspend hu --out draft-2.json
  liaison ceremony sign draft-2.json --key key-iq.json --after roster.json
  liaison ceremony merge draft-2.json draft-2.json.*.signature --after roster.json --out roster-2.json`;

export function registerCeremony(program: Command, setting: Setting): void {
  const ceremony = program
    .command('ceremony')
    .description('found a community and change its roster: keys, drafts, signatures, joining kits; offline')
    .addHelpText('after', HELP);
  registerCeremonyKeys(ceremony, setting);
  registerCeremonyRoster(ceremony, setting);
  registerCeremonyShow(ceremony, setting);
  registerCeremonySign(ceremony, setting);
  registerCeremonyKit(ceremony, setting);
}
