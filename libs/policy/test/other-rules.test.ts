import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import {
  crossWalk,
  explainReason,
  faultOfChange,
  faultOfProfile,
  joined,
  mayCarryFacts,
  mayExport,
  mayAdminister,
  mayGiveHistory,
  mayJoin,
  mayRead,
  mayRemain,
  mayRelease,
  mayRemark,
  mayUseInProceedings,
  mayWithdraw,
  needsSecondOfficer,
  REASON_CODES,
  REASON_VALUES,
  reasonsOf,
  remarkDirection,
  suggestedReviewDays,
  type Source,
  type Target,
} from '#liaison/policy';
import {
  ContactPointId,
  DeviceAddress,
  RecordId,
  type ChannelProfile,
  type Marking,
  type RecordKind,
} from '#liaison/protocol';
import { marking, NOW } from './arbitraries.js';

const [bg, hu, iq] = ['bg', 'hu', 'iq'].map((id) => ContactPointId.parse(id)) as [
  ContactPointId,
  ContactPointId,
  ContactPointId,
];
const plain: Marking = { classification: 'RESTRICTED', handling: ['H0'], caveats: [] };
const profile: ChannelProfile = {
  v: 1,
  kind: 'multilateral',
  ceiling: 'RESTRICTED',
  releasableTo: [bg, hu],
  roles: { [bg]: ['post', 'read'], [hu]: ['read'] },
  retention: { reviewDays: 180 },
  custody: 'none',
  exercise: false,
  postQuantum: false,
  fourEyes: { classification: 'RESTRICTED', priority: 'urgent' },
};

function codes(decision: Parameters<typeof reasonsOf>[0]): string[] {
  return reasonsOf(decision).map(({ code }) => code);
}

describe('reasons', () => {
  it('each have a sentence that uses all of their values', () => {
    for (const code of REASON_CODES) {
      const names = REASON_VALUES[code];
      const sentence = explainReason({ code, values: Object.fromEntries(names.map((name) => [name, `<${name}>`])) });
      for (const name of names) expect(sentence).toContain(`<${name}>`);
      expect(sentence).not.toContain('?');
    }
  });
});

describe('use in proceedings', () => {
  const source: Source = {
    originators: [bg],
    marking: joined({ ...plain, handling: ['H1'] }),
    audience: [bg, hu],
    withdrawn: false,
    consents: [],
  };
  const consent = { record: RecordId.parse('019aa8b2-7c00-7a4e-9f10-6b1f0d6f2c11'), by: bg, recipients: [], to: [hu] };

  it('of H1 needs the originator’s consent to proceedings', () => {
    const by = (given: Source): string[] => codes(mayUseInProceedings({ actor: { contactPoint: hu }, source: given }));
    expect(by(source)).toEqual(['handling-h1']);
    expect(by({ ...source, consents: [{ ...consent, act: 'forward' }] })).toEqual(['handling-h1']);
    expect(by({ ...source, consents: [{ ...consent, act: 'proceedings' }] })).toEqual([]);
    expect(by({ ...source, consents: [{ ...consent, act: 'proceedings', by: iq }] })).toEqual(['handling-h1']);
    expect(by({ ...source, marking: joined(plain) })).toEqual([]);
  });

  it('of what concerns a minor or a victim leaves only with consent', () => {
    const victim = { ...source, marking: joined({ ...plain, caveats: ['victim-consent', 'minor'] }) };
    const exporting = { actor: { contactPoint: hu }, source: victim, agreements: [], at: NOW };
    expect(codes(mayExport({ ...exporting, purpose: 'national-system' }))).toEqual(['victim-consent', 'minor']);
    expect(codes(mayExport({ ...exporting, purpose: 'archive', personalFacts: false }))).toEqual([]);
    const given = { ...victim, consents: [{ ...consent, act: 'export' as const }] };
    expect(codes(mayExport({ ...exporting, source: given, purpose: 'national-system' }))).toEqual([]);
  });

  it('above RESTRICTED never leaves to somebody whom nothing names', () => {
    const secret = { ...source, marking: joined({ ...plain, classification: 'SECRET' }) };
    const exporting = {
      actor: { contactPoint: bg },
      source: secret,
      agreements: [],
      at: NOW,
      purpose: 'partner',
    } as const;
    expect(codes(mayExport(exporting))).toEqual(['export-above-restricted']);
    expect(codes(mayExport({ ...exporting, recipients: [hu] }))).toEqual(['no-agreement']);
  });
});

