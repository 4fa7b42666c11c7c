import type { Command } from 'commander';
import {
  AgreementFile,
  CoChairHandIn,
  ContactPointHandIn,
  draftRoster,
  HubFile,
  NewcomerFile,
  PlanFile,
  readCeremonyFile,
  RestoredFile,
  reviseRoster,
  rosterContactPoint,
  verifiedAuthority,
  verifiedCoChair,
} from '#liaison/client';
import { cryptoReady } from '#liaison/crypto';
import {
  type Classification,
  CLASSIFICATIONS,
  ContactPointId,
  encodeRoster,
  fromBase64url,
  LiaisonError,
  type LogRestoration,
  type Roster,
  type SecurityAgreement,
  Timestamp,
} from '#liaison/protocol';
import { give } from '../answers/answer.js';
import { minute, readGiven, readSignedRoster, requireFree, writeCeremonyFile } from '../ceremony/ceremony-files.js';
import { type HandIns, readHandIns } from '../ceremony/hand-ins.js';
import { changeLines, rosterFacts, rosterLines } from '../ceremony/roster-text.js';
import type { GlobalOptions } from '../desk/open-desk.js';
import type { Host } from '../host.js';
import { countOf } from './count-option.js';
import { oneOf } from './draft-options.js';
import type { Setting } from './setting.js';

interface DraftOptions extends GlobalOptions {
  readonly out: string;
  readonly hubFile?: string;
  readonly handIn?: string[];
  readonly days?: string;
}

interface RevisionOptions extends DraftOptions {
  readonly suspend?: string[];
  readonly compromised?: string[];
  readonly restore?: string[];
  readonly leave?: string[];
  readonly join?: string[];
  readonly renewCa?: string[];
  readonly newCa?: string[];
  readonly restored?: string;
  readonly overlapDays?: string;
  readonly custodyKey?: string[];
  readonly oneAdministrator?: string[];
  readonly twoAdministrators?: string[];
  readonly agreement?: string[];
  readonly endAgreement?: string[];
  readonly ceiling?: string[];
  readonly coChairOut?: string[];
  readonly coChairIn?: string[];
  readonly threshold?: string;
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
      const options = command.optsWithGlobals<RevisionOptions>();
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

async function revisionOf(options: RevisionOptions) {
  const { suspend, restore, leave, coChairOut, threshold, hubFile } = options;
  const most = countOf(threshold, '--threshold');
  return {
    suspend: idsOf(suspend),
    compromised: compromisedOf(options.compromised),
    restore: idsOf(restore),
    leave: idsOf(leave),
    oneAdministrator: idsOf(options.oneAdministrator),
    twoAdministrators: idsOf(options.twoAdministrators),
    agreements: await agreementsIn(options.agreement ?? []),
    endAgreements: options.endAgreement ?? [],
    ceilings: ceilingsOf(options.ceiling ?? []),
    join: await newcomersOf(options),
    authorities: await renewedAuthorities(options.renewCa ?? []),
    newAuthorities: await renewedAuthorities(options.newCa ?? []),
    ...overlapOf(options),
    ...(await restorationOf(options)),
    custodyKeys: [...(await readHandIns(options.custodyKey ?? [])).custodyKeys.values()],
    coChairsOut: idsOf(coChairOut),
    coChairsIn: await coChairsIn(options.coChairIn ?? []),
    ...(most !== undefined && { threshold: most }),
    ...(hubFile !== undefined && {
      hub: hubIn(readCeremonyFile(HubFile, await readGiven(hubFile), 'a hub’s identity')),
    }),
    ...daysOf(options),
  };
}

function hubIn({ origin, externalSenderKey, logKey }: Roster['hub'] & { logKey: string }) {
  return { origin, externalSenderKey, logKey };
}

async function newcomersOf({ join = [], handIn = [] }: RevisionOptions): Promise<Roster['contactPoints']> {
  const handIns = await readHandIns(handIn);
  return Promise.all(
    join.map(async (path) => {
      const plan = readCeremonyFile(NewcomerFile, await readGiven(path), 'a newcomer');
      const file = handIns.contactPoints.get(plan.id);
      const witness = file?.witnessKey;
      const certificate = file && verifiedAuthority(file);
      return { ...rosterContactPoint(plan, certificate), ...(witness !== undefined && { witnessKey: witness }) };
    }),
  );
}

async function agreementsIn(paths: readonly string[]): Promise<SecurityAgreement[]> {
  return Promise.all(
    paths.map(async (path) => {
      const {
        type: _type,
        v: _v,
        ...agreement
      } = readCeremonyFile(AgreementFile, await readGiven(path), 'a security agreement');
      return agreement;
    }),
  );
}

/** `hu=CONFIDENTIAL`. @throws LiaisonError `usage`. */
function ceilingsOf(texts: readonly string[]): Map<ContactPointId, Classification> {
  return new Map(
    texts.map((text) => {
      const [id = '', level = ''] = text.split('=');
      const [contactPoint] = idsOf([id]);
      if (contactPoint === undefined) throw new LiaisonError('usage', '--ceiling takes id=level.');
      return [contactPoint, oneOf(CLASSIFICATIONS, level, `--ceiling ${id}=`)];
    }),
  );
}

async function renewedAuthorities(paths: readonly string[]): Promise<Map<ContactPointId, Uint8Array>> {
  const renewed = new Map<ContactPointId, Uint8Array>();
  for (const path of paths) {
    const file = readCeremonyFile(ContactPointHandIn, await readGiven(path), 'a contact point’s hand-in');
    renewed.set(file.contactPoint, verifiedAuthority(file));
  }
  return renewed;
}

async function coChairsIn(paths: readonly string[]): Promise<Roster['coChairs']> {
  return Promise.all(
    paths.map(async (path) =>
      verifiedCoChair(readCeremonyFile(CoChairHandIn, await readGiven(path), 'a co-chair’s hand-in')),
    ),
  );
}

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

function daysOf({ days }: DraftOptions): { days?: number } {
  const count = countOf(days, '--days');
  return count === undefined ? {} : { days: count };
}

async function restorationOf({ restored }: RevisionOptions): Promise<{ restored?: LogRestoration }> {
  if (restored === undefined) return {};
  const { size, root, at } = readCeremonyFile(RestoredFile, await readGiven(restored), 'a restored log');
  return { restored: { size, root, at } };
}

function overlapOf({ overlapDays }: RevisionOptions): { overlapDays?: number } {
  const count = countOf(overlapDays, '--overlap-days');
  return count === undefined ? {} : { overlapDays: count };
}

function compromisedOf(texts: readonly string[] = []): Map<ContactPointId, Timestamp> {
  return new Map(
    texts.map((text) => {
      const [point, since] = text.split('=');
      const [id, time] = [ContactPointId.safeParse(point), Timestamp.safeParse(since)];
      if (id.success && time.success) return [id.data, time.data];
      throw new LiaisonError('usage', '--compromised takes a contact point and a time: bg=2026-11-20T18:00:00.000Z.');
    }),
  );
}

function idsOf(texts: readonly string[] = []): ContactPointId[] {
  return texts.map((text) => {
    const parsed = ContactPointId.safeParse(text);
    if (!parsed.success) throw new LiaisonError('usage', `This is no contact point: ${JSON.stringify(text)}.`);
    return parsed.data;
  });
}
