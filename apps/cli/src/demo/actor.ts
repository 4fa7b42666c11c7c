import type { Alarm, HubTransport, LiaisonClient, OpenedRecord } from '#liaison/client';
import {
  type ChannelId,
  contactPointOf,
  type Clock,
  type ContactPointId,
  type RecordId,
  type Session,
} from '#liaison/protocol';
import type { Reader } from '../desk/reader.js';

/** A record that came in, and when this device had it open. */
export interface Arrival {
  readonly record: OpenedRecord;
  /** Milliseconds since 1970, by this machine's clock. */
  readonly at: number;
}

/** Which record. */
interface Place {
  readonly channel: ChannelId;
  readonly id: RecordId;
}

type Watcher = (arrival: Arrival) => boolean;

const LOOK_EVERY_MS = 500;

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
    /** The desk reads in its own language. */
    readonly reader: Reader,
    private readonly clock: Clock,
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
  opened({ channel, id }: Place, within: Promise<unknown>): Promise<Arrival | undefined> {
    const held = async () => {
      const view = await this.client.read(channel, id);
      return view.outcome === 'opened' ? view.record : undefined;
    };
    return this.#first(({ record }) => record.header.id === id, held, within);
  }

  /** Another's acknowledgement of the record, once it is open here. */
  acknowledgement({ channel, id }: Place, by: ContactPointId, within: Promise<unknown>): Promise<Arrival | undefined> {
    const fits: Watcher = ({ record: { header, body, sender } }) => {
      const isIt = body.type === 'acknowledgement' && body.state === 'acknowledged' && header.inReplyTo === id;
      return isIt && contactPointOf(sender) === by;
    };
    const held = async () => {
      const view = await this.client.read(channel, id);
      if (view.outcome !== 'opened') return undefined;
      const isThere = view.acknowledgements.some(
        ({ state, device }) => state === 'acknowledged' && contactPointOf(device) === by,
      );
      return isThere ? view.record : undefined;
    };
    return this.#first(fits, held, within);
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

  /** @param held looks into the device's store: another process of the device (a `watch`) may be the one that opens it. */
  #first(
    fits: Watcher,
    held: () => Promise<OpenedRecord | undefined>,
    within: Promise<unknown>,
  ): Promise<Arrival | undefined> {
    const here = this.#arrivals.find(fits);
    if (here !== undefined) return Promise.resolve(here);
    return new Promise((resolve) => {
      const end = (arrival?: Arrival) => {
        clearInterval(looking);
        this.#watchers.delete(watcher);
        resolve(arrival);
      };
      const watcher: Watcher = (arrival) => {
        if (!fits(arrival)) return false;
        end(arrival);
        return true;
      };
      const looking = setInterval(() => {
        held().then(
          (record) => {
            if (record !== undefined) end({ record, at: this.clock.now() });
          },
          // Not there yet.
          () => undefined,
        );
      }, LOOK_EVERY_MS);
      this.#watchers.add(watcher);
      void within.then(() => {
        end();
      });
    });
  }
}
