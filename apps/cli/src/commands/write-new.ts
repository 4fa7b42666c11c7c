import { writeFile } from 'node:fs/promises';
import { LiaisonError } from '#liaison/protocol';

/** Never over what is there: somebody may have filled it in. @throws LiaisonError `conflict`. */
export async function writeNew(path: string, text: string, options: { readonly mode?: number } = {}): Promise<void> {
  try {
    await writeFile(path, text, { flag: 'wx', ...options });
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== 'EEXIST') throw cause;
    throw new LiaisonError('conflict', `${path} is there already: name another file, or move it away.`, { cause });
  }
}
