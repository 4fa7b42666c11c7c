import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import {
  consentedRecipients,
  explainReasons,
  isAtLeastAsStrict,
  joinMarkings,
  markingOfJoin,
  mayExport,
  mayGrant,
  mayUseInProceedings,
  MOST_GENERATIONS,
  reasonsOf,
  standingOf,
  type Decision,
  type FiledRecord,
  type RecordFile,
  type Source,
  type Statement,
} from '#liaison/policy';
import { ChannelId, type ConsentAct, type ConsentTerms, type ContactPointId, type Marking } from '#liaison/protocol';
import { marking, NOW } from './arbitraries.js';
import { bg, channel, filed, fileOf, from, header, hu, id, judged, mk, plain } from './records.js';

const H2: Marking = { ...plain, handling: ['H0', 'H2'] };
const target = ChannelId.parse('019aa8b0-2000-7c3d-8a21-0f4e5d6c7b8a');

function codes(decision: Decision): string[] {
  return reasonsOf(decision).map(({ code }) => code);
}

function consent(number: number, by = bg, change: Partial<ConsentTerms> = {}): Statement {
  const terms: ConsentTerms = { state: 'given', act: 'forward', recipients: [mk], to: [hu], ...change };
  return { id: id(number), kind: 'consent', by, marking: plain, terms };
}

/** Released to Sofia and Budapest alone, marked H2. */
function held(number: number, change: Partial<FiledRecord> = {}): FiledRecord {
  return filed(number, { marking: H2, releasableTo: [bg, hu], ...change });
}

function forwarded(file: RecordFile, numbers: number[], change: Partial<Parameters<typeof judged>[0]> = {}): string[] {
  const own = header({ channel: target, marking: H2, derivedFrom: from(...numbers), releasableTo: [hu, mk] });
  return codes(judged({ header: own, members: [hu, mk], file, ...change }));
}

function sourceOf(file: RecordFile, number: number): Source {
  const source = standingOf(file, { channel, record: id(number) }, NOW)?.source;
  if (source === undefined) throw new Error('It is at hand.');
  return source;
}

describe('a consent on one record', () => {
  const acts: readonly ConsentAct[] = ['forward', 'grant', 'export', 'proceedings'];
  const compiledOf = (first: Statement[], second: Statement[], whole: Statement[] = []): RecordFile =>
    fileOf(
      held(1, { statements: first }),
      held(2, { statements: second }),
      held(3, { sentBy: hu, derivedFrom: from(1, 2), statements: whole }),
    );

  it('does not free another that it was compiled with', () => {
    expect(forwarded(compiledOf([consent(11)], []), [3])).toEqual(['outside-releasability', 'handling-h2']);
    expect(forwarded(compiledOf([consent(11)], [consent(12)]), [3])).toEqual([]);
    expect(forwarded(compiledOf([], [], [consent(13)]), [3])).toEqual([]);
    expect(forwarded(compiledOf([], [], [consent(13)]), [1])).toEqual(['outside-releasability', 'handling-h2']);
  });

  it('does so for no act', () => {
    const allowed = (file: RecordFile): Record<string, boolean> => {
      const source = {
        ...sourceOf(file, 3),
        marking: joinMarkings([{ ...H2, handling: ['H1', 'H2'], caveats: ['minor'] }]),
      };
      const context = { actor: { contactPoint: hu }, source, recipients: [mk], agreements: [], at: NOW };
      return {
        grant: mayGrant(context).allowed,
        partner: mayExport({ ...context, purpose: 'partner' }).allowed,
        archive: mayExport({ ...context, purpose: 'archive' }).allowed,
        proceedings: mayUseInProceedings(context).allowed,
      };
    };
    const all = acts.map((act, at) => consent(20 + at, bg, { act }));
    const others = acts.map((act, at) => consent(30 + at, bg, { act }));
    expect(Object.values(allowed(compiledOf(all, [])))).toEqual([false, false, false, false]);
    expect(Object.values(allowed(compiledOf(all, others)))).toEqual([true, true, true, true]);
  });

  it('counts in a tree exactly where each way down to the originator meets one', () => {
    const shape = fc.record({
      consented: fc.array(fc.boolean(), { minLength: 7, maxLength: 7 }),
      edges: fc.array(fc.subarray([0, 1, 2, 3, 4, 5], { maxLength: 3 }), { minLength: 7, maxLength: 7 }),
    });
    fc.assert(
      fc.property(shape, ({ consented, edges }) => {
        const older = edges.map((parts, at) => parts.filter((part) => part < at));
        const file = fileOf(
          ...older.map((parts, at) =>
            held(at, { derivedFrom: from(...parts), statements: consented[at] === true ? [consent(20 + at)] : [] }),
          ),
        );
        const isFree = (at: number): boolean =>
          consented[at] === true || ((older[at] ?? []).length > 0 && (older[at] ?? []).every(isFree));
        for (const at of older.keys()) {
          expect(consentedRecipients(sourceOf(file, at), 'forward', hu)(mk)).toBe(isFree(at));
        }
      }),
    );
  });
});

