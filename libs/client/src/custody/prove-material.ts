import { contactPointOf, LiaisonError } from '#liaison/protocol';
import { encodeWitnessPolicy } from '#liaison/tlog';
import { commonCheckpoint, entryProver, type ProvingPorts } from '../log/proven-entries.js';
import type { CollectedOpening } from './collect.js';
import type { CustodyMaterial, MaterialRecord } from './material.js';

/**
 * What is carried to the custodians: everything that was collected, with proofs under one checkpoint.
 * @throws LiaisonError `integrity`; `try-again` while no checkpoint covers the opening.
 */
export async function provedMaterial(
  { opening, roster, formerRosters, revocationLists, records }: CollectedOpening,
  ports: ProvingPorts,
): Promise<CustodyMaterial> {
  const common = await commonCheckpoint(ports);
  const newest = Math.max(...records.map(({ opened }) => opened.index));
  if (newest >= common.checkpoint.size) {
    const message = 'No checkpoint with enough cosignatures covers the opening yet: collect it again in a while.';
    throw new LiaisonError('try-again', message);
  }
  const prove = entryProver(common, ports);
  const proved: MaterialRecord[] = [];
  for (const record of records)
    proved.push({ ...record, stored: await prove(record.stored), opened: await prove(record.opened) });
  return {
    type: 'liaison-custody-material',
    v: 1,
    contactPoint: contactPointOf(opening.device),
    opening,
    roster,
    formerRosters,
    revocationLists,
    checkpoint: common.note,
    policy: encodeWitnessPolicy(ports.policy),
    records: proved,
  };
}
