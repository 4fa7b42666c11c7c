import { type SignedPack, verifyTemplatePack } from '#liaison/client';
import { readIfPresent, writePrivateFile } from '#liaison/client.node';
import { openBlob, sealBlob } from '#liaison/crypto';
import { canonicalJson, fromUtf8, LiaisonError, parseCanonicalJson, utf8 } from '#liaison/protocol';
import { type Catalogue, catalogueWith, parseTemplatePack, type TemplatePack } from '#liaison/templates';
import { join } from 'node:path';
import * as z from 'zod';
import type { Host } from '../host.js';
import { channelRecords } from './all-records.js';
import type { Desk } from './open-desk.js';

/** Packs that this device has verified once: they stay, whoever chairs the community later, so that old records stay readable. */
const Installed = z.strictObject({ v: z.literal(1), packs: z.array(z.string()).max(1000) });

const FILE = 'templates.sealed';
const CONTEXT = 'command line/template packs';

/** Forms that came with this version and those that the co-chairs published in the community's channel. */
export async function installedCatalogue(desk: Desk, host: Host): Promise<Catalogue> {
  return catalogueWith(await installedPacks(desk, host));
}

/**
 * In the order of their versions. What came in since the last look is verified and kept; what does not hold is remarked, and
 * nothing of it is used.
 */
export async function installedPacks(desk: Desk, host: Host): Promise<TemplatePack[]> {
  const kept = await keptTexts(desk);
  const packs = kept.map(parseTemplatePack);
  const added: string[] = [];
  for (const signed of await receivedPacks(desk)) {
    if (kept.includes(signed.pack) || added.includes(signed.pack)) continue;
    try {
      packs.push(newPack(signed, packs, desk));
      added.push(signed.pack);
    } catch (error) {
      if (!(error instanceof LiaisonError)) throw error;
      host.terminal.remark(`A template pack is not used: ${error.message} [${error.details.check ?? error.code}]`);
    }
  }
  if (added.length > 0) await keep(desk, host, [...kept, ...added]);
  return packs.sort((a, b) => a.version - b.version);
}

/** A version of a pack never changes. @throws LiaisonError `integrity` TPK-03, and those of `verifyTemplatePack`. */
function newPack(signed: SignedPack, known: readonly TemplatePack[], { roster }: Desk): TemplatePack {
  const pack = verifyTemplatePack(signed, roster);
  if (known.some(({ version }) => version === pack.version)) {
    const message = `There is another template pack of version ${pack.version} already.`;
    throw new LiaisonError('integrity', message, { check: 'TPK-03' });
  }
  return pack;
}

async function receivedPacks({ client }: Desk): Promise<SignedPack[]> {
  const channels = (await client.channels()).filter(({ profile }) => profile.kind === 'community');
  const views = await Promise.all(channels.map((channel) => channelRecords(client, channel)));
  return views.flat().flatMap((view) => {
    if (view.outcome !== 'opened' || view.record.header.kind !== 'template') return [];
    const { body } = view.record;
    return body.type === 'template-pack' ? [{ pack: body.pack, signatures: body.signatures }] : [];
  });
}

async function keptTexts({ folder, profile }: Desk): Promise<string[]> {
  const sealed = await readIfPresent(join(folder, FILE));
  if (sealed === undefined) return [];
  return Installed.parse(parseCanonicalJson(fromUtf8(openBlob(profile.storeKey, CONTEXT, sealed)))).packs;
}

async function keep({ folder, profile }: Desk, { random }: Host, packs: readonly string[]): Promise<void> {
  const content = utf8(canonicalJson({ v: 1, packs }));
  await writePrivateFile(join(folder, FILE), sealBlob(profile.storeKey, CONTEXT, content, random));
}
