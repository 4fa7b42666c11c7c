import type { Alarm, HubTransport, LiaisonClient, OpenedRecord } from '#liaison/client';
import { contactPointOf, type Clock, type ContactPointId, type RecordId, type Session } from '#liaison/protocol';

/** A record that came in, and when this device had it open. */
export interface Arrival {
  readonly record: OpenedRecord;
  /** Milliseconds since 1970, by this machine's clock. */
  readonly at: number;
}

type Watcher = (arrival: Arrival) => boolean;

/** A desk that takes part: a real client with its own keys and socket, and a memory of what came in while it played. */
export class Actor {
  readonly contactPoint: ContactPointId;
  readonly #arrivals: Arrival[] = [];
  readonly #watchers = new Set<Watcher>();
  #session: Promise<Session> | undefined;
  readonly #stopListening: () => void;

  constructor(
    readonly client: LiaisonClient,
    readonly transport: HubTransport,
    clock: Clock,
    /** Told of whatever this desk notices against the protocol. */
    alarmed: (contactPoint: ContactPointId, alarm: Alarm) => void,
  ) {
    this.contactPoint = contactPointOf(client.device);
    this.#stopListening = client.listen((event) => {
      if (event.type === 'record') this.#arrived({ record: event.record, at: clock.now() });
      if (event.type === 'alarm') alarmed(this.contactPoint, event.alarm);
    });
  }

  /** A bearer token, for a call that the client has no method for. */
  async token(): Promise<string> {
    this.#session ??= this.client.signIn();
    return (await this.#session).token;
  }

  /** The record once it is open here; undefined where it is not within the time. */
  opened(id: RecordId, within: Promise<unknown>): Promise<Arrival | undefined> {
    return this.#first(({ record }) => record.header.id === id, within);
  }

  /** Another's acknowledgement of the record, once it is open here. */
  acknowledgement(id: RecordId, by: ContactPointId, within: Promise<unknown>): Promise<Arrival | undefined> {
    return this.#first(({ record: { header, body, sender } }) => {
      const isIt = body.type === 'acknowledgement' && body.state === 'acknowledged' && header.inReplyTo === id;
      return isIt && contactPointOf(sender) === by;
    }, within);
  }

  async close(): Promise<void> {
    this.#stopListening();
    this.client.disconnect();
    await this.client.close();
  }

  #arrived(arrival: Arrival): void {
    this.#arrivals.push(arrival);
    for (const watcher of this.#watchers) if (watcher(arrival)) this.#watchers.delete(watcher);
  }

  #first(fits: Watcher, within: Promise<unknown>): Promise<Arrival | undefined> {
    const here = this.#arrivals.find(fits);
    if (here !== undefined) return Promise.resolve(here);
    return new Promise((resolve) => {
      const watcher: Watcher = (arrival) => {
        if (!fits(arrival)) return false;
        resolve(arrival);
        return true;
      };
      this.#watchers.add(watcher);
      void within.then(() => {
        this.#watchers.delete(watcher);
        resolve(undefined);
      });
    });
  }
}
