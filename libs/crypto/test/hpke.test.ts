import { expect, it } from '@jest/globals';
import { cryptoReady, deriveAgreementKey, hpkeOpen, hpkeSeal } from '#liaison/crypto';
import { bytesOf, scriptedRandom } from './fixtures.js';

await cryptoReady();

/** RFC 9180 appendix A.2.1: DHKEM(X25519, HKDF-SHA256), HKDF-SHA256, ChaCha20Poly1305, base mode, sequence number 0. */
const RFC_9180 = {
  info: bytesOf('4f6465206f6e2061204772656369616e2055726e'),
  ikmE: bytesOf('909a9b35d3dc4713a5e72a4da274b55d3d3821a37e5d099e74a647db583a904b'),
  enc: bytesOf('1afa08d3dec047a643885163f1180476fa7ddb54c6a8029ea33f95796bf2ac4a'),
  ikmR: bytesOf('1ac01f181fdf9f352797655161c58b75c656a6cc2716dcb66372da835542e1df'),
  pkRm: bytesOf('4310ee97d88cc1f088a5576c77ab0cf5c3ac797f3d95139c6c84b5429c59662a'),
  skRm: bytesOf('8057991eef8f1f1af18f4a9491d16a1ce333f695d4db8e38da75975c4478e0fb'),
  plaintext: bytesOf('4265617574792069732074727574682c20747275746820626561757479'),
  associated: bytesOf('436f756e742d30'),
  ciphertext: bytesOf('1c5250d8034ec2b784ba2cfd69dbdb8af406cfe3ff938e131f0def8c8b60b4db21993c62ce81883d2dd1b51a28'),
};

it('agrees with RFC 9180, appendix A.2.1', () => {
  const { info, associated, plaintext, ciphertext } = RFC_9180;
  const key = deriveAgreementKey(RFC_9180.ikmR);
  expect(key).toEqual({ publicKey: RFC_9180.pkRm, privateKey: RFC_9180.skRm });
  const random = scriptedRandom(RFC_9180.ikmE);
  const sealed = hpkeSeal({ publicKey: key.publicKey, info, associated, plaintext, random });
  expect(sealed).toEqual({ encapsulatedKey: RFC_9180.enc, ciphertext });
  expect(hpkeOpen({ key, info, associated, sealed })).toEqual(plaintext);
});
