import { beforeAll, describe, expect, it } from '@jest/globals';
import { cryptoReady, PASSPHRASE_COST_FOR_TESTING, sealWithPassphrase } from '#liaison/crypto';
import { systemRandom } from '#liaison/crypto.node';
import { canonicalJson, InvitationId, toBase64url, utf8 } from '#liaison/protocol';
import { demoCommunity } from '../src/ceremony/demo-community.js';
import { foundCommunity } from '../src/ceremony/found-community.js';
import { invitationCodeText, readInvitationCode } from '../src/enrolment/invitation-code.js';
import { beginEnrolment, openPending, sealPending } from '../src/enrolment/pending-enrolment.js';

const sealing = { random: systemRandom, cost: PASSPHRASE_COST_FOR_TESTING };
const code = {
  id: InvitationId.parse('0192f000-0000-7000-8000-000000000001'),
  token: new Uint8Array(16).fill(9),
};

function kit() {
  const hub = {
    origin: 'http://127.0.0.1:3000',
    externalSenderKey: toBase64url(new Uint8Array(32).fill(7)),
    logKey: toBase64url(new Uint8Array(32).fill(7)),
  };
  const clock = { now: () => Date.parse('2026-11-21T18:00:00.000Z') };
  const { roster } = foundCommunity(demoCommunity(), hub, { clock, random: systemRandom });
  const [contactPoint] = demoCommunity().coChairs;
  return {
    type: 'liaison-joining-kit' as const,
    v: 1 as const,
    contactPoint: contactPoint!,
    hubUrl: hub.origin,
    roster,
  };
}

beforeAll(cryptoReady);

describe('the code of an invitation', () => {
  it('is read however it is typed', () => {
    const text = invitationCodeText(code);
    expect(text).toMatch(/^([0-9A-Z]{5} ){11}[0-9A-Z]{3}$/);
    expect(readInvitationCode(text.toLowerCase().replaceAll(' ', '-'))).toEqual(code);
  });

  it('ENR-14: is refused where any character is mistyped', () => {
    const text = invitationCodeText(code);
    for (let index = 0; index < text.length; index += 1) {
      if (text[index] === ' ') continue;
      const wrong = text.slice(0, index) + (text[index] === '7' ? '8' : '7') + text.slice(index + 1);
      expect(() => readInvitationCode(wrong)).toThrow(expect.objectContaining({ details: { check: 'ENR-14' } }));
    }
  });
});

describe('an enrolment that waits', () => {
  it('is sealed, and opens again', () => {
    const pending = beginEnrolment(kit(), code, systemRandom);
    const sealed = sealPending(pending, 'a passphrase', sealing);
    expect(openPending(sealed, 'a passphrase')).toEqual(pending);
    expect(() => openPending(sealed, 'another')).toThrow('Wrong passphrase');
  });

  it('ENR-15: is refused where what was sealed is none', () => {
    const sealed = sealWithPassphrase(utf8(canonicalJson({ v: 1 })), 'x', { ...sealing, purpose: 'pending-enrolment' });
    expect(() => openPending(sealed, 'x')).toThrow(expect.objectContaining({ details: { check: 'ENR-15' } }));
  });

  it('does not begin with a kit whose roster nobody signed', () => {
    const good = kit();
    const altered = { ...good, roster: { ...good.roster, signatures: good.roster.signatures.slice(1) } };
    expect(() => beginEnrolment(altered, code, systemRandom)).toThrow(
      expect.objectContaining({ code: 'bad-signature', details: { check: 'ROS-06' } }),
    );
  });
});
