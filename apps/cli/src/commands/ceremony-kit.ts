import type { Command } from 'commander';
import { join } from 'node:path';
import { JoiningKitFile, rosterFingerprint } from '#liaison/client';
import { cryptoReady, hubFingerprint, verifyRosterUpdate } from '#liaison/crypto';
import { LiaisonError, ROUTES } from '#liaison/protocol';
import { give } from '../answers/answer.js';
import { minute, readSignedRoster, requireFree, writeCeremonyFile, writePage } from '../ceremony/ceremony-files.js';
import { kitPage } from '../ceremony/kit-page.js';
import { digits, rosterFacts, rosterLines } from '../ceremony/roster-text.js';
import type { GlobalOptions } from '../desk/open-desk.js';
import type { Host } from '../host.js';
import { safeText } from '../terminal/safe-text.js';
import { confirm } from '../terminal/confirm.js';
import type { Setting } from './setting.js';

interface KitOptions extends GlobalOptions {
  readonly contactPoint: string;
  readonly out: string;
}

export function registerCeremonyKit(ceremony: Command, setting: Setting): void {
  registerHub(ceremony, setting);
  registerKit(ceremony, setting);
  registerPublish(ceremony, setting);
}

function registerHub(ceremony: Command, { host }: Setting): void {
  ceremony
    .command('hub')
    .argument('<file>', 'where the hub’s identity goes')
    .description('ask a running hub for its public keys; its operator reads the digits aloud from their own console')
    .addHelpText(
      'after',
      `
Its operator sees the same digits with "node dist/apps/hub/src/main.js identity", and in the line "The hub listens." of its log.

Example:
  liaison ceremony hub hub.json --hub https://hub.example`,
    )
    .action(async (path: string, _options, command: Command) => {
      const options = command.optsWithGlobals<GlobalOptions>();
      await cryptoReady();
      await requireFree(path);
      const transport = await host.reach(hubUrlOf(host, options));
      const { origin, externalSenderKey, logKey } = ROUTES.getHub.response.parse(await transport.request('getHub', {}));
      const fingerprint = hubFingerprint({ origin, externalSenderKey, logKey });
      await writeCeremonyFile(path, { type: 'liaison-hub', v: 1, origin, externalSenderKey, logKey });
      await minute(host.clock, path, { step: 'hub asked', origin, fingerprint });
      const lines = [`Hub ${safeText(origin)}: ${path}`, ...digits('fingerprint', fingerprint)];
      give({ json: { file: path, origin, fingerprint }, lines: () => lines }, host.terminal, options.json);
    });
}

function registerKit(ceremony: Command, { host }: Setting): void {
  ceremony
    .command('kit')
    .argument('<roster>', 'the signed roster; any version, for devices pin what they are given')
    .description('a joining kit for a contact point: a file, and a page to print that goes by another way')
    .requiredOption('--contact-point <id>', 'whose kit')
    .requiredOption('--out <folder>', 'where joining-kit.json and joining-kit.html go')
    .addHelpText(
      'after',
      '\nExample:\n  liaison ceremony kit roster.json --contact-point bg --hub https://hub.example --out kit-bg',
    )
    .action(async (path: string, _options, command: Command) => {
      const options = command.optsWithGlobals<KitOptions>();
      await cryptoReady();
      const { signed, roster } = await readSignedRoster(path);
      requireSelfConsistent(signed, host);
      const hubUrl = options.hub ?? roster.hub.origin;
      const kit = JoiningKitFile.parse({
        type: 'liaison-joining-kit',
        v: 1,
        contactPoint: options.contactPoint,
        hubUrl,
        roster: signed,
      });
      if (!roster.contactPoints.some(({ id, status }) => id === kit.contactPoint && status === 'active')) {
        throw new LiaisonError('usage', `The roster has no active contact point ${kit.contactPoint}.`);
      }
      const [file, page] = [join(options.out, 'joining-kit.json'), join(options.out, 'joining-kit.html')];
      await requireFree(file, page);
      await writeCeremonyFile(file, kit);
      await writePage(page, kitPage(kit, roster));
      const fingerprint = rosterFingerprint(signed.roster);
      await minute(host.clock, file, { step: 'joining kit made', contactPoint: kit.contactPoint, fingerprint });
      const lines = [
        `Joining kit of ${kit.contactPoint}: ${file}. Print ${page}, and send it by another way than the file.`,
      ];
      give(
        { json: { file, page, contactPoint: kit.contactPoint, fingerprint }, lines: () => lines },
        host.terminal,
        options.json,
      );
    });
}

/** Signed by its own co-chairs and in force: who hands it out vouches for the rest. */
function requireSelfConsistent(candidate: Parameters<typeof verifyRosterUpdate>[0]['candidate'], host: Host): void {
  const verification = verifyRosterUpdate({ pinned: undefined, candidate, at: host.clock.now() });
  if (verification.outcome === 'ok') return;
  throw new LiaisonError('bad-signature', verification.message, { check: verification.check });
}

function registerPublish(ceremony: Command, { host }: Setting): void {
  ceremony
    .command('publish')
    .argument('<roster>', 'the signed roster')
    .description('give a roster to the hub: from then on every device learns of it, and the log says so')
    .option('--yes', 'do not ask')
    .addHelpText('after', '\nExample:\n  liaison ceremony publish roster.json --hub https://hub.example')
    .action(async (path: string, _options, command: Command) => {
      const options = command.optsWithGlobals<GlobalOptions & { yes?: boolean }>();
      await cryptoReady();
      const { signed, roster } = await readSignedRoster(path);
      const hubUrl = hubUrlOf(host, options);
      const consequence = `Published at ${hubUrl}, it counts at once for every device: suspended contact points are shut out. It cannot be called back.`;
      await confirm(host, { word: 'publish', lines: [...rosterLines(roster), '', consequence] }, options.yes);
      const transport = await host.reach(hubUrl);
      await transport.request('putRoster', { body: signed });
      const { externalSenderKey } = ROUTES.getHub.response.parse(await transport.request('getHub', {}));
      const hasKey = externalSenderKey === roster.hub.externalSenderKey;
      await minute(host.clock, path, { step: 'roster published', hubUrl, ...rosterFacts(roster) });
      const lines = [`Version ${roster.version} is published at ${hubUrl}.`, ...(hasKey ? [] : [LACKS_KEY])];
      give(
        { json: { hubUrl, hubHasItsKey: hasKey, ...rosterFacts(roster) }, lines: () => lines },
        host.terminal,
        options.json,
      );
    });
}

const LACKS_KEY =
  'This hub does NOT HAVE THE KEY FOR PROPOSALS that the roster names: nobody is removed from channels until it has. Ask its operator, and see docs/operations.md.';

function hubUrlOf(host: Host, { hub }: GlobalOptions): string {
  const hubUrl = hub ?? host.environment.hubUrl;
  if (hubUrl !== undefined) return hubUrl;
  throw new LiaisonError('usage', 'Which hub? Name it: --hub https://hub.example, or LIAISON_HUB.');
}
