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
    keepEvidence: ({ fault, held, offered }) =>
      writePrivateFile(join(folder, `evidence-${fault.check}.json`), JSON.stringify({ v: 1, fault, held, offered })),
  };
}

function jsonOf(file: Uint8Array): unknown {
  try {
    return JSON.parse(fromUtf8(file)) as unknown;
  } catch {
    return undefined;
  }
}
