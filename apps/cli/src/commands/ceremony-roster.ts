import type { Command } from 'commander';
import {
  draftRoster,
  HubFile,
  PlanFile,
  readCeremonyFile,
  reviseRoster,
  verifiedAuthority,
  verifiedCoChair,
} from '#liaison/client';
import { cryptoReady } from '#liaison/crypto';
import { type ContactPointId, encodeRoster, fromBase64url, LiaisonError, type Roster } from '#liaison/protocol';
import { give } from '../answers/answer.js';
import { minute, readGiven, readSignedRoster, requireFree, writeCeremonyFile } from '../ceremony/ceremony-files.js';
import { type HandIns, readHandIns } from '../ceremony/hand-ins.js';
import { changeLines, rosterFacts, rosterLines } from '../ceremony/roster-text.js';
import type { GlobalOptions } from '../desk/open-desk.js';
import type { Host } from '../host.js';
import { daysOf, type RevisionOptions, revisionOf } from './ceremony-revision.js';
import type { Setting } from './setting.js';

interface DraftOptions extends GlobalOptions {
  readonly out: string;
  readonly hubFile?: string;
  readonly handIn?: string[];
  readonly days?: string;
}

export function registerCeremonyRoster(ceremony: Command, setting: Setting): void {
  registerDraft(ceremony, setting);
  registerRevise(ceremony, setting);
}

function registerDraft(ceremony: Command, { host }: Setting): void {
  ceremony
    .command('draft')
    .argument('<plan>', 'what the founding meeting agreed on: a file of the form of docs/spec/ceremony.md')
    .description('the founding roster, drafted from the plan and what co-chairs and contact points handed in')
    .requiredOption('--hub-file <file>', 'the hub’s identity, as "ceremony hub" wrote it')
    .requiredOption('--hand-in <files...>', 'public halves of all co-chairs and contact points')
    .requiredOption('--out <file>', 'where the draft goes')
    .option('--days <n>', 'valid for so many days; default 365')
    .addHelpText(
      'after',
      '\nExample:\n  liaison ceremony draft plan.json --hub-file hub.json --hand-in *.public.json --out draft.json',
    )
    .action(async (planPath: string, _options, command: Command) => {
      const options = command.optsWithGlobals<DraftOptions>();
      await cryptoReady();
      const plan = readCeremonyFile(PlanFile, await readGiven(planPath), 'a plan');
      const handIns = await readHandIns(options.handIn ?? []);
      const draft = draftRoster(
        {
          plan,
          coChairs: plan.coChairs.map((id) => coChairOf(handIns, id)),
          authorities: new Map(
            [...handIns.contactPoints].map(([id, file]) => [id, { certificate: verifiedAuthority(file) }]),
          ),
          witnessKeys: witnessKeysIn(handIns),
          custodyKeys: handIns.custodyKeys,
          hub: readCeremonyFile(HubFile, await readGiven(options.hubFile ?? ''), 'a hub’s identity'),
          ...daysOf(options),
        },
        host.clock,
      );
      await writeDraft(host, draft, options, []);
    });
}

