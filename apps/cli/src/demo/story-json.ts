import { recordView } from '../answers/record-page.js';
import type { PlayedRecord } from './play-record.js';
import type { Story } from './play-scenario.js';

/** Whether every recipient decrypted exactly what was sent. */
export function isIdentical(records: readonly PlayedRecord[]): boolean {
  return records.every(({ readings }) => readings.every(({ outcome }) => outcome === 'identical'));
}

/** The play as one JSON document: scenarios/README.md. */
export function storyJson(story: Story, context: { readonly scenario: string; readonly hubUrl: string }): object {
  const { channel, members, records } = story;
  return {
    scenario: context.scenario,
    hub: context.hubUrl,
    channel: { id: channel.id, kind: channel.profile.kind, title: channel.title ?? null, contactPoints: members },
    records: records.map(recordJson),
    identical: isIdentical(records),
  };
}

function recordJson({ id, planned, inReplyTo, sentAt, storedAfter, hub, readings }: PlayedRecord): object {
  const { from, kind, marking, priority, clock, body } = planned;
  return {
    id,
    wrote: { from, kind, marking, priority, clock: clock ?? null, inReplyTo: inReplyTo ?? null, sentAt, body },
    stored: { ...hub, afterMs: storedAfter },
    read: readings.map(({ contactPoint, device, outcome, read, reader, readAt, readAfter, acknowledgedAfter }) => ({
      contactPoint,
      device,
      outcome,
      body: read?.body ?? null,
      language: reader.labels.language,
      view: read?.body.type === 'content' ? recordView({ header: read.header, body: read.body }, reader) : null,
      readAt: readAt ?? null,
      readAfterMs: readAfter ?? null,
      acknowledgedAfterMs: acknowledgedAfter ?? null,
    })),
  };
}
