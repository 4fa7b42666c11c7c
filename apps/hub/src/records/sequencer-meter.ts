/** What the sequencer tells of itself; metrics.ts turns it into Prometheus metrics. */
export interface SequencerMeter {
  /** @param milliseconds from the start of the transaction until it was durable. */
  committed(submissions: number, milliseconds: number): void;
  /** A transaction failed. */
  failed(fault: unknown): void;
  /** An answer could not be given. */
  unheard(fault: unknown): void;
}
