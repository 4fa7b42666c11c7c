import type { Command } from 'commander';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  custodiansTrust,
  CustodyMaterial,
  type CustodyResult,
  openMaterial,
  readCeremonyFile,
  restoreCustodyKey,
  rosterLogPolicy,
  verifyMaterial,
} from '#liaison/client';
import { writePrivateFile } from '#liaison/client.node';
import { cryptoReady } from '#liaison/crypto';
import { explainReasons } from '#liaison/policy';
import { LiaisonError, timestampOf } from '#liaison/protocol';
import { type Answer, give } from '../answers/answer.js';
import { openingJson, openingText } from '../answers/custody-answer.js';
import { minute, readGiven, readSignedRoster } from '../ceremony/ceremony-files.js';
import { readShares } from '../ceremony/share-files.js';
import { disclosureBundle } from '../custody/disclosure-bundle.js';
import type { GlobalOptions } from '../desk/open-desk.js';
import { EXIT } from '../exit-codes.js';
import type { Host } from '../host.js';
import { policyFile } from '../log/witness-choice.js';
import { confirm } from '../terminal/confirm.js';
import { safeText } from '../terminal/safe-text.js';
import { countOf } from './count-option.js';
import type { Setting } from './setting.js';

interface OfflineOptions extends GlobalOptions {
  readonly roster: readonly string[];
  readonly policy?: string;
  readonly witnesses?: string;
  readonly yes?: boolean;
}

const HELP = `
Offline, on a machine that all custodians who came can see. First it verifies the request: who made it, that the log has it, that it is of your contact point.
It believes your roster, and what its co-chairs have signed since; what the material says of itself counts nothing. A record that is not what it
should be is named and stays closed, the others are opened. Only then it asks for shares: files with one each, or typed on standard input, one a line. The key is never written.

Examples:
  liaison custody rehearse material.json share-1-of-5.txt share-2-of-5.txt share-4-of-5.txt --roster roster.json
  liaison custody rehearse material.json share-1-of-5.txt share-2-of-5.txt share-4-of-5.txt --roster roster-3.json --roster roster-4.json
  liaison custody disclose material.json bundle share-1-of-5.txt share-2-of-5.txt share-4-of-5.txt --roster roster.json
  node bundle/verify.mjs`;

export function registerCustodyOffline(custody: Command, setting: Setting): void {
  registerRehearse(custody, setting);
  registerDisclose(custody, setting);
}

function registerRehearse(custody: Command, setting: Setting): void {
  withGrounds(custody.command('rehearse').argument('<material>', 'what "custody collect" wrote'))
    .argument('[shares...]', 'files with one share each; none: typed on standard input')
    .description('whether these shares open what was deposited; shows no content and writes nothing')
    .action(async (path: string, shares: string[], _options, command: Command) => {
      const options = command.optsWithGlobals<OfflineOptions>();
      const { material, result } = await opened(setting.host, path, shares, options);
      finish(setting, options, resultAnswer(material, result, ['Nothing was written. The key was not kept.']), result);
    });
}

function registerDisclose(custody: Command, setting: Setting): void {
  withGrounds(custody.command('disclose').argument('<material>', 'what "custody collect" wrote'))
    .argument('<folder>', 'where to: a folder that does not exist yet, or is empty')
    .argument('[shares...]', 'files with one share each; none: typed on standard input')
    .option('--yes', 'do not ask')
    .description('open it, and write the bundle for the court: content, proofs, certificates, and their verifier')
    .action(async (path: string, folder: string, shares: string[], _options, command: Command) => {
      const options = command.optsWithGlobals<OfflineOptions>();
      const { host } = setting;
      if ((await readdir(folder).catch(() => [])).length > 0)
        throw new LiaisonError('usage', `${folder} is not empty. Name a folder that does not exist yet.`);
      const { material, result, grounds, trust } = await opened(host, path, shares, options);
      await confirm(host, { word: 'disclose', lines: consequences(result, folder) }, options.yes);
      const verifier = await readFile(host.exportVerifier, 'utf8');
      const { policy } = grounds;
      const at = timestampOf(host.clock);
      const files = disclosureBundle({ material, result, trust, policy, verifier, at });
      for (const [name, content] of files) await writePrivateFile(join(folder, name), content);
      const { id } = material.opening;
      await minute(host.clock, folder, { step: 'opened from custody', opening: id, records: result.opened.length });
      const verify = `In clear, in ${folder}. Verify with: node ${join(folder, 'verify.mjs')}`;
      finish(setting, options, resultAnswer(material, result, [verify], { folder }), result);
    });
}

