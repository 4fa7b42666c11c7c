import type { RecordRef } from '#liaison/policy';
import type { ConsentTerms, ContactPointId, DeviceAddress, Marking, RecordId } from '#liaison/protocol';
import type { Withdrawn } from '../stored-record.js';

/** How a record stands now, by what this device has read. */
export interface RecordMarks {
  /** What counts now: shown together with how it was sent. */
  readonly marking: Marking;
  readonly asSent: Marking;
  readonly remarks: readonly {
    readonly record: RecordId;
    readonly by: ContactPointId;
    readonly at: string;
    readonly marking: Marking;
    readonly words?: string;
  }[];
  /** Whose information it is. `?` among them: it goes back to what this device cannot read. */
  readonly originators: readonly ContactPointId[];
  /** Contact points to which all of it was released. */
  readonly audience: readonly ContactPointId[];
  readonly derivedFrom: readonly RecordRef[];
  readonly consents: readonly ConsentView[];
  readonly withdrawn?: Withdrawn;
}

export interface ConsentView {
  readonly record: RecordId;
  /** The record whose use is in question. */
  readonly about: RecordRef;
  readonly sender: DeviceAddress;
  readonly at: string;
  readonly terms: ConsentTerms;
  readonly words?: string;
  /** Of `given`: neither expired nor revoked. */
  readonly inForce: boolean;
}
