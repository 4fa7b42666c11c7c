import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import {
  joined,
  joinMarkings,
  markingOfJoin,
  mayExport,
  mayForward,
  mayGrant,
  mayPost,
  mayReach,
  mayUseInProceedings,
  reasonsOf,
  type Decision,
  type PassingOn,
  type Source,
} from '#liaison/policy';
import { ContactPointId, RecordId, type ChannelProfile, type Marking } from '#liaison/protocol';
import {
  agreements,
  consent,
  contactPoint,
  contactPoints,
  marking,
  NOW,
  someContactPoints,
  source,
} from './arbitraries.js';

const [bg, hu, iq, mk] = ['bg', 'hu', 'iq', 'mk'].map((id) => ContactPointId.parse(id)) as [
  ContactPointId,
  ContactPointId,
  ContactPointId,
  ContactPointId,
];

const passing: fc.Arbitrary<PassingOn> = fc.record({
  actor: fc.record({ contactPoint }),
  recipients: someContactPoints,
  agreements,
  at: fc.constant(NOW),
});

/** Every decision about a source, by name, with the least mark that a forward may have. */
function decisions(given: Source, context: PassingOn): Record<string, Decision> {
  const carried = markingOfJoin(given.marking);
  if (carried === undefined) throw new Error('short texts fit');
  return {
    forward: mayForward({ ...context, sources: [given], marking: carried }),
    grant: mayGrant({ ...context, source: given }),
    partner: mayExport({ ...context, source: given, purpose: 'partner' }),
    nationalSystem: mayExport({ ...context, source: given, purpose: 'national-system' }),
    archive: mayExport({ ...context, source: given, purpose: 'archive' }),
    proceedings: mayUseInProceedings({ ...context, source: given }),
  };
}

function neverAllowsMore(strict: Source, lax: Source, context: PassingOn, laxContext = context): void {
  const before = decisions(lax, laxContext);
  for (const [act, decision] of Object.entries(decisions(strict, context))) {
    if (decision.allowed) expect([act, before[act]]).toEqual([act, { allowed: true }]);
  }
}

describe('decisions', () => {
  it('never allow more when a restriction is added', () => {
    fc.assert(
      fc.property(source, marking, passing, (given, added, context) => {
        const strict = { ...given, marking: joinMarkings([given.marking, added]) };
        neverAllowsMore(strict, given, context);
      }),
      { numRuns: 1000 },
    );
  });

  it('never allow more with a narrower audience, another originator, a withdrawal, one consent less or fewer agreements', () => {
    fc.assert(
      fc.property(source, passing, contactPoint, fc.nat(), (given, context, other, index) => {
        neverAllowsMore({ ...given, audience: given.audience.slice(1) }, given, context);
        neverAllowsMore({ ...given, originators: [...new Set([...given.originators, other])] }, given, context);
        neverAllowsMore({ ...given, withdrawn: true }, given, context);
        const fewer = given.consents.filter((_, at) => at !== index % (given.consents.length + 1));
        neverAllowsMore({ ...given, consents: fewer }, given, context);
        neverAllowsMore(given, given, { ...context, agreements: context.agreements.slice(1) }, context);
      }),
      { numRuns: 1000 },
    );
  });

  it('never allow more when somebody is added whom it would reach', () => {
    fc.assert(
      fc.property(source, passing, contactPoint, (given, context, other) => {
        const wider = { ...context, recipients: [...new Set([...context.recipients, other])] };
        neverAllowsMore(given, given, wider, context);
      }),
      { numRuns: 1000 },
    );
  });

  it('refuse a forward whose mark is laxer than its sources', () => {
    fc.assert(
      fc.property(fc.array(source, { minLength: 1, maxLength: 3 }), marking, passing, (sources, own, context) => {
        const decision = mayForward({ ...context, sources, marking: own });
        if (!decision.allowed) return;
        const least = joinMarkings(sources.map((one) => one.marking));
        expect(joinMarkings([own, least]).handling).toEqual(joined(own).handling);
      }),
    );
  });

  it('are the same for a record whoever else consents to something else', () => {
    fc.assert(
      fc.property(source, consent, passing, (given, other, context) => {
        const elsewhere = { ...other, to: other.to.filter((one) => one !== context.actor.contactPoint) };
        expect(decisions({ ...given, consents: [...given.consents, elsewhere] }, context)).toEqual(
          decisions(given, context),
        );
      }),
    );
  });

  it('let a contact point do with its own information what it likes, up to the community’s ceiling', () => {
    fc.assert(
      fc.property(source, passing, (given, context) => {
        const own: Source = {
          ...given,
          originators: [context.actor.contactPoint],
          withdrawn: false,
          marking: { ...given.marking, classification: 'RESTRICTED' },
        };
        for (const [act, decision] of Object.entries(decisions(own, context))) {
          expect([act, decision]).toEqual([act, { allowed: true }]);
        }
      }),
    );
  });
});

const plain: Marking = { classification: 'RESTRICTED', handling: ['H0'], caveats: [] };

function bulgarian(change: Partial<Marking>, rest: Partial<Source> = {}): Source {
  return {
    originators: [bg],
    marking: joined({ ...plain, ...change }),
    audience: [bg, hu],
    withdrawn: false,
    consents: [],
    ...rest,
  };
}

function codes(decision: Decision): string[] {
  return reasonsOf(decision).map(({ code }) => code);
}

function forward(given: Source, recipients: ContactPointId[], actor = hu): string[] {
  const carried = markingOfJoin(given.marking);
  if (carried === undefined) throw new Error('short texts fit');
  return codes(
    mayForward({
      actor: { contactPoint: actor },
      sources: [given],
      marking: carried,
      recipients,
      agreements: [],
      at: NOW,
    }),
  );
}

