import type { Command } from 'commander';
import { stat } from 'node:fs/promises';
import { cryptoReady } from '#liaison/crypto';
import { LiaisonError } from '#liaison/protocol';
import { expectedOfRecord, recordActOf, type WitnessPolicy } from '#liaison/tlog';
import { type Answer, give } from '../answers/answer.js';
import { logAnswer, receiptAnswer } from '../answers/log-answer.js';
import { findStored } from '../desk/find-stored.js';
import { type Desk, type GlobalOptions, withDesk } from '../desk/open-desk.js';
import { EXIT } from '../exit-codes.js';
import { type Looking, verifyFolderLog, verifyLiveLog } from '../log/verify-log.js';
import { readReceiptFile, verifyReceipt } from '../log/verify-receipt.js';
import { chosenPolicy, policyFile, type WitnessChoice } from '../log/witness-choice.js';
import { registerLogCopy } from './log-copy.js';
import { registerLogEntries } from './log-entries.js';
import { registerLogExport } from './log-export.js';
import { registerLogFsck } from './log-fsck.js';
import type { Setting } from './setting.js';

interface VerifyOptions extends WitnessChoice {
  readonly record?: string;
}

export function registerLog(program: Command, setting: Setting): void {
  const log = program
    .command('log')
    .description('the log of every act on police information: verify it, export from it');
  registerVerify(log, setting);
  registerLogEntries(log, setting);
  registerLogCopy(log, setting);
  registerLogExport(log, setting);
  registerLogFsck(log, setting);
}

const VERIFY_HELP = `
Verifies the live hub's log, a folder with a copy of one, or one receipt (a record, or a .tlog-proof file). Folders and files need no
network, and with --policy no profile either. Ends with 0 where everything holds, with 7 where anything does not.

Examples:
  liaison --as bg log verify                          the hub, since this device last looked
  liaison --as bg log verify --record 01991a2b        one record's receipt
  liaison log verify copy-of-the-log --policy policy.txt
  liaison log verify alert.tlog-proof --policy policy.txt`;

function registerVerify(log: Command, setting: Setting): void {
  log
    .command('verify')
    .argument('[path]', 'a folder with a copy of a log, or a proof file; default: the live hub')
    .description('signature, witnesses, growth since the last look, every tile and entry, gaps')
    .option('--record <id>', 'only the receipt of this record: its id or the first characters of it')
    .option('--policy <file>', 'whose word counts, as a C2SP tlog-policy; default: the roster')
    .option('--witnesses <k>', 'any k of the roster’s witnesses; default: more than half')
    .addHelpText('after', VERIFY_HELP)
    .action((path: string | undefined, _options, command: Command) =>
      verify(setting, path, command.optsWithGlobals<VerifyOptions & GlobalOptions>()),
    );
}

async function verify(
  setting: Setting,
  path: string | undefined,
  options: VerifyOptions & GlobalOptions,
): Promise<void> {
  await cryptoReady();
  if (path !== undefined && options.record !== undefined) {
    throw new LiaisonError('usage', 'Name a path or --record, not both.');
  }
  const { answer, holds } = await verdictOn(setting, path, options);
  give(answer, setting.host.terminal, options.json);
  if (!holds) setting.end(EXIT.alarm);
}

interface Verdict {
  readonly answer: Answer;
  readonly holds: boolean;
}

function verdictOn(
  setting: Setting,
  path: string | undefined,
  options: VerifyOptions & GlobalOptions,
): Promise<Verdict> {
  if (path !== undefined && options.policy !== undefined) return verifyAlone(setting, path, options.policy);
  return withDesk(setting.host, options, async (desk) => {
    if (path === undefined) await desk.client.log.refresh();
    const looking = lookingWith(setting, await chosenPolicy(desk.client, options));
    if (path !== undefined) return verifyPath(setting, path, looking, desk);
    if (options.record !== undefined) return verifyRecord(setting, desk, options.record, looking);
    const report = await verifyLiveLog(desk.client, looking);
    return { answer: logAnswer(report, setting.host.terminal), holds: report.holds };
  });
}

/** No profile, no network: what an auditor or a court has. */
async function verifyAlone(setting: Setting, path: string, policy: string): Promise<Verdict> {
  return verifyPath(setting, path, lookingWith(setting, await policyFile(policy)));
}

async function verifyPath(setting: Setting, path: string, looking: Looking, desk?: Desk): Promise<Verdict> {
  const { terminal } = setting.host;
  if (await isFolder(path)) {
    const report = await verifyFolderLog(path, looking, await desk?.client.log.held());
    return { answer: logAnswer(report, terminal), holds: report.holds };
  }
  const report = verifyReceipt(await readReceiptFile(path), looking);
  return { answer: receiptAnswer(report, terminal), holds: report.holds };
}

async function verifyRecord(setting: Setting, desk: Desk, prefix: string, looking: Looking): Promise<Verdict> {
  const { channel, seq, header, headerHash } = await findStored(desk, prefix);
  const { id } = header;
  const view = await desk.client.log.prove(channel, id);
  const proof = view.state === 'proved' ? view.proof : undefined;
  const expected = expectedOfRecord({ ...header, seq, headerHash }, recordActOf(header));
  const report = verifyReceipt(proof, looking, expected);
  return { answer: receiptAnswer(report, setting.host.terminal), holds: report.holds };
}

function lookingWith({ host }: Setting, policy: WitnessPolicy): Looking {
  return { policy, clock: host.clock, remark: host.terminal.remark };
}

async function isFolder(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isDirectory();
  } catch (cause) {
    throw new LiaisonError('not-found', `There is nothing at ${path}.`, { cause });
  }
}