describe('judging', () => {
  /** Each generation a pair, made of both before it: two records a generation, and as many ways down as 2 to its number. */
  function pairs(generations: number, statements: Statement[]): FiledRecord[] {
    return Array.from({ length: 2 * generations }, (_, at) => {
      const first = at - (at % 2);
      return held(at, first === 0 ? { statements } : { sentBy: hu, derivedFrom: from(first - 2, first - 1) });
    });
  }

  it('looks at each record once, however many ways lead to it', () => {
    const asked: ContactPointId[] = [];
    const to = Object.assign([hu], {
      includes(contactPoint: ContactPointId): boolean {
        asked.push(contactPoint);
        return contactPoint === hu;
      },
    });
    const records = pairs(MOST_GENERATIONS, [consent(90, bg, { to })]);
    const looked: string[] = [];
    const known = fileOf(...records);
    const file: RecordFile = (ref) => {
      looked.push(ref.record);
      return known(ref);
    };
    const last = records.length - 1;
    expect(forwarded(file, [last, last - 1])).toEqual([]);
    // For entitlement, for their number and for how they stand.
    expect(looked.length).toBeLessThanOrEqual(3 * records.length);
    // Both originals for each of the two sources.
    expect(asked).toHaveLength(4);
    expect(sourceOf(known, last).consents).toEqual([]);
  });

  it('ends where records go back further than anybody looks (POL-15)', () => {
    const chain = (generations: number): RecordFile =>
      fileOf(
        ...Array.from({ length: generations }, (_, at) =>
          filed(at, { sentBy: hu, derivedFrom: at === 0 ? [] : from(at - 1) }),
        ),
      );
    const within = header({ derivedFrom: from(MOST_GENERATIONS - 1) });
    expect(codes(judged({ header: within, file: chain(MOST_GENERATIONS) }))).toEqual([]);
    const beyond = header({ derivedFrom: from(MOST_GENERATIONS) });
    expect(codes(judged({ header: beyond, file: chain(MOST_GENERATIONS + 1) }))).toEqual(['too-many-sources']);
    // Whether or not the one too many is at hand.
    const cut = chain(MOST_GENERATIONS + 1);
    const loaded: RecordFile = (ref) => (ref.record === id(0) ? undefined : cut(ref));
    expect(codes(judged({ header: beyond, file: loaded }))).toEqual(['too-many-sources']);
  });

  it('takes no source twice (POL-01)', () => {
    expect(codes(judged({ header: header({ derivedFrom: from(1, 1) }), file: fileOf(filed(1)) }))).toEqual([
      'wrong-form',
    ]);
  });
});

describe('whoever may not read a source', () => {
  it('is told the same of every one, and of none that there is (POL-02)', () => {
    const others = ['fr', 'it'].map((code) =>
      fileOf(filed(1, { sentBy: bg, marking: { ...plain, nationalMarking: code } })),
    );
    const deep = fileOf(...Array.from({ length: 40 }, (_, at) => filed(at, { derivedFrom: from(at + 1) })));
    const marks: Marking[] = [
      plain,
      { ...plain, nationalMarking: 'Строго секретно' },
      { ...plain, classification: 'SECRET' },
      { ...plain, classification: 'UNCLASSIFIED', handling: [] },
    ];
    for (const mark of marks) {
      const own = header({ marking: mark, derivedFrom: from(1) });
      for (const file of [fileOf(), fileOf(filed(1)), ...others, deep]) {
        const decision = judged({ header: own, file, isEntitled: () => false });
        expect(explainReasons(reasonsOf(decision))).toBe('A record that it names does not exist, or is not for you.');
      }
    }
  });

  it('is not told whose it is by what it says of it', () => {
    const own = header({ kind: 'withdrawal', inReplyTo: id(1) });
    const isEntitled = (): boolean => false;
    expect(codes(judged({ header: own, file: fileOf(filed(1)), isEntitled }))).toEqual(['not-entitled']);
    expect(codes(judged({ header: own, file: fileOf(), isEntitled }))).toEqual(['not-entitled']);
    expect(codes(judged({ header: own, file: fileOf(filed(1, { sentBy: hu })), isEntitled }))).toEqual([]);
  });
});

