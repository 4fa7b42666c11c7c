import { describe, expect, it } from '@jest/globals';
import {
  checkOf,
  CHECK_OF_REASON,
  isConcerned,
  joined,
  mayExport,
  mayUseInProceedings,
  reasonsOf,
  standingOf,
  type Decision,
  type Statement,
} from '#liaison/policy';
import type { ContactPointId, Marking } from '#liaison/protocol';
import { NOW } from './arbitraries.js';
import { bg, channel, filed, fileOf, from, header, hu, id, judged, mk, plain, profile } from './records.js';

function check(decision: Decision): string | undefined {
  return decision.allowed ? undefined : checkOf(decision.reasons);
}

describe('a record', () => {
  it('above RESTRICTED is refused without an agreement between sender and recipients (POL-05)', () => {
    const secret = header({ marking: { ...plain, classification: 'SECRET' } });
    expect(check(judged({ header: secret }))).toBe('POL-05');
    const agreement = {
      id: 'bg-hu-mk',
      parties: [bg, hu, mk],
      upTo: 'SECRET' as const,
      source: 'for the test',
      validFrom: '2026-01-01',
      verified: false,
    };
    expect(judged({ header: secret, agreements: [agreement] })).toEqual({ allowed: true });
    expect(check(judged({ header: secret, agreements: [{ ...agreement, validTo: '2026-11-20' }] }))).toBe('POL-05');
    expect(check(judged({ header: secret, agreements: [{ ...agreement, upTo: 'CONFIDENTIAL' }] }))).toBe('POL-05');
    expect(check(judged({ header: secret, agreements: [{ ...agreement, parties: [bg, hu] }] }))).toBe('POL-05');
  });

  it('that goes back to more records than anybody looks through is refused (POL-15)', () => {
    const chain = Array.from({ length: 300 }, (_, at) => filed(at, { derivedFrom: from(at + 1) }));
    expect(check(judged({ header: header({ derivedFrom: from(0) }), file: fileOf(...chain) }))).toBe('POL-15');
  });

  it('that is made of itself is made of something that nobody has', () => {
    const [one, other] = [filed(1, { derivedFrom: from(2) }), filed(2, { derivedFrom: from(1) })];
    const standing = standingOf(fileOf(one, other), { channel, record: id(1) }, NOW);
    expect(standing?.complete).toBe(false);
    expect(check(judged({ header: header({ derivedFrom: from(1) }), file: fileOf(one, other) }))).toBeUndefined();
    const marked = { marking: { ...plain, tlp: 'RED' as const } };
    const held = fileOf({ ...one, ...marked }, { ...other, ...marked });
    const red = header({ derivedFrom: from(1), marking: marked.marking });
    expect(check(judged({ header: red, file: held }))).toBe('POL-04');
  });

  it('of which nothing is to be said is not looked at', () => {
    expect(isConcerned(header(), profile)).toBe(false);
    expect(isConcerned(header({ kind: 'acknowledgement' }), profile)).toBe(false);
    expect(isConcerned(header({ derivedFrom: from(1) }), profile)).toBe(true);
    expect(isConcerned(header(), { ...profile, fourEyes: { priority: 'flash' } })).toBe(true);
  });
});

describe('how a record stands', () => {
  const remark = (number: number, by: ContactPointId, change: Partial<Marking>): Statement => ({
    id: id(number),
    kind: 'marking',
    by,
    marking: { ...plain, ...change },
  });

  it('follows its originator’s newest mark, and nobody else’s', () => {
    const record = filed(1, {
      statements: [remark(2, bg, { handling: ['H2'] }), remark(3, hu, { handling: [] }), remark(4, bg, { tlp: 'RED' })],
    });
    const standing = standingOf(fileOf(record), { channel, record: id(1) }, NOW);
    expect(standing?.marking).toEqual({ ...plain, tlp: 'RED' });
    expect(standing?.source.marking).toEqual(joined({ ...plain, tlp: 'RED' }));
  });

  it('takes in what it was made of, as that stands now', () => {
    const original = filed(1, { releasableTo: [bg, hu], statements: [remark(3, bg, { handling: ['H1'] })] });
    const forwarded = filed(2, { sentBy: hu, derivedFrom: from(1), releasableTo: [hu, mk] });
    const standing = standingOf(fileOf(original, forwarded), { channel, record: id(2) }, NOW);
    expect(standing?.source).toMatchObject({ originators: [bg], audience: [hu], marking: { handling: ['H0', 'H1'] } });
    const source = standing?.source;
    if (source === undefined) throw new Error('unreachable');
    expect(check(mayUseInProceedings({ actor: { contactPoint: mk }, source }))).toBe('POL-18');
  });

  it('of several originators is tightened by each, and loosened by none', () => {
    const [one, other] = [filed(1), filed(2, { sentBy: mk })];
    const compiled = filed(3, { sentBy: hu, derivedFrom: from(1, 2) });
    const marks = (...statements: Statement[]): Marking | undefined =>
      standingOf(fileOf(one, other, { ...compiled, statements }), { channel, record: id(3) }, NOW)?.marking;
    expect(marks(remark(4, bg, { tlp: 'RED' }))?.tlp).toBe('RED');
    expect(marks(remark(4, bg, { handling: [] }))?.handling).toEqual(['H0']);
    expect(marks(remark(4, hu, { tlp: 'RED' }))?.tlp).toBeUndefined();
  });

  it('is withdrawn with any of its sources', () => {
    const gone = filed(1, { statements: [{ id: id(3), kind: 'withdrawal', by: bg, marking: plain }] });
    const forwarded = filed(2, { sentBy: hu, derivedFrom: from(1) });
    const standing = standingOf(fileOf(gone, forwarded), { channel, record: id(2) }, NOW);
    expect(standing?.source.withdrawn).toBe(true);
    expect(check(judged({ header: header({ derivedFrom: from(2) }), file: fileOf(gone, forwarded) }))).toBe('POL-10');
  });

  it('with facts about a minor is exported only with consent (POL-19)', () => {
    const record = filed(1, { marking: { ...plain, caveats: ['minor'] } });
    const source = standingOf(fileOf(record), { channel, record: id(1) }, NOW)?.source;
    if (source === undefined) throw new Error('unreachable');
    const exporting = { actor: { contactPoint: hu }, source, purpose: 'archive', agreements: [], at: NOW } as const;
    expect(check(mayExport(exporting))).toBe('POL-19');
    expect(reasonsOf(mayExport({ ...exporting, actor: { contactPoint: bg } }))).toEqual([]);
  });
});

describe('the checks', () => {
  it('are named by every reason', () => {
    for (const name of Object.values(CHECK_OF_REASON)) expect(name).toMatch(/^(POL|CLI)-\d\d$/);
  });
});
