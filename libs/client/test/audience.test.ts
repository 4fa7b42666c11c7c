import { describe, expect, it } from '@jest/globals';
import { ChannelId, ContactPointId, type Marking, type RecordHeader } from '#liaison/protocol';
import { audienceOf, withAudience } from '../src/audience.js';
import type { RecordDraft } from '../src/views.js';

const points = (count: number, name: (index: number) => string) => ({
  releasableTo: Array.from({ length: count }, (_, index) => ContactPointId.parse(name(index))),
});
const two = points(2, (index) => `p${index}`);
const marking: Marking = { classification: 'RESTRICTED', handling: ['H2'], caveats: [] };
const draft: RecordDraft = {
  channel: ChannelId.parse('019aa8b0-1000-7c3d-8a21-0f4e5d6c7b8a'),
  kind: 'alert',
  marking,
  body: { v: 1, type: 'content', language: 'en', subject: 'x' },
};
const acknowledgement: RecordDraft['body'] = {
  v: 1,
  type: 'acknowledgement',
  state: 'read',
  at: '2026-11-21T18:00:00.000Z',
};

describe('whom a record is released to', () => {
  it('is fixed when it is queued, whoever the channel is opened to later', () => {
    expect(withAudience(draft, two, () => ({}) as RecordHeader).releasableTo).toEqual(two.releasableTo);
    const narrower = { ...draft, releasableTo: two.releasableTo.slice(0, 1) };
    expect(withAudience(narrower, two, () => ({}) as RecordHeader)).toBe(narrower);
    expect(audienceOf({ body: acknowledgement }, two)).toBeUndefined();
  });

  it('is the channel’s where no header holds it', () => {
    const all = points(250, (index) => `contact-point-${String(index).padStart(2, 'a').slice(-2)}`);
    expect(withAudience(draft, all, () => ({}) as RecordHeader)).toBe(draft);
    expect(
      audienceOf(
        draft,
        points(250, (index) => `c${String(index)}`),
      ),
    ).toHaveLength(250);
    const full = { sentAt: 'x'.repeat(8192) } as RecordHeader;
    expect(withAudience(draft, two, () => full)).toBe(draft);
  });
});