describe('a compilation', () => {
  const RED: Marking = { ...H2, tlp: 'RED' };

  it('that is marked more strictly than its parts is also its sender’s information', () => {
    const lax = filed(1, { sentBy: hu, marking: plain });
    const stricter = filed(2, { marking: RED, derivedFrom: from(1) });
    const file = fileOf(lax, stricter);
    expect(sourceOf(file, 2).originators).toEqual([bg, hu]);
    const own = header({ channel: target, marking: RED, derivedFrom: from(2) });
    expect(codes(judged({ header: own, members: [hu, mk], file }))).toContain('tlp');
    const down = header({ kind: 'marking', inReplyTo: id(2), marking: plain });
    expect(codes(judged({ header: down, file }))).toEqual(['mark-too-lax']);
    const remarked = { ...stricter, statements: [{ id: id(5), kind: 'marking' as const, by: hu, marking: plain }] };
    expect(sourceOf(fileOf(lax, remarked), 2).marking.tlp).toBe('RED');
  });

  it('stays so, whatever its part is marked later and whoever consents on the part', () => {
    const up: Statement = { id: id(5), kind: 'marking', by: mk, marking: RED };
    const lax = filed(1, { sentBy: mk, marking: plain, statements: [up, consent(6, mk), consent(7, bg)] });
    const stricter = filed(2, { marking: RED, derivedFrom: from(1), releasableTo: [bg, hu] });
    const source = sourceOf(fileOf(lax, stricter), 2);
    expect(source.originators).toEqual([bg, mk]);
    expect(consentedRecipients(source, 'forward', hu)(mk)).toBe(false);
  });

  it('has its sender for an originator exactly where its mark is stricter', () => {
    fc.assert(
      fc.property(marking, marking, (part, whole) => {
        const own = markingOfJoin(joinMarkings([part, whole])) ?? whole;
        const file = fileOf(filed(1, { sentBy: mk, marking: part }), filed(2, { marking: own, derivedFrom: from(1) }));
        expect(sourceOf(file, 2).originators).toEqual(isAtLeastAsStrict(part, own) ? [mk] : [bg, mk]);
      }),
    );
  });

  it('keeps the one national marking of its parts', () => {
    const national = { ...plain, nationalMarking: 'За служебно ползване' };
    const file = fileOf(
      filed(1, { marking: national }),
      filed(2, { sentBy: hu, marking: { ...plain, nationalMarking: 'Korlátozott terjesztésű!' } }),
      filed(3),
    );
    const against = (numbers: number[], nationalMarking?: string) =>
      reasonsOf(
        judged({
          header: header({
            derivedFrom: from(...numbers),
            marking: { ...plain, ...(nationalMarking && { nationalMarking }) },
          }),
          file,
        }),
      );
    const dropped = [{ code: 'mark-too-lax', values: { axes: ['За служебно ползване'] } }];
    expect(against([1])).toEqual(dropped);
    expect(against([1, 3], 'Korlátozott terjesztésű!')).toEqual(dropped);
    expect(against([1, 3], 'За служебно ползване')).toEqual([]);
    // There is room for one: where there are several, the reader is shown each source’s.
    expect(against([1, 2])).toEqual([]);
    expect(against([2])).toEqual([]);
  });
});

describe('a reader who cannot see every source', () => {
  const pass = { unknown: 'pass' } as const;

  it('holds the rest to its marks all the same', () => {
    const nested = held(2, { sentBy: hu, derivedFrom: from(1, 77) });
    expect(forwarded(fileOf(held(1), nested), [2], pass)).toEqual(['outside-releasability', 'handling-h2']);
    expect(forwarded(fileOf(held(1, { statements: [consent(11)] }), nested), [2], pass)).toEqual([]);
    expect(forwarded(fileOf(held(1)), [1, 77], pass)).toEqual(['outside-releasability', 'handling-h2']);
  });

  it('holds nobody to what may have been allowed out of its sight', () => {
    const blind = held(2, { sentBy: hu, marking: { ...H2, tlp: 'RED' }, derivedFrom: from(77) });
    const own = header({ channel: target, marking: { ...H2, tlp: 'RED' }, derivedFrom: from(2) });
    expect(codes(judged({ header: own, members: [hu, mk], file: fileOf(blind), ...pass }))).toEqual([]);
    expect(codes(judged({ header: own, members: [hu, mk], file: fileOf(blind) }))).toContain('origin-unknown');
    const national = { ...plain, nationalMarking: 'За служебно ползване' };
    const partly = fileOf(filed(1, { marking: national }), filed(2, { sentBy: hu, derivedFrom: from(1, 77) }));
    expect(codes(judged({ header: header({ derivedFrom: from(2) }), file: partly, ...pass }))).toEqual([]);
  });
});

describe('a revocation', () => {
  it('takes back one’s own consent alone (POL-01)', () => {
    const both = { sentBy: hu, derivedFrom: from(1, 2), statements: [consent(8, bg), consent(9, mk)] };
    const file = fileOf(filed(1), filed(2, { sentBy: mk }), filed(3, both));
    const revoking = (answers: number): string[] => {
      const terms: ConsentTerms = {
        state: 'revoked',
        act: 'forward',
        recipients: [mk],
        to: [hu],
        answers: id(answers),
      };
      const own = header({ kind: 'consent', inReplyTo: id(3), consent: terms });
      return codes(judged({ header: own, actor: { contactPoint: bg }, file }));
    };
    expect(revoking(8)).toEqual([]);
    expect(revoking(9)).toEqual(['wrong-form']);
  });
});
