import { httpTransport, type HubTransport, type WitnessMemory, WitnessRounds, witnessOf } from '#liaison/client';
import { ContactPointId } from '#liaison/protocol';
import type { Community } from '#liaison/testing';
import type { WitnessState, WitnessStep } from '#liaison/tlog';

export interface TestWitness extends WitnessMemory {
  readonly rounds: WitnessRounds;
  readonly evidence: NonNullable<WitnessStep['alarm']>[];
  state: WitnessState;
}

/** The connector of a contact point, with a memory that lasts as long as the test. */
export function startWitness(
  { founded, hub, clock }: Community,
  id: string,
  transport: HubTransport = httpTransport({ hubUrl: hub.url }),
): TestWitness {
  const contactPoint = ContactPointId.parse(id);
  const key = founded.witnesses.get(contactPoint);
  if (key === undefined) throw new Error(`${id} runs no witness.`);
  const profile = {
    v: 1,
    contactPoint,
    hubUrl: hub.url,
    witnessSeed: key.privateKey,
    foundingRoster: founded.roster,
  } as const;
  const memory = {
    evidence: [] as TestWitness['evidence'],
    state: {} as WitnessState,
    read: () => Promise.resolve(memory.state),
    write: (state: WitnessState) => {
      memory.state = state;
      return Promise.resolve();
    },
    keepEvidence: (evidence: NonNullable<WitnessStep['alarm']>) => {
      memory.evidence.push(evidence);
      return Promise.resolve();
    },
  };
  return Object.assign(memory, { rounds: new WitnessRounds(witnessOf(profile), { transport, memory, clock }) });
}
