import type { Command } from 'commander';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { LiaisonError } from '#liaison/protocol';
import { give, jsonText } from '../answers/answer.js';
import { demoFolder } from '../config/environment.js';
import { chosenHubUrl } from '../config/hub-url.js';
import { freePort, isReady, type RunningHub, startHub } from '../demo/hub-process.js';
import { type Theatre, playScenario } from '../demo/play-scenario.js';
import { readScenario } from '../demo/scenario-file.js';
import { isIdentical, storyJson } from '../demo/story-json.js';
import { castLine, momentLine, recordPanels, verdictLine } from '../demo/story-text.js';
import type { GlobalOptions } from '../desk/open-desk.js';
import { EXIT } from '../exit-codes.js';
import { demoPassphrase } from '../founding/demo-passphrase.js';
import { demoPaths } from '../founding/demo-paths.js';
import { foundDemo } from '../founding/found-demo.js';
import type { Host } from '../host.js';
import { howTo } from '../demo/how-to.js';
import { registerDemoAuditor } from './demo-auditor.js';
import { type Setting } from './setting.js';

const DEFAULT_SCENARIO = 'scenarios/01-smuggling-advert-bg.json';

const HELP = `
With a hub running, the demo plays there. Without, it starts one on the same data for as long as it needs.
Ends with 0 only if every recipient decrypted exactly what was sent.

Examples:
  liaison demo
  liaison demo scenarios/04-bulletin-co-chairs.json
  liaison demo --fresh --json        a hub and a community of its own in a temporary folder, thrown away afterwards
  liaison demo found                 only found the demo community
  liaison demo auditor bg            certify an auditor's device for Bulgaria
  liaison demo how-to                how to be two countries yourself`;

export function registerDemo(program: Command, setting: Setting): void {
  const demo = program
    .command('demo')
    .argument('[scenario]', 'a scenario file', DEFAULT_SCENARIO)
    .description(
      'play a scenario with real clients: what the officer wrote, what the hub stored, what each recipient read',
    )
    .option('--fresh', 'with a hub and a community of its own, in a temporary folder')
    .addHelpText('after', HELP)
    .action(async (path: string, _options, command: Command) => {
      const options = command.optsWithGlobals<DemoOptions>();
      const scenario = await readScenario(path);
      await withDemoHub(setting.host, options, (place) => play(setting, options, { ...place, path, scenario }));
    });
  registerFound(demo, setting);
  registerDemoAuditor(demo, setting);
  demo
    .command('how-to')
    .description('how to be two countries, in two terminals')
    .action((_options, command: Command) => {
      const { json } = command.optsWithGlobals<GlobalOptions>();
      const lines = howTo(setting.host.environment);
      give({ json: { howTo: lines.join('\n') }, lines: () => lines }, setting.host.terminal, json);
    });
}

interface DemoOptions extends GlobalOptions {
  readonly fresh?: boolean;
}

function registerFound(demo: Command, setting: Setting): void {
  demo
    .command('found')
    .description('found the demo community at a running hub, by the ceremony of a real one; harmless to repeat')
    .action(async (_options, command: Command) => {
      const options = command.optsWithGlobals<GlobalOptions>();
      const { host } = setting;
      const folder = demoFolder(host.environment);
      const { already, ...founded } = await foundDemo(host, { folder, hubUrl: hubUrlOf(host, options) }, say(host));
      const answer = {
        json: { ...founded, already },
        lines: () => [
          `${already ? 'The demo community is there' : 'The demo community is founded'}: ${founded.contactPoints.length} contact points, ${founded.channels.length} channels, in ${folder}.`,
          ...(already ? [] : ['"liaison demo how-to" tells how to use it.']),
        ],
      };
      give(answer, host.terminal, options.json);
    });
}

interface Place {
  readonly folder: string;
  readonly hubUrl: string;
}

/** A hub that runs already, or one for as long as `work` lasts. */
async function withDemoHub(host: Host, options: DemoOptions, work: (place: Place) => Promise<void>): Promise<void> {
  if (options.fresh) return withFreshHub(host, work);
  const hubUrl = hubUrlOf(host, options);
  const folder = demoFolder(host.environment);
  const hub = (await isReady(await host.reach(hubUrl))) ? undefined : await startOwnHub(host, hubUrl);
  try {
    await work({ folder, hubUrl });
  } finally {
    await hub?.stop();
  }
}

async function withFreshHub(host: Host, work: (place: Place) => Promise<void>): Promise<void> {
  const dataFolder = await mkdtemp(join(tmpdir(), 'liaison-demo-'));
  try {
    const port = await freePort();
    const hub = await startHub({ program: host.hubProgram, dataFolder, port, inherit: false, wait: host.wait });
    try {
      await work({ folder: join(dataFolder, 'demo'), hubUrl: hub.url });
    } finally {
      await hub.stop();
    }
  } finally {
    await rm(dataFolder, { recursive: true, force: true });
  }
}

function startOwnHub(host: Host, hubUrl: string): Promise<RunningHub> {
  const { protocol, hostname, port } = new URL(hubUrl);
  if (protocol !== 'http:' || !['127.0.0.1', 'localhost'].includes(hostname)) {
    throw new LiaisonError('unavailable', `No hub answers at ${hubUrl}, and one can be started on this machine only.`);
  }
  say(host)(`No hub answers at ${hubUrl}: starting one for as long as it is needed.`);
  const { dataFolder } = host.environment;
  return startHub({ program: host.hubProgram, dataFolder, port: Number(port), inherit: true, wait: host.wait });
}

async function play(
  { host, end }: Setting,
  { json }: DemoOptions,
  { folder, hubUrl, path, scenario }: Place & { path: string; scenario: Awaited<ReturnType<typeof readScenario>> },
): Promise<void> {
  const { terminal } = host;
  await foundDemo(host, { folder, hubUrl }, say(host));
  const quiet = json ?? false;
  const theatre: Theatre = {
    folder,
    hubUrl,
    passphrase: await demoPassphrase(demoPaths(folder), host.random),
    cast: (members, channel) => {
      if (!quiet) terminal.line(castLine(members, { title: channel.title, kind: channel.profile.kind }));
    },
    tell: (moment) => {
      if (!quiet) terminal.line(momentLine(moment, terminal.palette));
    },
    recordPlayed: (record) => {
      if (!quiet) for (const line of recordPanels(record, terminal)) terminal.line(line);
    },
  };
  const story = await playScenario(host, theatre, scenario);
  terminal.line(
    quiet ? jsonText(storyJson(story, { scenario: path, hubUrl }), 2) : verdictLine(story.records, terminal.palette),
  );
  end(isIdentical(story.records) ? EXIT.done : EXIT.alarm);
}

function hubUrlOf(host: Host, options: GlobalOptions): string {
  return chosenHubUrl(options.hub, host.environment) ?? host.environment.hubOnThisMachine;
}

/** Progress goes to standard error: with --json, standard output is one JSON document. */
function say(host: Host): (text: string) => void {
  return (text) => {
    host.terminal.remark(host.terminal.palette.dim(text));
  };
}
