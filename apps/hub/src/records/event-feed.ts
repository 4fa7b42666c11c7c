import type { ChannelId, DeviceAddress } from '#liaison/protocol';
import type { PublishedEvent } from './submission.js';

/** Something of this channel may be durable without having been published: the transaction's answer was not heard. */
export interface Doubt {
  readonly channel: ChannelId;
  /** Devices that it may have made members. */
  readonly added: readonly DeviceAddress[];
}

type Listener<T> = (told: readonly T[]) => void;

/**
 * Events that this node has just made durable, batch by batch, each channel's in the order of its sequence.
 * Events that another node stored will enter here too, once nodes wake each other.
 */
export class EventFeed {
  private readonly listeners: Listener<PublishedEvent>[] = [];
  private readonly doubters: Listener<Doubt>[] = [];

  /** @param onFault told of a listener that threw: the events are durable all the same. */
  constructor(private readonly onFault: (fault: unknown) => void) {}

  subscribe(listener: Listener<PublishedEvent>): void {
    this.listeners.push(listener);
  }

  subscribeToDoubts(listener: Listener<Doubt>): void {
    this.doubters.push(listener);
  }

  publish(events: readonly PublishedEvent[]): void {
    this.tell(this.listeners, events);
  }

  doubt(doubts: readonly Doubt[]): void {
    this.tell(this.doubters, doubts);
  }

  private tell<T>(listeners: readonly Listener<T>[], told: readonly T[]): void {
    for (const listener of listeners) {
      try {
        listener(told);
      } catch (fault) {
        this.onFault(fault);
      }
    }
  }
}