describe('history', () => {
  const source: Source = {
    originators: [hu],
    marking: joined(plain),
    audience: [bg, hu],
    withdrawn: false,
    consents: [],
  };
  const given = (change: Partial<Parameters<typeof mayGiveHistory>[0]> = {}): string[] =>
    codes(
      mayGiveHistory({
        actor: { contactPoint: bg },
        source,
        kind: 'message',
        classification: 'RESTRICTED',
        profile: { ...profile, history: { rule: 'full' } },
        storedAt: NOW,
        recipient: { contactPoint: bg, clearance: 'RESTRICTED' },
        agreements: [],
        at: NOW,
        ...change,
      }),
    );

  it('POL-21 follows the stricter of two rules, and none binds what is one’s own', () => {
    expect(given()).toEqual([]);
    expect(given({ profile })).toEqual(['history-rule']);
    expect(given({ history: { rule: 'from-join' } })).toEqual(['history-rule']);
    const from = (at: number) => ({ rule: 'from-date' as const, date: new Date(at).toISOString() });
    expect(given({ history: from(NOW) })).toEqual([]);
    expect(given({ history: from(NOW + 1) })).toEqual(['history-rule']);
    expect(given({ profile, source: { ...source, originators: [bg] } })).toEqual([]);
    expect(given({ profile, kind: 'consent' })).toEqual([]);
  });

  it('by item takes the consent of the originator to a grant', () => {
    const history = { rule: 'per-item' as const };
    const consents = (act: 'grant' | 'forward') => [
      { record: RecordId.parse('019aa8b2-7c00-7a4e-9f10-6b1f0d6f2c11'), by: hu, act, recipients: [bg], to: [bg] },
    ];
    expect(given({ history })).toEqual(['history-rule']);
    expect(given({ history, source: { ...source, consents: consents('forward') } })).toEqual(['history-rule']);
    expect(given({ history, source: { ...source, consents: consents('grant') } })).toEqual([]);
  });

  it('is for who is cleared and may read, and never of what was withdrawn', () => {
    expect(given({ recipient: { contactPoint: bg, clearance: 'UNCLASSIFIED' } })).toEqual(['above-clearance']);
    expect(given({ recipient: { contactPoint: iq, clearance: 'RESTRICTED' } })).toEqual(
      expect.arrayContaining(['no-role', 'outside-releasability']),
    );
    expect(given({ source: { ...source, withdrawn: true } })).toEqual(['withdrawn']);
  });
});

describe('the originator', () => {
  const target: Target = { kind: 'alert', sentBy: bg, marking: plain, originators: [bg], withdrawn: false };
  const secret: Marking = { ...plain, classification: 'SECRET' };

  it('alone marks anew, and no laxer than what it was made of', () => {
    const by = (contactPoint: ContactPointId, change: Partial<Parameters<typeof mayRemark>[0]> = {}): string[] =>
      codes(mayRemark({ actor: { contactPoint }, target, marking: plain, ...change }));
    expect(by(bg)).toEqual([]);
    expect(by(hu)).toEqual(['not-originator']);
    expect(by(bg, { sources: joined(secret) })).toEqual(['mark-too-lax']);
    expect(by(bg, { target: { ...target, kind: 'consent' } })).toEqual(['not-withdrawable']);
    expect(by(bg, { target: { ...target, withdrawn: true } })).toEqual(['withdrawn']);
  });

  it('among several only tightens', () => {
    const both = { ...target, originators: [bg, hu] };
    const lax: Marking = { ...plain, classification: 'UNCLASSIFIED' };
    expect(codes(mayRemark({ actor: { contactPoint: hu }, target: both, marking: secret }))).toEqual([]);
    expect(codes(mayRemark({ actor: { contactPoint: hu }, target: both, marking: lax }))).toEqual(['mark-too-lax']);
  });

  it('withdraws, and so does whoever passed it on', () => {
    const by = (contactPoint: ContactPointId, change: Partial<Target> = {}): string[] =>
      codes(mayWithdraw({ actor: { contactPoint }, target: { ...target, ...change } }));
    expect([by(bg), by(hu), by(hu, { sentBy: hu })]).toEqual([[], ['not-originator'], []]);
    expect(by(bg, { withdrawn: true })).toEqual(['already-withdrawn']);
  });

  it('can tell which way a new mark goes', () => {
    expect(remarkDirection(plain, plain)).toBe('same');
    expect(remarkDirection(plain, secret)).toBe('stricter');
    expect(remarkDirection(secret, plain)).toBe('laxer');
    expect(remarkDirection(secret, { ...plain, handling: ['H2'] })).toBe('other');
  });
});

