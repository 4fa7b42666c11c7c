import { beforeAll, describe, expect, it } from '@jest/globals';
import sodium from 'libsodium-wrappers-sumo';
import { encodeMlsMessage } from 'ts-mls';
import { CodecError, CryptoError, CryptoVerificationError, InternalError, ValidationError } from 'ts-mls/mlsError.js';
import { decodeMessage } from '#liaison/mls-framing';
import { LiaisonError } from '#liaison/protocol';
import { received } from '../src/fault.js';
import { loadMls, type Mls } from '../src/index.js';
import { Channel, type Device, must, NOW, seededRandom, TRUSTING } from './community.js';

beforeAll(async () => sodium.ready);

describe('errors of the library', () => {
  it.each<[check: string, code: string, cause: Error]>([
    ['SES-01', 'bad-signature', new CryptoVerificationError('x')],
    ['SES-02', 'cannot-open', new CryptoError('x')],
    ['SES-03', 'malformed', new CodecError('x')],
    ['SES-04', 'integrity', new ValidationError('x')],
    ['SES-04', 'integrity', new InternalError('x')],
    ['SES-04', 'integrity', new RangeError('x')],
  ])('are told apart: %s %s', async (check, code, cause) => {
    const step = received('commit', async () => Promise.reject(cause));
    await expect(step).rejects.toMatchObject({ name: 'LiaisonError', code, details: { check, cause } });
  });

  it('leave ours as they are', async () => {
    const ours = new LiaisonError('not-allowed', 'no');
    await expect(received('commit', async () => Promise.reject(ours))).rejects.toBe(ours);
  });
});

describe('members who are not', () => {
  let mls: Mls;
  let channel: Channel;
  let anna: Device;
  let boris: Device;

  beforeAll(async () => {
    const random = seededRandom('nobody');
    mls = await loadMls(random);
    channel = new Channel(mls, random);
    [anna, boris] = ['anna', 'boris'].map((name) => channel.device(`bg:${name}:desk`)) as [Device, Device];
    await channel.create(anna);
    await channel.add(anna, [boris]);
  });

  it('SES-15: commit nothing', async () => {
    const message = decodeMessage((await mls.commitUpdate(must(anna.state))).commit, 'mls_public_message');
    const { publicMessage } = message;
    for (const leafIndex of [5, 4_000_000_000]) {
      const content = { ...publicMessage.content, sender: { senderType: 'member' as const, leafIndex } };
      const commit = encodeMlsMessage({ ...message, publicMessage: { ...publicMessage, content } });
      const step = mls.processCommit(must(boris.state), commit, TRUSTING);
      await expect(step).rejects.toMatchObject({ code: 'integrity', details: { check: 'SES-15' } });
    }
  });

  it('SES-06: have a certificate that names a device', async () => {
    const nameless = {
      ...TRUSTING,
      deviceOf: () => {
        throw new Error('no SAN');
      },
    };
    const { keyPackage } = await channel.keyPackage(channel.device('bg:clara:desk'));
    const step = mls.commitAdd(must(anna.state), [keyPackage], nameless, { at: NOW });
    await expect(step).rejects.toMatchObject({ code: 'integrity', details: { check: 'SES-06' } });
  });
});
