import type { PassphraseCost } from '#liaison/crypto';
import type { HubTransport } from '#liaison/client';
import type { TlsWish } from '#liaison/client.node';
import type { Clock, RandomSource } from '#liaison/protocol';

/** What the process lends to the connector. */
export interface ConnectorHost {
  readonly clock: Clock;
  readonly random: RandomSource;
  /** At what cost files are sealed under a passphrase; default: the full one. */
  readonly sealingCost?: PassphraseCost;
  readonly transport: (hubUrl: string, tls: TlsWish) => HubTransport;
  /** One line, for people and logs. */
  readonly line: (text: string) => void;
  /** Waits, or until `stop` is aborted. */
  readonly wait: (milliseconds: number) => Promise<void>;
  readonly stop: AbortSignal;
}
