import { describe, expect, it } from '@jest/globals';
import {
  createCertificateAuthority,
  generateSigningKey,
  issueDeviceCertificate,
  parseDeviceCertificate,
} from '#liaison/crypto';
import { systemClock, systemRandom } from '#liaison/crypto.node';
import type { Leaf, ParsedCommit, ParsedCommitMessage, ParsedGroupInfo, ValidKeyPackage } from '#liaison/mls-framing';
import { type ChannelId, contactPointOf, DeviceAddress, LiaisonError, LIMITS, utf8 } from '#liaison/protocol';
import { AuthenticatedDevice } from '../src/access/authenticated-device.js';
import type { ChannelMember } from '../src/channels/channel-state.js';
import {
  type CommitContext,
  requireLawfulAct,
  requireLawfulAdditions,
  requireLawfulRules,
  requireOwnCommit,
  requireResult,
} from '../src/channels/commit-rules.js';
import { freshId, TEST_PROFILE } from './fabricated-records.js';

/** What MLS code would never make, so it is put together from parsed parts: the certificates in them are real. */
const HOUR = 3_600_000;
const START = Math.floor(systemClock.now() / 1000) * 1000 - HOUR;
const HUB_KEY = new Uint8Array(32).fill(7);
const id = freshId() as ChannelId;
const authorities = new Map<string, ReturnType<typeof createCertificateAuthority>>();

function authorityOf(address: DeviceAddress) {
  const contactPoint = contactPointOf(address);
  const known = authorities.get(contactPoint);
  const validity = { notBefore: START, notAfter: START + 1000 * HOUR };
  const made =
    known ??
    createCertificateAuthority({
      ...validity,
      contactPoint,
      commonName: 'A contact point CA',
      key: generateSigningKey(systemRandom),
      random: systemRandom,
    });
  authorities.set(contactPoint, made);
  return made;
}

function leafOf(text: string): Leaf {
  const device = DeviceAddress.parse(text);
  const { publicKey } = generateSigningKey(systemRandom);
  const certificate = issueDeviceCertificate({
    ca: authorityOf(device),
    device,
    devicePublicKey: publicKey,
    officerName: 'An officer',
    clearance: 'RESTRICTED',
    duties: ['officer'],
    notBefore: START,
    notAfter: START + 100 * HOUR,
    random: systemRandom,
  });
  return { certificate, signatureKey: publicKey, encryptionKey: publicKey };
}

function keyPackageOf(leaf: Leaf): ValidKeyPackage {
  return { ...leaf, lifetime: { notBefore: START, notAfter: START + HOUR }, lastResort: false, reference: freshId() };
}

const sofia = leafOf('bg:petrova:desk-1');
const budapest = leafOf('hu:nagy:desk-1');

function groupInfo(leaves: readonly (Leaf | null)[], change: Partial<ParsedGroupInfo> = {}): ParsedGroupInfo {
  const hash = new Uint8Array(32);
  return {
    groupId: utf8(id),
    epoch: 1,
    leaves,
    signerLeaf: 0,
    treeHash: hash,
    confirmedTranscriptHash: hash,
    confirmationTag: hash,
    groupContext: hash,
    externalSenderKey: HUB_KEY,
    profile: TEST_PROFILE,
    ...change,
  };
}

/** Sofia commits in a channel of Sofia and Budapest. */
function context(change: Partial<CommitContext> = {}, leaves: readonly Leaf[] = [sofia, budapest]): CommitContext {
  const { device, publicKey } = parseDeviceCertificate(sofia.certificate);
  const members = leaves.map(({ certificate, signatureKey }, leafIndex): ChannelMember => {
    return { device: parseDeviceCertificate(certificate).device, leafIndex, signatureKey };
  });
  return {
    caller: AuthenticatedDevice.ofVerifiedSession({
      device,
      contactPoint: contactPointOf(device),
      clearance: 'RESTRICTED',
      duties: ['officer'],
      certificate: sofia.certificate,
      certificateFingerprint: '',
      publicKey,
      sessionId: freshId(),
      sessionExpiresAt: START + 2 * HOUR,
      lacksSecondFactor: false,
    }),
    state: { id, epoch: 1, profile: TEST_PROFILE, members: new Map(members.map((each) => [each.device, each])) },
    before: groupInfo(leaves),
    standing: {
      check: (der) => {
        const certificate = parseDeviceCertificate(der);
        return { outcome: 'ok', certificate, contactPoint: contactPointOf(certificate.device), fingerprint: '' };
      },
    },
    contactPoints: { contactPoint: () => ({ status: 'active', ceiling: 'SECRET' }) },
    externalSenderKey: HUB_KEY,
    proposals: new Map(),
    ...change,
  };
}

function message(content: Partial<ParsedCommit>, sender: ParsedCommitMessage['sender']): ParsedCommitMessage {
  const whole: ParsedCommit = { kind: 'commit', purpose: 'update', adds: [], removes: [], references: [], ...content };
  return { groupId: utf8(id), epoch: 1, authenticatedData: new Uint8Array(), sender, content: whole };
}

const ofSofia = (content: Partial<ParsedCommit>) => message(content, { kind: 'member', leafIndex: 0 });

function checkOf(act: () => unknown): string | undefined {
  try {
    act();
    return 'lawful';
  } catch (error) {
    if (error instanceof LiaisonError) return error.details.check;
    throw error;
  }
}

describe('a commit is lawful', () => {
  it('where it updates or joins again in the place of its own leaf', () => {
    const rejoin = message({ purpose: 'rejoin', removes: [0], path: sofia }, { kind: 'new-member-commit' });
    expect(requireOwnCommit(rejoin, context())).toBe(0);
    expect(
      checkOf(() => {
        requireLawfulAct(ofSofia({ path: sofia }).content, 0, context());
      }),
    ).toBe('lawful');
  });
});

