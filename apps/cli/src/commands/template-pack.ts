import type { Command } from 'commander';
import { type CoChairKey, packSigners, type SignedPack, signTemplatePack, verifyTemplatePack } from '#liaison/client';
import { openWithPassphrase, signingKeyFromSeed } from '#liaison/crypto';
import { readIfPresent } from '#liaison/client.node';
import { canonicalJson, explainIssues, type Json, LiaisonError, TemplatePackBody } from '#liaison/protocol';
import { parseTemplatePack } from '#liaison/templates';
import { readFile, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Answer } from '../answers/answer.js';
import { exitCodeOfSent, sentAnswer } from '../answers/outbox-answer.js';
import { demoFolder } from '../config/environment.js';
import { findChannel } from '../desk/find-channel.js';
import { type Desk, type GlobalOptions, syncOrRemark } from '../desk/open-desk.js';
import { demoPaths } from '../founding/demo-paths.js';
import { findPassphrase } from '../profile/passphrase.js';
import { safeText } from '../terminal/safe-text.js';
import { answerAtDesk, type Setting } from './setting.js';
import { writeNew } from './write-new.js';

interface KeyOptions extends GlobalOptions {
  readonly coChairKey?: string;
}

const EXAMPLES = `
Examples, with the co-chairs of the demo:
  liaison --as iq template propose drones.json drones.signed.json
  liaison --as bg template cosign drones.signed.json
  liaison --as bg template install drones.signed.json

A pack is used by nobody before as many co-chairs as the roster asks for have signed it: docs/spec/template-pack.md.`;

/** Forms that the co-chairs publish: proposed by one, signed by others, installed by a record in the community's channel. */
export function registerTemplatePacks(template: Command, setting: Setting): void {
  withKey(template.command('propose'))
    .argument('<pack>', 'a JSON file of forms, code lists and labels')
    .argument('<proposal>', 'where to write it, signed once')
    .description('co-chairs: check a pack of forms and sign it first')
    .addHelpText('after', EXAMPLES)
    .action((pack: string, proposal: string, _options, command: Command) =>
      keyed(setting, command, async (desk, key) => {
        const signed = firstSigned(canonicalText(await readJson(pack), pack), key);
        requireOurs(signed, desk);
        await writeNew(proposal, proposalText(signed));
        return proposalAnswer(signed, proposal, desk);
      }),
    );
  withKey(template.command('cosign'))
    .argument('<proposal>', 'what another co-chair signed')
    .description('co-chairs: look at a proposed pack, and sign it too')
    .action((path: string, _options, command: Command) =>
      keyed(setting, command, async (desk, key) => {
        const proposal = await readProposal(path);
        requireOurs(proposal, desk);
        const added = signTemplatePack(proposal.pack, key);
        const others = proposal.signatures.filter(({ keyId }) => keyId !== added.keyId);
        const signed = { pack: proposal.pack, signatures: [...others, added] };
        await writeFile(path, proposalText(signed));
        return proposalAnswer(signed, path, desk);
      }),
    );
  template
    .command('install')
    .argument('<proposal>', 'a pack that enough co-chairs have signed')
    .description("publish a pack in the community's channel: every device verifies it and shows its forms")
    .action((path: string, _options, command: Command) =>
      answerAtDesk(setting, command.optsWithGlobals<GlobalOptions>(), async (desk) => {
        await syncOrRemark(desk, setting.host.terminal.remark);
        const signed = await readProposal(path);
        verifyTemplatePack(signed, desk.roster);
        const { id } = await findChannel(desk, { to: 'community' });
        const item = await desk.client.send({
          channel: id,
          kind: 'template',
          marking: { classification: 'UNCLASSIFIED', handling: [], caveats: [] },
          body: { v: 1, type: 'template-pack', ...signed },
        });
        setting.end(exitCodeOfSent(item));
        return sentAnswer(item, desk.timeZone);
      }),
    );
}

