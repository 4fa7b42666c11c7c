import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { LiaisonError } from '#liaison/protocol';

/** Where the parent of `test/load` lies: the build folder when built, the project when its tests run from source. */
const ROOT = new URL('../../', import.meta.url);

/**
 * @param path below the build folder, such as `apps/hub/src/main.js`.
 * @throws LiaisonError `unavailable` where it is not built.
 */
export function builtFile(path: string): string {
  const candidates = [path, `dist/${path}`].map((each) => fileURLToPath(new URL(each, ROOT)));
  const found = candidates.find((each) => existsSync(each));
  if (found === undefined) throw new LiaisonError('unavailable', `${path} is not built: run npm run build.`);
  return found;
}
