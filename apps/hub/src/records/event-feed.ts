import type { PublishedEvent } from './submission.js';

type Listener = (events: readonly PublishedEvent[]) => void;

/**
 * Events that this node has just made durable, batch by batch, each channel's in the order of its sequence.
 * Events that another node stored will enter here too, once nodes wake each other.
 */
export class EventFeed {
  private readonly listeners: Listener[] = [];

  /** @param onFault told of a listener that threw: the events are durable all the same. */
  constructor(private readonly onFault: (fault: unknown) => void) {}

  subscribe(listener: Listener): void {
    this.listeners.push(listener);
  }

  publish(events: readonly PublishedEvent[]): void {
    for (const listener of this.listeners) {
      try {
        listener(events);
      } catch (fault) {
        this.onFault(fault);
      }
    }
  }
}
