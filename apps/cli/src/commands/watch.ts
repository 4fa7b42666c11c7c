import { countOf } from './count-option.js';
import type { Command } from 'commander';
import type { ClientEvent, LiaisonClient } from '#liaison/client';
import { jsonText } from '../answers/answer.js';
import { readerAt } from '../desk/desk-reader.js';
import { type Desk, type GlobalOptions, withDesk } from '../desk/open-desk.js';
import { watchJson, watchLines } from '../answers/watch-answer.js';
import { type Setting } from './setting.js';

interface WatchOptions {
  readonly records?: string;
  readonly seconds?: string;
  readonly lang?: string;
}

export function registerWatch(program: Command, setting: Setting): void {
  program
    .command('watch')
    .description('what comes in, live, until Ctrl-C; with --json one JSON object a line')
    .option('--records <n>', 'end after so many records')
    .option('--seconds <n>', 'end after so many seconds')
    .option('--lang <tag>', 'the language of the titles of forms')
    .addHelpText('after', '\nExamples:\n  liaison --as hu watch\n  liaison --as hu watch --json --records 1')
    .action((_options, command: Command) => {
      const options = command.optsWithGlobals<WatchOptions & GlobalOptions>();
      const limits = { records: countOf(options.records, '--records'), seconds: countOf(options.seconds, '--seconds') };
      return withDesk(setting.host, options, (desk) => watch(desk, setting, limits, options));
    });
}

type WatchWish = Pick<WatchOptions & GlobalOptions, 'json' | 'lang'>;
type Limits = Readonly<Record<'records' | 'seconds', number | undefined>>;

async function watch(desk: Desk, { host }: Setting, limits: Limits, { json, lang }: WatchWish): Promise<void> {
  const { terminal } = host;
  const end = new AbortController();
  host.stop.addEventListener('abort', () => {
    end.abort();
  });
  const reader = await readerAt(desk, host, lang);
  let records = 0;
  const titles = titlesOf(desk.client);
  const isNews = connectionNews();
  // One after the other: titles are looked up between an event and its line.
  let written = Promise.resolve();
  const write = async (event: ClientEvent) => {
    if (json) terminal.line(jsonText(watchJson(event)));
    else if (isNews(event))
      for (const line of watchLines(event, await titles(event), reader, terminal)) terminal.line(line);
    if (event.type === 'record' && event.record.body.type === 'content') records += 1;
    if (limits.records !== undefined && records >= limits.records) end.abort();
  };
  const stopListening = desk.client.listen((event) => {
    written = written.then(() => (end.signal.aborted ? undefined : write(event)));
  });
  const over = limits.seconds === undefined ? aborted(end.signal) : host.wait(limits.seconds * 1000, end.signal);
  // Without a hub it goes on trying, and still ends when it is told to.
  await Promise.race([desk.client.connect(), over]);
  await over;
  await written;
  stopListening();
  desk.client.disconnect();
}

/** For people: each try to come back says the same, so only a change of the connection is told. */
function connectionNews(): (event: ClientEvent) => boolean {
  let last: string | undefined;
  return (event) => {
    if (event.type !== 'connection') return true;
    const isNew = event.state !== last;
    last = event.state;
    return isNew;
  };
}

function titlesOf(client: LiaisonClient): (event: ClientEvent) => Promise<string | undefined> {
  return async (event) => {
    if (event.type !== 'record' && event.type !== 'failure') return undefined;
    return (await client.channel(event.channel)).title;
  };
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    signal.addEventListener('abort', () => {
      resolve();
    });
  });
}
