import { Counter, Gauge, Histogram, type Registry } from 'prom-client';
import type { HubLog } from '../observability/hub-log.js';
import type { SequencerMeter } from './sequencer-meter.js';

/** The sequencer in Prometheus metrics. */
export class SequencerMetrics implements SequencerMeter {
  private readonly batchSize: Histogram;
  private readonly commitSeconds: Histogram;
  private readonly failures: Counter;

  constructor(
    private readonly registry: Registry,
    private readonly log: HubLog,
  ) {
    const registers = [registry];
    this.batchSize = new Histogram({
      name: 'liaison_sequencer_batch_size',
      help: 'Submissions in one transaction.',
      buckets: [1, 2, 5, 10, 25, 50, 100, 250, 500],
      registers,
    });
    this.commitSeconds = new Histogram({
      name: 'liaison_sequencer_commit_seconds',
      help: 'Time from the start of a transaction until it is durable.',
      buckets: [0.001, 0.002, 0.005, 0.01, 0.025, 0.1, 0.5, 2],
      registers,
    });
    this.failures = new Counter({
      name: 'liaison_sequencer_failures_total',
      help: 'Transactions that failed; their submissions were answered to try again.',
      registers,
    });
  }

  watchDepth(depth: () => number): void {
    new Gauge({
      name: 'liaison_sequencer_queue_depth',
      help: 'Submissions that wait for a transaction.',
      registers: [this.registry],
      collect() {
        this.set(depth());
      },
    });
  }

  committed(submissions: number, milliseconds: number): void {
    this.batchSize.observe(submissions);
    this.commitSeconds.observe(milliseconds / 1000);
  }

  failed(fault: unknown): void {
    this.failures.inc();
    this.log.error('A batch could not be stored.', fault);
  }

  unheard(fault: unknown): void {
    this.log.error('An answer could not be given.', fault);
  }
}