function registerRevise(ceremony: Command, { host }: Setting): void {
  ceremony
    .command('revise')
    .argument('<roster>', 'the signed roster as it is')
    .description(
      'the next version: contact points that join, are suspended, restored or leave, agreements, ceilings, co-chairs, CAs, the hub',
    )
    .option('--suspend <ids...>', 'their devices are refused until they are restored')
    .option('--compromised <ids...>', 'suspended, and what they sent since is marked: bg=2026-11-20T18:00:00.000Z')
    .option('--restore <ids...>', 'suspended contact points')
    .option('--leave <ids...>', 'for good')
    .option('--join <files...>', 'newcomers, with their hand-ins under --hand-in')
    .option('--renew-ca <files...>', 'hand-ins with CA certificates that replace those in the roster at once')
    .option('--new-ca <files...>', 'hand-ins of CAs with a new key; what the old ones issued counts a while longer')
    .option('--overlap-days <n>', 'how long, with --new-ca; default 30, at most 180')
    .option('--custody-key <files...>', 'hand-ins with custody keys, as "custody found" wrote them')
    .option('--two-administrators <ids...>', 'there, another officer approves a device than the one who invited it')
    .option('--one-administrator <ids...>', 'there, one administrator is enough again')
    .option(
      '--agreement <files...>',
      'security agreements that come into force, or take the place of those of their ids',
    )
    .option('--end-agreement <ids...>', 'security agreements that are struck out')
    .option(
      '--ceiling <id=level...>',
      'what the devices of a contact point may be cleared for, such as hu=CONFIDENTIAL',
    )
    .option('--co-chair-out <ids...>', 'give up the chair')
    .option('--co-chair-in <files...>', 'hand-ins of those who take it')
    .option('--threshold <n>', 'how many co-chairs sign from now on')
    .option('--hub-file <file>', 'the hub’s new identity')
    .option('--restored <file>', 'the hub was restored from a backup: what "main.js restored" printed there')
    .option('--hand-in <files...>', 'of newcomers')
    .option('--days <n>', 'valid for so many days; default 365')
    .requiredOption('--out <file>', 'where the draft goes')
    .addHelpText('after', REVISE_HELP)
    .action(async (path: string, _options, command: Command) => {
      const options = command.optsWithGlobals<DraftOptions & RevisionOptions>();
      await cryptoReady();
      const { roster } = await readSignedRoster(path);
      const draft = reviseRoster(roster, await revisionOf(options), host.clock);
      await writeDraft(host, draft, options, changeLines(roster, draft));
    });
}

const REVISE_HELP = `
With no change it prolongs the roster. A version is signed by the co-chairs of the one before and by its own, each as many as the threshold says.

Examples:
  liaison ceremony revise roster.json --suspend hu --out draft-2.json
  liaison ceremony revise roster.json --agreement bg-hu.json --ceiling bg=CONFIDENTIAL hu=CONFIDENTIAL --out draft-2.json
  liaison ceremony revise roster.json --co-chair-out iq --co-chair-in key-fr.public.json --out draft-2.json
  liaison ceremony revise roster.json --custody-key custody-bg.public.json --out draft-2.json
  liaison ceremony revise roster.json --join ro.json --hand-in ca-ro.public.json --out draft-2.json`;

async function writeDraft(host: Host, draft: Roster, { out, json }: DraftOptions, changes: string[]): Promise<void> {
  await requireFree(out);
  const roster = encodeRoster(draft);
  await writeCeremonyFile(out, { type: 'liaison-roster-draft', v: 1, roster });
  await minute(host.clock, out, { step: 'roster drafted', ...rosterFacts(draft) });
  const lines = [
    ...rosterLines(draft),
    ...(changes.length > 0 ? ['', 'What changes:', ...changes.map((line) => `  ${line}`)] : []),
    '',
    `Draft in ${out}. Read it aloud, compare every CA with its contact point, then each co-chair signs: liaison ceremony sign.`,
  ];
  give({ json: { file: out, ...rosterFacts(draft), changes }, lines: () => lines }, host.terminal, json);
}

function coChairOf({ coChairs }: HandIns, id: ContactPointId): Roster['coChairs'][number] {
  const file = coChairs.get(id);
  if (file === undefined) throw new LiaisonError('usage', `The co-chair ${id} has not handed in a key.`);
  return verifiedCoChair(file);
}

function witnessKeysIn({ contactPoints }: HandIns): Map<ContactPointId, Uint8Array> {
  const keys = new Map<ContactPointId, Uint8Array>();
  for (const [id, { witnessKey }] of contactPoints)
    if (witnessKey !== undefined) keys.set(id, fromBase64url(witnessKey));
  return keys;
}
