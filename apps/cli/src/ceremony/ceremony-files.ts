import { appendFile, mkdir, stat, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import * as z from 'zod';
import {
  ceremonyFileText,
  ContactPointHandIn,
  CoChairHandIn,
  CustodyKeyHandIn,
  DraftFile,
  HubFile,
  JoiningKitFile,
  PlanFile,
  readCeremonyFile,
} from '#liaison/client';
import { readIfPresent, writePrivateFile } from '#liaison/client.node';
import {
  type Clock,
  decodeUntrustedRoster,
  LiaisonError,
  type Roster,
  SignedRoster,
  timestampOf,
} from '#liaison/protocol';

/** @throws LiaisonError `not-found`. */
export async function readGiven(path: string): Promise<Uint8Array> {
  const bytes = await readIfPresent(path);
  if (bytes !== undefined) return bytes;
  throw new LiaisonError('not-found', `There is no file ${path}.`);
}

/** Keys and signatures are never written over. @throws LiaisonError `conflict`. */
export async function requireFree(...paths: readonly string[]): Promise<void> {
  for (const path of paths) {
    const present = await stat(path).catch(() => undefined);
    if (present !== undefined) throw new LiaisonError('conflict', `${path} exists already. Name another file.`);
  }
}

/** A file that may be seen by everybody. */
export async function writeCeremonyFile(path: string, file: object): Promise<void> {
  await writePrivateFile(path, ceremonyFileText(file));
}

const MINUTES = 'minutes.jsonl';

/**
 * The minutes of the ceremony: one line for each step, in the folder of what it made, to be printed and signed by those present.
 * They prove nothing by themselves; the hub's log does, from the publication on.
 */
export async function minute(
  clock: Clock,
  path: string,
  entry: { step: string; [fact: string]: unknown },
): Promise<void> {
  const folder = dirname(path);
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const line = JSON.stringify({ at: timestampOf(clock), file: basename(path), ...entry });
  await appendFile(join(folder, MINUTES), `${line}\n`, { mode: 0o600 });
}

export async function writePage(path: string, html: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  await writeFile(path, html, { mode: 0o600 });
}

export async function readDraft(path: string): Promise<Roster> {
  return draftIn(await readGiven(path));
}

function draftIn(bytes: Uint8Array): Roster {
  return decodeUntrustedRoster(readCeremonyFile(DraftFile, bytes, 'a roster draft').roster);
}

export async function readSignedRoster(
  path: string,
): Promise<{ readonly signed: SignedRoster; readonly roster: Roster }> {
  const signed = readCeremonyFile(SignedRoster, await readGiven(path), 'a signed roster');
  return { signed, roster: decodeUntrustedRoster(signed.roster) };
}

/**
 * The roster before a draft, from one's own copy: nobody else's word for it counts.
 * @throws LiaisonError `usage` where there is one to name and it is not named, or it is not the one before; `integrity` where it is
 * the later one of the two.
 */
export async function predecessorOf(draft: Roster, path: string | undefined): Promise<Roster | undefined> {
  const named = path === undefined ? undefined : (await readSignedRoster(path)).roster;
  if (named !== undefined && named.community === draft.community && named.version > draft.version)
    throw new LiaisonError(
      'integrity',
      `This is version ${draft.version}, older than version ${named.version} in ${path}: it would take the community back. Do not use it; ask where it comes from.`,
    );
  if (draft.version === 1) {
    if (named !== undefined)
      throw new LiaisonError('usage', 'This is a founding roster, version 1: none came before it.');
    return undefined;
  }
  const wanted = draft.version - 1;
  const remedy = `Give your own copy of version ${wanted} with --after.`;
  if (named === undefined) throw new LiaisonError('usage', `This is version ${draft.version}. ${remedy}`);
  if (named.version === wanted && named.community === draft.community) return named;
  throw new LiaisonError('usage', `${path} is version ${named.version} of ${named.community}. ${remedy}`);
}

const Typed = z.looseObject({ type: z.string().optional() });

export type Shown =
  | { readonly kind: 'roster'; readonly roster: Roster; readonly signatures: SignedRoster['signatures'] }
  | { readonly kind: 'kit'; readonly kit: JoiningKitFile; readonly roster: Roster }
  | { readonly kind: 'co-chair'; readonly file: CoChairHandIn }
  | { readonly kind: 'contact-point'; readonly file: ContactPointHandIn }
  | { readonly kind: 'custody-key'; readonly file: CustodyKeyHandIn }
  | { readonly kind: 'hub'; readonly file: z.infer<typeof HubFile> }
  | { readonly kind: 'plan'; readonly file: PlanFile };

/** Whatever file of a ceremony it is. @throws LiaisonError `malformed` (CER-01). */
export async function readAny(path: string): Promise<Shown> {
  const bytes = await readGiven(path);
  const { type } = readCeremonyFile(Typed, bytes, 'a file of a ceremony');
  const read = type === undefined ? undefined : READERS[type];
  if (read !== undefined) return read(bytes);
  const { signed, roster } = await readSignedRoster(path);
  return { kind: 'roster', roster, signatures: signed.signatures };
}

const READERS: Readonly<Record<string, (bytes: Uint8Array) => Shown>> = {
  'liaison-roster-draft': (bytes) => ({ kind: 'roster', roster: draftIn(bytes), signatures: [] }),
  'liaison-joining-kit': (bytes) => {
    const kit = readCeremonyFile(JoiningKitFile, bytes, 'a joining kit');
    return { kind: 'kit', kit, roster: decodeUntrustedRoster(kit.roster.roster) };
  },
  'liaison-co-chair': (bytes) => ({
    kind: 'co-chair',
    file: readCeremonyFile(CoChairHandIn, bytes, 'a co-chair’s hand-in'),
  }),
  'liaison-contact-point': (bytes) => ({
    kind: 'contact-point',
    file: readCeremonyFile(ContactPointHandIn, bytes, 'a contact point’s hand-in'),
  }),
  'liaison-custody-key': (bytes) => ({
    kind: 'custody-key',
    file: readCeremonyFile(CustodyKeyHandIn, bytes, 'a custody key’s hand-in'),
  }),
  'liaison-hub': (bytes) => ({ kind: 'hub', file: readCeremonyFile(HubFile, bytes, 'a hub’s identity') }),
  'liaison-plan': (bytes) => ({ kind: 'plan', file: readCeremonyFile(PlanFile, bytes, 'a plan') }),
};
