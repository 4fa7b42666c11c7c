import { join } from 'node:path';
import type { WitnessMemory } from '#liaison/client';
import { readIfPresent, writePrivateFile } from '#liaison/client.node';
import { fromUtf8, LiaisonError } from '#liaison/protocol';
import { WitnessState } from '#liaison/tlog';

/** A witness's state in a folder. What cannot be read is not taken for nothing: a witness without memory would cosign a fork. */
export function folderMemory(folder: string): WitnessMemory {
  const path = join(folder, 'witness-state.json');
  return {
    read: async () => {
      const file = await readIfPresent(path);
      if (file === undefined) return {};
      const state = WitnessState.safeParse(jsonOf(file));
      if (state.success) return state.data;
      throw new LiaisonError('malformed', `${path} is damaged. Do not delete it: begin with a new witness key.`, {
        check: 'CLI-62',
      });
    },
    write: (state) => writePrivateFile(path, JSON.stringify(state)),
    keepEvidence: async ({ fault, held, offered }) =>
      writePrivateFile(await freeName(folder, fault.check), JSON.stringify({ v: 1, fault, held, offered })),
  };
}

/** Evidence is never overwritten: not even by more of the same. */
async function freeName(folder: string, check: string): Promise<string> {
  for (let number = 1; ; number += 1) {
    const path = join(folder, `evidence-${check}-${number}.json`);
    if ((await readIfPresent(path)) === undefined) return path;
  }
}

function jsonOf(file: Uint8Array): unknown {
  try {
    return JSON.parse(fromUtf8(file)) as unknown;
  } catch {
    return undefined;
  }
}
