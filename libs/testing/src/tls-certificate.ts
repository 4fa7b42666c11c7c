import { createPrivateKey } from 'node:crypto';
import { generateSigningKey, type SigningKey } from '#liaison/crypto';
import { type RandomSource, toBase64url, utf8 } from '#liaison/protocol';
import { TAG, writeElement, writeSequence } from '../../crypto/src/der.js';
import { writeTbsCertificate } from '../../crypto/src/tbs-certificate.js';
import { newSerial, writeSigned } from '../../crypto/src/x509.js';
import { writeExtension } from '../../crypto/src/x509-extensions.js';
import { writeCaName } from '../../crypto/src/x509-names.js';

const DAY = 24 * 60 * 60 * 1000;
const DNS_NAME = 0x82;
const IP_ADDRESS = 0x87;

/** PEM: what a hub on this machine presents in TLS, signed by itself. Its certificate is all that a client need trust. */
export function hubTlsCertificate(random: RandomSource): { readonly certificate: string; readonly key: string } {
  const key = generateSigningKey(random);
  const name = writeCaName('hub', 'A hub in a test');
  // TLS goes by the time of this machine, whatever the clock of the test says.
  const now = Math.floor(Date.now() / 1000) * 1000;
  const names = writeSequence(
    writeElement(DNS_NAME, utf8('localhost')),
    writeElement(IP_ADDRESS, Uint8Array.of(127, 0, 0, 1)),
  );
  const tbs = writeTbsCertificate({
    serial: newSerial(random),
    issuer: name,
    subject: name,
    notBefore: now - DAY,
    notAfter: now + DAY,
    publicKey: key.publicKey,
    extensions: [
      writeExtension('keyUsage', true, writeElement(TAG.bitString, Uint8Array.of(7, 0x80))),
      writeExtension('subjectAltName', false, names),
    ],
  });
  return { certificate: pemOf(writeSigned(tbs, key)), key: keyPemOf(key) };
}

function pemOf(der: Uint8Array): string {
  const lines = Buffer.from(der).toString('base64').replace(/.{64}/g, '$&\n');
  return `-----BEGIN CERTIFICATE-----\n${lines.trimEnd()}\n-----END CERTIFICATE-----\n`;
}

function keyPemOf({ privateKey, publicKey }: SigningKey): string {
  const jwk = { kty: 'OKP', crv: 'Ed25519', d: toBase64url(privateKey), x: toBase64url(publicKey) };
  return createPrivateKey({ key: jwk, format: 'jwk' }).export({ type: 'pkcs8', format: 'pem' }).toString();
}
