import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { fromBase64url } from '#liaison/protocol';
import { type Community, startCommunity } from '#liaison/testing';

const SUBJECT = 'Камион към Калотина, Abu Tariq';
const TITLE = 'Operation Balkan Axle';

describe('a thief of the whole database', () => {
  let community: Community;
  beforeAll(async () => {
    community = await startCommunity();
  });
  afterAll(() => community.stop());

  it('has headers and ciphertext: no content, no title, no key that opens or admits', async () => {
    const { sofia, budapest } = community;
    const channel = await sofia.opensChannelWith([budapest], { title: TITLE });
    await sofia.mustSend(channel, SUBJECT, { kind: 'alert' });
    await budapest.mustRead(channel, SUBJECT);

    const stolen = await community.hub.stolenDatabase();

    expect(stolen).toContain(sofia.device);
    expect(stolen).toContain(channel);
    for (const text of [SUBJECT, TITLE, 'Abu Tariq']) {
      for (const form of formsOf(new TextEncoder().encode(text))) expect(stolen).not.toContain(form);
    }
    for (const { profile } of [sofia, budapest]) {
      for (const secret of [profile.signingSeed, profile.storeKey]) {
        for (const form of formsOf(bytesOf(secret))) expect(stolen).not.toContain(form);
      }
    }
    for (const { key } of community.founded.authorities.values()) {
      for (const form of formsOf(key.privateKey)) expect(stolen).not.toContain(form);
    }
  });
});

function bytesOf(secret: string | Uint8Array): Uint8Array {
  return typeof secret === 'string' ? fromBase64url(secret) : secret;
}

/** As text, in hexadecimal, in both alphabets of base64. */
function formsOf(bytes: Uint8Array): string[] {
  const buffer = Buffer.from(bytes);
  return [
    buffer.toString('latin1'),
    buffer.toString('utf8'),
    buffer.toString('hex'),
    buffer.toString('base64url'),
    buffer.toString('base64'),
  ];
}