function withKey(command: Command): Command {
  return command.option('--co-chair-key <file>', "the co-chair's sealed key (default: the demo's, of --as)");
}

function keyed(
  setting: Setting,
  command: Command,
  work: (desk: Desk, key: CoChairKey) => Promise<Answer>,
): Promise<void> {
  const options = command.optsWithGlobals<KeyOptions>();
  return answerAtDesk(setting, options, async (desk) => {
    await syncOrRemark(desk, setting.host.terminal.remark);
    return work(desk, await coChairKey(options, desk, setting));
  });
}

/** @throws LiaisonError `not-found`, and `not-allowed` for a key that the roster does not name. */
async function coChairKey({ coChairKey: named, passphraseFile }: KeyOptions, desk: Desk, { host }: Setting) {
  const path = named ?? demoPaths(demoFolder(host.environment)).coChair(desk.me);
  const sealed = await readIfPresent(path);
  if (sealed === undefined)
    throw new LiaisonError('not-found', `There is no co-chair's key in ${path}: name its file with --co-chair-key.`);
  const passphrase = await findPassphrase(dirname(path), {
    option: passphraseFile,
    environment: host.environment,
    ask: host.askHidden,
  });
  const seed = openWithPassphrase(sealed, passphrase, { purpose: 'co-chair-key' });
  const key: CoChairKey = { contactPoint: desk.me, key: signingKeyFromSeed(seed) };
  const { keyId } = signTemplatePack('', key);
  if (!desk.roster.coChairs.some((each) => each.keyId === keyId))
    throw new LiaisonError('not-allowed', 'The roster does not name this key as a co-chair\u2019s.');
  return key;
}

function firstSigned(pack: string, key: CoChairKey): SignedPack {
  parseTemplatePack(pack);
  return { pack, signatures: [signTemplatePack(pack, key)] };
}

/** @throws LiaisonError `usage` before somebody signs what nobody here would take. */
function requireOurs({ pack }: SignedPack, { roster }: Desk): void {
  const { community } = parseTemplatePack(pack);
  if (community !== roster.community)
    throw new LiaisonError('usage', `The pack is for ${community}; this community is ${roster.community}.`);
}

function proposalText(signed: SignedPack): string {
  return `${canonicalJson({ v: 1, type: 'template-pack', ...signed })}\n`;
}

async function readProposal(path: string): Promise<SignedPack> {
  const parsed = TemplatePackBody.safeParse(await readJson(path));
  if (parsed.success) return { pack: parsed.data.pack, signatures: parsed.data.signatures };
  throw new LiaisonError('usage', `${path} is no proposed pack: ${explainIssues(parsed.error)}.`);
}

async function readJson(path: string): Promise<unknown> {
  try {
    return JSON.parse(await readFile(path, 'utf8')) as unknown;
  } catch (cause) {
    throw new LiaisonError('usage', `${path} cannot be read as a JSON file.`, { cause });
  }
}

function canonicalText(value: unknown, path: string): string {
  if (typeof value !== 'object' || value === null) throw new LiaisonError('usage', `${path} holds no pack of forms.`);
  return canonicalJson(value as Json);
}

function proposalAnswer(signed: SignedPack, path: string, { roster }: Desk): Answer {
  const { version, templates } = parseTemplatePack(signed.pack);
  const signers = packSigners(signed, roster).map(({ contactPoint }) => contactPoint);
  const forms = templates.map(({ id, version: each }) => `${id} ${each}`);
  const isEnough = signers.length >= roster.threshold;
  return {
    json: { pack: { version, templates: forms, file: path, signedBy: signers, needed: roster.threshold } },
    lines: () => [
      `Pack ${version} in ${safeText(path)}: ${forms.join(', ')}.`,
      `Signed by ${signers.length} of the ${roster.threshold} co-chairs that it needs: ${signers.join(', ')}.`,
      isEnough
        ? '"liaison template install" publishes it.'
        : 'Another co-chair looks at it and signs: "liaison template cosign".',
    ],
  };
}
