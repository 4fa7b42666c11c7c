import * as z from 'zod';
import { CoChairHandIn, ContactPointHandIn, readCeremonyFile } from '#liaison/client';
import { type ContactPointId, LiaisonError } from '#liaison/protocol';
import { readGiven } from './ceremony-files.js';

/** What co-chairs and contact points handed in, by contact point. */
export interface HandIns {
  readonly coChairs: ReadonlyMap<ContactPointId, CoChairHandIn>;
  readonly contactPoints: ReadonlyMap<ContactPointId, ContactPointHandIn>;
}

const HandIn = z.discriminatedUnion('type', [CoChairHandIn, ContactPointHandIn]);

/** @throws LiaisonError `malformed` (CER-01); `conflict` where two files are of the same contact point: one of them is not what it should be. */
export async function readHandIns(paths: readonly string[]): Promise<HandIns> {
  const coChairs = new Map<ContactPointId, CoChairHandIn>();
  const contactPoints = new Map<ContactPointId, ContactPointHandIn>();
  for (const path of paths) {
    const file = readCeremonyFile(HandIn, await readGiven(path), `a hand-in (${path})`);
    const taken = file.type === 'liaison-co-chair' ? coChairs : contactPoints;
    if (taken.has(file.contactPoint)) {
      throw new LiaisonError('conflict', `${file.contactPoint} has handed in twice: find out which file is theirs.`);
    }
    if (file.type === 'liaison-co-chair') coChairs.set(file.contactPoint, file);
    else contactPoints.set(file.contactPoint, file);
  }
  return { coChairs, contactPoints };
}