describe('four eyes', () => {
  const [petrova, colleague, stranger] = ['bg:petrova:desk-1', 'bg:ivanov:desk-1', 'hu:nagy:desk-1'].map((device) =>
    DeviceAddress.parse(device),
  ) as [DeviceAddress, DeviceAddress, DeviceAddress];

  it('are asked for from a mark or a priority up, of what says something new', () => {
    const needs = (change: object, kind: RecordKind = 'alert'): boolean =>
      needsSecondOfficer(profile, { kind, marking: plain, priority: 'routine', ...change });
    expect(needs({})).toBe(true);
    expect(needs({ marking: { ...plain, classification: 'UNCLASSIFIED' } })).toBe(false);
    expect(needs({ marking: { ...plain, classification: 'UNCLASSIFIED' }, priority: 'flash' })).toBe(true);
    expect(needs({}, 'withdrawal')).toBe(false);
    const says = (state: 'given' | 'refused' | 'revoked' | 'asked') => ({
      consent: { state, act: 'forward', recipients: [bg], to: [bg] },
    });
    expect((['given', 'asked', 'refused', 'revoked'] as const).map((state) => needs(says(state), 'consent'))).toEqual([
      true,
      true,
      false,
      false,
    ]);
    expect([needs({}, 'marking'), needs({ tightens: true }, 'marking'), needs({ tightens: true })]).toEqual([
      true,
      false,
      true,
    ]);
    const flash = { kind: 'alert', marking: plain, priority: 'flash' } as const;
    expect(needsSecondOfficer({ ...profile, kind: 'home', releasableTo: [bg] }, flash)).toBe(false);
    expect(needsSecondOfficer({ ...profile, kind: 'home' }, flash)).toBe(true);
  });

  it('are another officer’s of the same contact point, who has the duty and the clearance', () => {
    const by = (
      device: DeviceAddress,
      duties = ['officer'],
      clearance: Marking['classification'] = 'SECRET',
    ): string[] => codes(mayRelease({ sender: petrova, by: device, duties, clearance, marking: plain }));
    expect(by(colleague)).toEqual([]);
    expect(by(DeviceAddress.parse('bg:petrova:phone'))).toEqual(['release-same-officer']);
    expect(by(stranger)).toEqual(['release-authority']);
    expect(by(colleague, ['connector', 'auditor'])).toEqual(['release-authority']);
    expect(by(colleague, ['administrator'], 'UNCLASSIFIED')).toEqual(['above-clearance']);
  });
});

describe('a channel', () => {
  it('takes and shows to whom its profile names, cleared for what it may carry', () => {
    const actor = { contactPoint: hu, clearance: 'RESTRICTED' } as const;
    const standing = { status: 'active', ceiling: 'SECRET' } as const;
    expect(mayJoin({ actor, profile, standing })).toEqual({ allowed: true });
    expect(mayRemain({ actor, profile })).toEqual({ allowed: true });
    const stranger = { contactPoint: iq, clearance: 'UNCLASSIFIED' } as const;
    expect(codes(mayJoin({ actor: stranger, profile, standing: { ...standing, status: 'suspended' } }))).toEqual([
      'contact-point-inactive',
      'not-releasable',
      'clearance-below-ceiling',
    ]);
    expect(codes(mayRemain({ actor: stranger, profile }))).toEqual(['not-releasable', 'clearance-below-ceiling']);
    const lowered = mayJoin({ actor, profile, standing: { ...standing, ceiling: 'UNCLASSIFIED' } });
    expect(codes(lowered)).toEqual(['clearance-below-ceiling']);
    const reading = { actor, profile, marking: plain, sentBy: bg, withdrawn: false };
    expect(mayRead(reading)).toEqual({ allowed: true });
    expect(codes(mayRead({ ...reading, profile: { ...profile, roles: {} } }))).toEqual(['no-role']);
    expect(mayRead({ ...reading, profile: { ...profile, roles: {} }, sentBy: hu })).toEqual({ allowed: true });
    const marked = { ...plain, classification: 'SECRET' as const };
    expect(codes(mayRead({ ...reading, marking: marked, releasableTo: [bg], withdrawn: true }))).toEqual([
      'above-clearance',
      'not-releasable',
      'withdrawn',
    ]);
  });
});

