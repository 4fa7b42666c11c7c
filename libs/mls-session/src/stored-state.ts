import { decodeGroupState, encodeGroupState } from 'ts-mls/clientState.js';
import { concatBytes, LiaisonError, utf8 } from '#liaison/protocol';
import type { GroupState } from './group-state.js';

/** The patched library whose encoding of a state this is: another one may lay it out otherwise. */
export const LIBRARY_VERSION = 'ts-mls/1.6.4';

const HEADER = utf8(`liaison-mls-state/1 ${LIBRARY_VERSION} suite/3\n`);

/** All secrets of the state, in the clear: for sealed storage only. */
export function serializeState(state: GroupState): Uint8Array {
  return concatBytes(HEADER, encodeGroupState(state.unsafeSecrets));
}

/** @throws LiaisonError `cannot-open` (SES-23): another version wrote it, or it is damaged. */
export function deserializeState(bytes: Uint8Array): GroupState {
  if (!HEADER.every((byte, index) => bytes[index] === byte)) {
    throw new LiaisonError(
      'cannot-open',
      `This channel state was not written by ${LIBRARY_VERSION}. Use the version that wrote it, or re-join the channel.`,
      { check: 'SES-23' },
    );
  }
  const state = decode(bytes.slice(HEADER.length));
  if (state === undefined)
    throw new LiaisonError('cannot-open', 'This channel state is damaged. Re-join the channel.', { check: 'SES-23' });
  return state;
}

function decode(bytes: Uint8Array): GroupState | undefined {
  try {
    const decoded = decodeGroupState(bytes, 0);
    return decoded?.[1] === bytes.length ? { unsafeSecrets: decoded[0] } : undefined;
  } catch {
    return undefined;
  }
}