describe('passing on', () => {
  const given = { record: RecordId.parse('019aa8b2-7c00-7a4e-9f10-6b1f0d6f2c11'), by: bg, to: [hu], recipients: [mk] };

  it('within the audience needs no consent, but of what is for persons only', () => {
    expect(forward(bulgarian({ handling: ['H2'], tlp: 'AMBER+STRICT' }), [bg, hu])).toEqual([]);
    expect(forward(bulgarian({ tlp: 'RED' }), [hu])).toEqual(['tlp']);
  });

  it('beyond it needs the originator’s, whose words name actor, act and recipients', () => {
    expect(forward(bulgarian({}), [hu, mk])).toEqual(['outside-releasability']);
    expect(forward(bulgarian({ handling: ['H2'] }), [hu, mk])).toEqual(['outside-releasability', 'handling-h2']);
    for (const tlp of ['AMBER', 'AMBER+STRICT', 'RED'] as const) {
      expect(forward(bulgarian({ tlp }), [mk])).toEqual(['outside-releasability', 'tlp']);
    }
    expect(forward(bulgarian({ tlp: 'GREEN' }, { audience: [bg, hu, mk] }), [mk])).toEqual([]);
    const forwarded = bulgarian({ handling: ['H2'], tlp: 'RED' }, { consents: [{ ...given, act: 'forward' }] });
    expect(forward(forwarded, [mk])).toEqual([]);
    expect(forward(forwarded, [hu, mk])).toEqual(['tlp']);
    expect(forward(forwarded, [mk], iq)).not.toEqual([]);
    expect(forward(bulgarian({}, { consents: [{ ...given, act: 'grant' }] }), [mk])).toEqual(['outside-releasability']);
  });

  it('of what was withdrawn is refused whoever consents', () => {
    expect(forward(bulgarian({}, { withdrawn: true }), [hu])).toEqual(['withdrawn']);
  });

  it('with the caveat of the death penalty goes to no state that retains it, or of which nothing is known', () => {
    const audience = [bg, hu, iq, mk];
    expect(forward(bulgarian({ caveats: ['death-penalty'] }, { audience }), [mk])).toEqual([]);
    expect(forward(bulgarian({ caveats: ['death-penalty'] }, { audience }), [iq])).toEqual(['death-penalty']);
    const court = ContactPointId.parse('regional-centre');
    expect(forward(bulgarian({ caveats: ['death-penalty'] }, { audience: [court] }), [court])).toEqual([
      'death-penalty',
    ]);
  });

  it('above RESTRICTED needs an agreement between originator and every recipient', () => {
    const secret = bulgarian({ classification: 'SECRET' }, { audience: [bg, hu, mk] });
    expect(forward(secret, [hu, mk])).toEqual(['no-agreement']);
    expect(forward(bulgarian({ classification: 'SECRET' }, { audience: [bg, hu] }), [bg])).toEqual([]);
  });
});

describe('a post', () => {
  const profile: ChannelProfile = {
    v: 1,
    kind: 'multilateral',
    ceiling: 'SECRET',
    releasableTo: [bg, hu, iq],
    roles: { [bg]: ['post', 'read'], [hu]: ['read'] },
    retention: { reviewDays: 180 },
    custody: 'none',
    exercise: false,
    postQuantum: false,
  };
  const posting = {
    actor: { contactPoint: bg, clearance: 'SECRET' },
    profile,
    kind: 'message',
    marking: plain,
    members: [bg, hu],
  } as const;
  const reaching = { actor: { contactPoint: bg }, marking: plain, recipients: [bg, hu, iq], agreements: [], at: NOW };

  it('says everything that is against it', () => {
    expect(mayPost(posting)).toEqual({ allowed: true });
    const against = mayPost({
      ...posting,
      actor: { contactPoint: hu, clearance: 'RESTRICTED' },
      marking: { ...plain, classification: 'TOP SECRET' },
      releasableTo: [mk],
    });
    expect(codes(against)).toEqual(['above-ceiling', 'above-clearance', 'not-releasable', 'no-role']);
    expect(codes(mayReach({ ...reaching, marking: { ...plain, classification: 'SECRET' } }))).toEqual(['no-agreement']);
  });

  it('is for all who can decrypt it: a narrower list leaves out no member', () => {
    const to = (releasableTo: ContactPointId[]) => mayPost({ ...posting, releasableTo });
    expect([to([bg, hu]), to([bg, hu, iq])]).toEqual([{ allowed: true }, { allowed: true }]);
    expect(to([bg, iq])).toMatchObject({ reasons: [{ code: 'not-releasable', values: { contactPoints: [hu] } }] });
  });

  it('of what concerns an asylum seeker reaches nobody from the country they left', () => {
    const marked = { ...reaching, marking: { ...plain, caveats: ['asylum-seeker' as const] } };
    expect(codes(mayReach({ ...marked, countriesOfOrigin: ['iq'] }))).toEqual(['asylum-origin']);
    expect(mayReach({ ...marked, countriesOfOrigin: ['iq'], recipients: [bg, hu] })).toEqual({ allowed: true });
  });

  it('never reaches more when a restriction is added', () => {
    fc.assert(
      fc.property(marking, marking, contactPoints, agreements, (own, added, recipients, given) => {
        const join = markingOfJoin(joinMarkings([own, added]));
        if (join === undefined) return;
        const strict = mayReach({
          ...reaching,
          recipients,
          agreements: given,
          marking: { ...join, nationalMarking: undefined },
        });
        if (strict.allowed) {
          const lax = { ...own, nationalMarking: undefined } as Marking;
          expect(mayReach({ ...reaching, recipients, agreements: given, marking: lax })).toEqual({ allowed: true });
        }
      }),
    );
  });
});