describe('a commit is refused', () => {
  it('CHN-14 where a device joins again in the place of another', () => {
    const rejoin = message({ purpose: 'rejoin', removes: [1], path: sofia }, { kind: 'new-member-commit' });
    expect(checkOf(() => requireOwnCommit(rejoin, context()))).toBe('CHN-14');
  });

  it.each<[string, string, Partial<ParsedCommit>]>([
    ['CHN-15', 'whose new leaf is of another device', { path: leafOf('bg:ivanov:desk-1') }],
    ['CHN-17', 'whose new leaf has another key than its certificate', { path: { ...sofia, signatureKey: HUB_KEY } }],
    ['CHN-26', 'that refers to a proposal which nobody made', { purpose: 'remove', references: ['A'.repeat(43)] }],
    ['CHN-27', 'that removes its own committer', { purpose: 'remove', removes: [0] }],
  ])('%s %s', (check, _what, content) => {
    expect(
      checkOf(() => {
        requireLawfulAct(ofSofia(content).content, 0, context());
      }),
    ).toBe(check);
  });

  it('CHN-39 that gives the hub another key than the roster names; to that one any member may', () => {
    const newest = new Uint8Array(32).fill(17);
    const towards = (externalSenderKey: Uint8Array, profile = TEST_PROFILE) => {
      const { content } = ofSofia({ purpose: 'profile', rules: { externalSenderKey, profile }, path: sofia });
      return checkOf(() => {
        const reader = { ...TEST_PROFILE.roles, bg: ['read' as const], hu: ['administer' as const] };
        const known = context({ externalSenderKey: newest });
        const state = { ...known.state, profile: { ...TEST_PROFILE, roles: reader } };
        requireLawfulAct(content, 0, { ...known, state });
        requireLawfulRules(content, { ...known, state });
      });
    };
    expect(towards(newest)).toBe('lawful');
    expect(towards(new Uint8Array(32).fill(18))).toBe('CHN-39');
    expect(towards(newest, { ...TEST_PROFILE, exercise: true })).toBe('FRM-17');
  });

  it('CHN-17 that adds a device whose certificate is revoked', () => {
    const standing: CommitContext['standing'] = {
      check: () => ({ outcome: 'revoked', check: 'CRT-11', message: 'The certificate was revoked.' }),
    };
    const added = [keyPackageOf(leafOf('hu:szabo:desk-1'))];
    expect(checkOf(() => requireLawfulAdditions(added, context({ standing })))).toBe('CHN-17');
  });

  it.each([
    ['CHN-17', 'that is suspended', { status: 'suspended', ceiling: 'SECRET' }],
    [
      'CHN-20',
      'that the roster clears for less than its certificates say',
      { status: 'active', ceiling: 'UNCLASSIFIED' },
    ],
  ] as const)('%s that adds a device of a contact point %s', (check, _what, standing) => {
    const contactPoints = { contactPoint: () => standing };
    const added = [keyPackageOf(leafOf('hu:szabo:desk-1'))];
    expect(checkOf(() => requireLawfulAdditions(added, context({ contactPoints })))).toBe(check);
    const update = ofSofia({ path: sofia });
    // Who is a member changes its keys until it is removed.
    expect(
      checkOf(() => {
        requireLawfulAct(update.content, 0, context({ contactPoints }));
      }),
    ).toBe('lawful');
  });

  it('CHN-18 that adds a member again, or one device twice', () => {
    const [one, other] = [leafOf('hu:szabo:desk-1'), leafOf('hu:szabo:desk-1')];
    for (const added of [[budapest], [one, other]]) {
      expect(checkOf(() => requireLawfulAdditions(added.map(keyPackageOf), context()))).toBe('CHN-18');
    }
    expect(requireLawfulAdditions([keyPackageOf(one)], context())).toHaveLength(1);
  });

  it('CHN-18 that adds who has left, and is in the group still', () => {
    const left = { state: context({}, [sofia]).state };
    expect(checkOf(() => requireLawfulAdditions([keyPackageOf(budapest)], context(left)))).toBe('CHN-18');
  });

  it('CHN-21 that adds more than a channel holds', () => {
    const full = context({ before: groupInfo(Array.from({ length: LIMITS.membersPerChannel }, () => budapest)) });
    expect(checkOf(() => requireLawfulAdditions([keyPackageOf(leafOf('hu:szabo:desk-1'))], full))).toBe('CHN-21');
  });
});

describe('a GroupInfo is refused', () => {
  const renewed: Leaf = leafOf('bg:petrova:desk-1');
  const update = ofSofia({ path: renewed });
  const resultOf = (after: ParsedGroupInfo) =>
    checkOf(() => {
      requireResult(update, 0, [], after, context());
    });

  it('CHN-23 whose members are not those that the commit leaves', () => {
    expect(resultOf(groupInfo([renewed, budapest]))).toBe('lawful');
    expect(resultOf(groupInfo([sofia, budapest]))).toBe('CHN-23');
    expect(resultOf(groupInfo([renewed, budapest, leafOf('hu:szabo:desk-1')]))).toBe('CHN-23');
    expect(resultOf(groupInfo([renewed]))).toBe('CHN-23');
  });

  it('CHN-24 whose profile is not the one that the commit leaves', () => {
    const profile = { ...TEST_PROFILE, exercise: true };
    expect(resultOf(groupInfo([renewed, budapest], { profile }))).toBe('CHN-24');
  });

  it('CHN-29 that another member signed', () => {
    expect(resultOf(groupInfo([renewed, budapest], { signerLeaf: 1 }))).toBe('CHN-29');
  });
});
