import * as z from 'zod';
import { CoChairHandIn, ContactPointHandIn, CustodyKeyHandIn, readCeremonyFile } from '#liaison/client';
import { type ContactPointId, LiaisonError } from '#liaison/protocol';
import { readGiven } from './ceremony-files.js';

/** What co-chairs and contact points handed in, by contact point. */
export interface HandIns {
  readonly coChairs: ReadonlyMap<ContactPointId, CoChairHandIn>;
  readonly contactPoints: ReadonlyMap<ContactPointId, ContactPointHandIn>;
  readonly custodyKeys: ReadonlyMap<ContactPointId, CustodyKeyHandIn>;
}

const HandIn = z.discriminatedUnion('type', [CoChairHandIn, ContactPointHandIn, CustodyKeyHandIn]);

/** @throws LiaisonError `malformed` (CER-01); `conflict` where two files are of the same contact point: one of them is not what it should be. */
export async function readHandIns(paths: readonly string[]): Promise<HandIns> {
  const coChairs = new Map<ContactPointId, CoChairHandIn>();
  const contactPoints = new Map<ContactPointId, ContactPointHandIn>();
  const custodyKeys = new Map<ContactPointId, CustodyKeyHandIn>();
  for (const path of paths) {
    const file = readCeremonyFile(HandIn, await readGiven(path), `a hand-in (${path})`);
    if (file.type === 'liaison-co-chair') addOnce(coChairs, file);
    else if (file.type === 'liaison-contact-point') addOnce(contactPoints, file);
    else addOnce(custodyKeys, file);
  }
  return { coChairs, contactPoints, custodyKeys };
}

function addOnce<T extends { readonly contactPoint: ContactPointId }>(taken: Map<ContactPointId, T>, file: T): void {
  if (taken.has(file.contactPoint)) {
    throw new LiaisonError('conflict', `${file.contactPoint} has handed in twice: find out which file is theirs.`);
  }
  taken.set(file.contactPoint, file);
}
