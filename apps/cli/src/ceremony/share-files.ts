import { join } from 'node:path';
import { type KeyShare, readShare } from '#liaison/client';
import { writePrivateFile } from '#liaison/client.node';
import { fromUtf8, LiaisonError } from '#liaison/protocol';
import type { Host } from '../host.js';
import { readGiven, requireFree, writePage } from './ceremony-files.js';
import { sharePage } from './share-page.js';

/** A text and a page to print for each share. @returns the files of the texts. */
export async function writeShares(folder: string, texts: readonly string[]): Promise<string[]> {
  const paths = texts.map((_, index) => join(folder, `share-${index + 1}-of-${texts.length}.txt`));
  await requireFree(...paths);
  for (const [index, text] of texts.entries()) {
    const path = paths[index] ?? '';
    await writePrivateFile(path, `${text}\n`);
    await writePage(path.replace(/txt$/, 'html'), sharePage(text));
  }
  return paths;
}

/** From files with one share each, or typed on standard input, one a line. */
export async function readShares(host: Host, paths: readonly string[]): Promise<KeyShare[]> {
  if (paths.length > 0)
    return Promise.all(paths.map(async (path) => readNamedShare(fromUtf8(await readGiven(path)), path)));
  const lines = (await host.readInput()).split(/\r?\n/).filter((line) => line.trim() !== '');
  return lines.map((line, index) => readNamedShare(line, `line ${index + 1}`));
}

function readNamedShare(text: string, where: string): KeyShare {
  try {
    return readShare(text);
  } catch (error) {
    if (!(error instanceof LiaisonError)) throw error;
    throw new LiaisonError(error.code, `${where}: ${error.message}`, error.details);
  }
}