function withGrounds(command: Command): Command {
  return command
    .requiredOption(
      '--roster <file>',
      'the custodians’ own copy of the signed roster; again for each successor of it, in their order',
      (file: string, before?: readonly string[]) => [...(before ?? []), file],
    )
    .option('--policy <file>', 'whose word on the log counts, as a C2SP tlog-policy; default: the roster')
    .option('--witnesses <k>', 'any k of the roster’s witnesses; default: more than half')
    .addHelpText('after', HELP);
}

async function opened(host: Host, path: string, shares: readonly string[], options: OfflineOptions) {
  await cryptoReady();
  const material = readCeremonyFile(CustodyMaterial, await readGiven(path), 'the material of an opening');
  const read = await Promise.all(options.roster.map(readSignedRoster));
  const rosters = read.map(({ signed }) => signed);
  const at = host.clock.now();
  // The log's key is of the newest roster that the custodians' own lead to.
  const trust = custodiansTrust({ material, rosters, at });
  const policy =
    options.policy === undefined
      ? rosterLogPolicy(trust.newest.roster, options.witnesses === '0' ? 0 : countOf(options.witnesses, '--witnesses'))
      : await policyFile(options.policy);
  const grounds = { material, rosters, policy, at };
  const { findings, notes } = verifyMaterial(grounds);
  host.terminal.remark(`The request holds, and the log has it. ${safeText(openingText(material.opening, 'UTC'))}`);
  for (const note of [...notes, ...findings.values()]) host.terminal.remark(safeText(note));
  const key = await restoreCustodyKey(await readShares(host, shares));
  const result = openMaterial(grounds, key);
  key.privateKey.fill(0);
  return { material, result, grounds, trust };
}

function consequences({ opened: found }: CustodyResult, folder: string): string[] {
  return [
    `The content of ${found.length} records will lie in clear in ${folder}, on this machine. Copy it to the medium for the court,`,
    'then destroy it here. Who has the folder has the content: it is as secret as the marks in it say.',
  ];
}

function resultAnswer(
  material: CustodyMaterial,
  result: CustodyResult,
  last: readonly string[],
  more: object = {},
): Answer {
  const { opened: found, withheld, unsound, lost, wrong } = result;
  return {
    json: {
      opening: openingJson(material.opening),
      opened: found.map(({ parts }) => parts.header.id),
      withheld: withheld.map(({ record, reasons }) => ({ record, reason: explainReasons(reasons) })),
      unsound,
      lost,
      wrong,
      ...more,
    },
    lines: () => [
      ...found.map(({ parts: { header } }) => `opened    ${header.id}  ${header.kind} from ${header.sender}`),
      ...withheld.map(({ record, reasons }) => `WITHHELD  ${record}  ${safeText(explainReasons(reasons))}`),
      ...unsound.map(({ record, why }) => `UNSOUND   ${record}  ${safeText(why)}`),
      ...lost.map((record) => `LOST      ${record}  no deposit gives its key`),
      ...wrong.map(({ record, device, why }) => `WRONG     ${record}  deposited by ${device}: ${safeText(why)}`),
      ...last,
    ],
  };
}

/** A key that cannot be had, or was deposited wrongly, is for somebody to look into. */
function finish(
  { host, end }: Setting,
  { json }: GlobalOptions,
  answer: Answer,
  { unsound, lost, wrong }: CustodyResult,
): void {
  give(answer, host.terminal, json);
  if (unsound.length > 0 || lost.length > 0 || wrong.length > 0) end(EXIT.alarm);
}