describe('the rules of a channel', () => {
  const fault = (change: Partial<ChannelProfile>) => faultOfProfile({ ...run, ...change })?.rule;
  const changed = (change: Partial<ChannelProfile>, before = run) =>
    faultOfChange(before, { ...before, ...change })?.rule;
  const run: ChannelProfile = { ...profile, roles: { [bg]: ['administer', 'post', 'read'], [hu]: ['read'] } };

  it('stand only where they fit together', () => {
    expect(faultOfProfile(run)).toBeUndefined();
    expect(fault({ releasableTo: [bg, bg] })).toBe('named-twice');
    expect(fault({ kind: 'home' })).toBe('home-of-many');
    expect(fault({ roles: { ...run.roles, [iq]: ['read'] } })).toBe('foreign-roles');
    expect(fault({ roles: { [bg]: ['post'] } })).toBe('nobody-administers');
    expect([mayAdminister(run, bg).allowed, mayAdminister(run, hu).allowed]).toEqual([true, false]);
  });

  it('never become laxer or others', () => {
    expect(changed({ exercise: true })).toBe('fixed');
    expect(changed({ ceiling: 'SECRET' })).toBe('ceiling-raised');
    expect(changed({ releasableTo: [bg] })).toBe('shut-out');
    expect(changed({ roles: {} })).toBe('nobody-administers');
    expect(changed({ ceiling: 'UNCLASSIFIED', releasableTo: [bg, hu, iq] })).toBeUndefined();
    for (const fourEyes of [undefined, { priority: 'flash' as const }, { classification: 'RESTRICTED' as const }]) {
      const { fourEyes: _, ...rest } = run;
      expect(faultOfChange(run, fourEyes === undefined ? rest : { ...rest, fourEyes })?.rule).toBe(
        'four-eyes-loosened',
      );
    }
    const dated = { ...run, history: { rule: 'from-date' as const, date: '2026-11-22T00:00:00.000Z' } };
    const from = (date: string) => ({ history: { rule: 'from-date' as const, date } });
    expect([changed({ history: { rule: 'full' } }), changed({ history: { rule: 'full' } }, dated)]).toEqual([
      'history-opened',
      'history-opened',
    ]);
    expect(changed(from('2025-01-01T00:00:00.000Z'), dated)).toBe('history-opened');
    expect(changed(from('2027-01-01T00:00:00.000Z'), dated)).toBeUndefined();
    expect(changed({ history: { rule: 'per-item' } }, dated)).toBeUndefined();
    expect(changed({ fourEyes: { classification: 'UNCLASSIFIED', priority: 'routine' } })).toBeUndefined();
    const home = { ...run, kind: 'home' as const, releasableTo: [bg], roles: { [bg]: run.roles[bg] ?? [] } };
    expect([changed({}, home), changed({ releasableTo: [bg, hu] }, home)]).toEqual([undefined, 'home-of-many']);
  });
});

describe('the parts of a record', () => {
  it('are never marked more strictly than the whole', () => {
    expect(mayCarryFacts(plain)).toEqual({ allowed: true });
    expect(mayCarryFacts(plain, { '/persons/0': { ...plain, tlp: 'RED' } })).toMatchObject({
      reasons: [{ code: 'fact-marked-stricter', values: { pointer: '/persons/0', axes: ['tlp'] } }],
    });
    fc.assert(
      fc.property(marking, (own) => {
        expect(mayCarryFacts(own, { '/a': own })).toEqual({ allowed: true });
      }),
    );
  });

  it('about a minor are looked at again soon', () => {
    expect(suggestedReviewDays({ caveats: ['minor'] }, 3650)).toBe(180);
    expect(suggestedReviewDays({ caveats: ['minor'] }, 30)).toBe(30);
    expect(suggestedReviewDays({ caveats: [] }, 3650)).toBe(3650);
  });
});

describe('grades of other scales', () => {
  it('become 4x4 approximately', () => {
    expect(crossWalk({ scheme: 'admiralty', source: 'F', information: '2' })).toEqual({
      source: 'X',
      information: '3',
      approximate: true,
      warnings: [],
    });
    expect(crossWalk({ scheme: '3x5x2', source: '2', information: 'E', handling: 'C' })).toEqual({
      source: 'X',
      information: '4',
      approximate: true,
      warnings: ['suspected-false', 'conditions'],
    });
  });
});
