/** One line of the table. */
export interface Measure {
  /** Stable: targets name it. */
  readonly id: string;
  readonly name: string;
  readonly unit: string;
  readonly value: number;
  /** The same of the bare ceiling in this run. */
  readonly ceiling?: number;
  /** Median of the rounds' own ratios, where there were rounds; else of the two values. */
  readonly ratio?: number;
}

/** A heading and its lines. */
export interface Section {
  readonly title: string;
  readonly measures: readonly Measure[];
}
