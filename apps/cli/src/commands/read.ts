import type { Command } from 'commander';
import type { ProofView } from '#liaison/client';
import { type CustodyOpening, LiaisonError } from '#liaison/protocol';
import { recordAnswer } from '../answers/record-answer.js';
import { type Known, unshownAnswer } from '../answers/unshown-answer.js';
import { findRecord } from '../desk/all-records.js';
import { findStored, type StoredPlace } from '../desk/find-stored.js';
import { channelsMeant } from '../desk/find-channel.js';
import { type ContentRecord, stateFor } from '../desk/inbox.js';
import { type Desk, type GlobalOptions, syncOrRemark } from '../desk/open-desk.js';
import { printHtml } from '#liaison/templates';
import { type RecordPage, recordPage } from '../desk/record-page.js';
import { safeText } from '../terminal/safe-text.js';
import type { Terminal } from '../terminal/terminal.js';
import type { Host } from '../host.js';
import type { UnshownRecord } from '../desk/unshown-records.js';
import { answerAtDesk, type Setting } from './setting.js';
import { writeNew } from './write-new.js';

interface ReadOptions {
  readonly receipt: boolean;
  readonly offline?: boolean;
  readonly purpose?: string;
  readonly channel?: string;
  readonly lang?: string;
  readonly original?: boolean;
  readonly print?: string;
}

const EXAMPLES = `
Examples:
  liaison --as hu read 01991a2b
  liaison --as pk read 01991a2b --lang ur --print alert.html`;

export function registerRead(program: Command, setting: Setting): void {
  program
    .command('read')
    .argument('<id>', 'the record: its id or the first characters of it')
    .description('show a record whole, tell its channel that it was opened, and have that logged')
    .option('--channel <channel>', 'where to look, if the same id stands in several channels')
    .option('--no-receipt', 'do not tell that it was opened')
    .option('--offline', 'do not ask the hub: show what this device holds')
    .option('--purpose <why>', 'why you open it: goes into the log, where the law asks for it')
    .option('--lang <tag>', 'the language to read it in (default: LIAISON_LANG, or the first of your contact point)')
    .option('--original', 'in the language it was written in, without translations')
    .option('--print <file>', 'write a page to print, too: HTML that stands alone')
    .addHelpText('after', EXAMPLES)
    .action((id: string, _options, command: Command) => {
      const options = command.optsWithGlobals<ReadOptions & GlobalOptions>();
      return answerAtDesk(setting, options, async (desk) => {
        const { terminal } = setting.host;
        const synced = !options.offline && (await syncOrRemark(desk, terminal.remark));
        const stored = await findStored(desk, id, await channelsMeant(desk, options.channel));
        if (stored.unshown !== undefined) {
          const proof = await proofFor(desk, stored, synced);
          const known = { proof, openings: await openingsOf(desk, stored) };
          return unshownAnswer(await knownOf(desk, setting.host, stored.unshown, known, options), desk, terminal);
        }
        const content = await findRecord(desk.client, id, await channelsMeant(desk, options.channel));
        await noteOpening(desk, content, options.purpose);
        if (synced && options.receipt) await tellRead(desk, content);
        const page = await recordPage(desk, setting.host, content, options);
        if (options.print !== undefined) await writePage(options.print, page, terminal);
        return recordAnswer(
          content,
          { proof: await proofFor(desk, stored, synced), openings: await openingsOf(desk, stored) },
          { ...desk, now: setting.host.clock.now() },
          terminal,
          page,
        );
      });
    });
}

/** What is printed is content in clear: for the officer's eyes, and never over another file. */
async function writePage(path: string, { view, reader }: RecordPage, terminal: Terminal): Promise<void> {
  await writeNew(path, printHtml(view, reader.labels), { mode: 0o600 });
  terminal.remark(`${safeText(path)}: a page to print. It is not encrypted: it is marked as the record is.`);
}

/** Of what is disputed, its content as well: a look at it is logged like any other. */
async function knownOf(
  desk: Desk,
  host: Host,
  record: UnshownRecord,
  known: Pick<Known, 'proof' | 'openings'>,
  options: ReadOptions,
): Promise<Known> {
  const { channel, header, disputed, withdrawn } = record;
  const about = { channel: channel.id, record: header.id };
  const attestations = withdrawn === undefined ? [] : await desk.client.marks.attestations(about);
  if (disputed === undefined) return { record, ...known, attestations };
  const content = { channel, record: disputed, acknowledgements: [], recipients: [], answered: false };
  await noteOpening(desk, content, options.purpose);
  return { record, ...known, attestations, page: await recordPage(desk, host, content, options) };
}

/** Every member may know who has had it opened from custody, why, and by whose authority. */
async function openingsOf({ client }: Desk, { channel, header }: StoredPlace): Promise<CustodyOpening[]> {
  return (await client.custody.openings(channel)).filter(({ records }) => records.includes(header.id));
}

/** Every look is logged: now where there is a hub, else with the next sync. */
async function noteOpening({ client }: Desk, { channel, record }: ContentRecord, purpose?: string): Promise<void> {
  if (!(await client.log.exists())) return;
  await client.log.opened({
    channel: channel.id,
    record: record.header.id,
    ...(purpose === undefined ? {} : { purpose }),
  });
}

/** A record of somebody else comes without a receipt: its proof is fetched at the first look. */
async function proofFor({ client }: Desk, { channel, header }: StoredPlace, synced: boolean): Promise<ProofView> {
  const known = await client.log.proofOf(channel, header.id);
  if (known.state !== 'none' || !synced || !(await client.log.exists())) return known;
  try {
    return await client.log.prove(channel, header.id);
  } catch (error) {
    // A wrong proof is an alarm by now, and the line says that there is none.
    if (error instanceof LiaisonError && error.code !== 'internal') return client.log.proofOf(channel, header.id);
    throw error;
  }
}

/** Once for the contact point, and only for what others wrote. */
async function tellRead(desk: Desk, content: ContentRecord): Promise<void> {
  const isOpened = content.acknowledgements.some(({ device }) => device === desk.client.device);
  if (isOpened || stateFor(desk.me, content) === 'sent') return;
  await desk.client.acknowledge(content.channel.id, content.record.header.id, 'read');
}
