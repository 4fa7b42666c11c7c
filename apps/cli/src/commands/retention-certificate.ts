import type { Command } from 'commander';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { writePrivateFile } from '#liaison/client.node';
import { LiaisonError, utf8 } from '#liaison/protocol';
import { decodeLogEntry, type LogEntry } from '#liaison/tlog';
import { printablePage } from '../ceremony/printable-page.js';
import { findStored } from '../desk/find-stored.js';
import { type Desk, type GlobalOptions, syncOrRemark } from '../desk/open-desk.js';
import { exportLog } from '../log/export-log.js';
import { chosenPolicy, type WitnessChoice } from '../log/witness-choice.js';
import { answerAtDesk, type Setting } from './setting.js';

interface CertificateOptions extends WitnessChoice, GlobalOptions {
  readonly authority: string;
  readonly purpose: string;
}

const HELP = `
A page to print (certificate.html), and beside it what proves it: log entries, certificates, and a script that verifies them with nothing but Node.js.

Example:
  liaison --as bg retention certificate 01991a2b erased --authority "Data protection authority" --purpose "Request 31/2027"`;

export function registerCertificate(retention: Command, setting: Setting): void {
  retention
    .command('certificate')
    .argument('<id>', 'the erased record, by the first characters of its id')
    .argument('<folder>', 'where to: a folder that does not exist yet, or is empty')
    .description('show that the content of a record was erased: by whose order, when, why')
    .requiredOption('--authority <name>', 'to whom it goes, in words')
    .requiredOption('--purpose <why>', 'why: goes into the log')
    .option('--policy <file>', 'whose word counts, as a C2SP tlog-policy; default: the roster')
    .option('--witnesses <k>', 'any k of the roster’s witnesses; default: more than half')
    .addHelpText('after', HELP)
    .action((text: string, folder: string, _options, command: Command) => {
      const options = command.optsWithGlobals<CertificateOptions>();
      return answerAtDesk(setting, options, async (desk) => {
        if ((await readdir(folder).catch(() => [])).length > 0)
          throw new LiaisonError('usage', `${folder} is not empty. Name a folder that does not exist yet.`);
        await syncOrRemark(desk, setting.host.terminal.remark);
        const { header, channel } = await findStored(desk, text);
        const erasure = await erasureOf(desk, header.id, options.purpose);
        const { purpose, authority } = options;
        const { files, handedOver } = await exportLog(
          {
            what: `the erasure of record ${header.id}`,
            query: { record: header.id, purpose },
            wanted: ({ subject, type, headerHash }) =>
              subject.channel === header.channel && (type === 'record.erased' || headerHash !== undefined),
          },
          {
            desk,
            policy: await chosenPolicy(desk.client, options),
            clock: setting.host.clock,
            verifier: await readFile(setting.host.exportVerifier, 'utf8'),
          },
        );
        for (const named of handedOver) await desk.client.log.exported({ ...named, authority, purpose });
        for (const [path, content] of files) await writePrivateFile(join(folder, path), content);
        await writePrivateFile(join(folder, 'certificate.html'), page(erasure, header.id, channel));
        await syncOrRemark(desk, setting.host.terminal.remark);
        const { actor, at } = erasure;
        const said = `Record ${header.id} was erased on ${at} by order of ${actor}.`;
        const lines = [
          said,
          `Print ${join(folder, 'certificate.html')}. Verify with: node ${join(folder, 'verify.mjs')}`,
        ];
        return { json: { folder, record: header.id, erasedAt: at, by: actor }, lines: () => lines };
      });
    });
}

/** @throws LiaisonError `not-found`. */
async function erasureOf({ client }: Desk, record: LogEntry['subject']['record'], purpose: string): Promise<LogEntry> {
  const entries = await client.log.entries({ ...(record && { record }), purpose });
  const found = entries.map(({ entry }) => decodeLogEntry(utf8(entry))).find(({ type }) => type === 'record.erased');
  if (found !== undefined) return found;
  throw new LiaisonError('not-found', 'The log shows no erasure of this record.');
}

function page({ actor, at, purpose = '', headerHash = '' }: LogEntry, record: string, channel: string): string {
  return printablePage({
    title: 'Certificate of erasure',
    lead: `The content of record ${record} was erased on ${at} (UTC).`,
    sections: [
      { heading: 'By order of', mono: [actor] },
      { heading: 'Why', text: purpose },
      { heading: 'Channel', mono: [channel] },
      { heading: 'Header hash', mono: [headerHash] },
      {
        heading: 'What is left',
        text: 'Header, sender’s signature, place in the channel and entries of the log. They hold no content, and prove that the record was there and who had it erased.',
      },
      {
        heading: 'To verify',
        text: 'In the folder that comes with this page, with Node.js 20 or newer: node verify.mjs',
      },
      { heading: 'Officer, place, date, signature', mono: ['', ''] },
    ],
  });
}
