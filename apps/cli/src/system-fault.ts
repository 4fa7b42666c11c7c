import { LiaisonError } from '#liaison/protocol';

const WORDS: Readonly<Record<string, string>> = {
  EACCES: 'This user may not open {path}. Give the file back to the user who runs this, or run it as that user.',
  EPERM: 'This user may not change {path}. Give the file back to the user who runs this, or run it as that user.',
  EROFS: '{path} is on a disk that can only be read.',
  ENOENT: 'There is no {path}.',
  ENOTDIR: 'Part of {path} is a file, where a folder is needed.',
  EISDIR: '{path} is a folder, where a file is needed.',
  ENOSPC: 'The disk is full: make room, then run the command again. Nothing that was stored before is lost.',
  EDQUOT:
    'Your share of the disk is used up: make room, then run the command again. Nothing that was stored before is lost.',
  EMFILE: 'Too many files are open. Close other programs, then run the command again.',
};

/** What the operating system refused, in words; undefined for anything else. By its code alone: Node's errors may be of another realm. */
export function systemFault(error: unknown): LiaisonError | undefined {
  if (typeof error !== 'object' || error === null || !('code' in error) || typeof error.code !== 'string')
    return undefined;
  const words = WORDS[error.code];
  if (words === undefined) return undefined;
  const path = 'path' in error && typeof error.path === 'string' ? error.path : 'a file that it needs';
  return new LiaisonError('usage', words.replace('{path}', path), { cause: error });
}
