import {
  type CertificateAuthority,
  openWithPassphrase,
  type PassphraseCost,
  parseCaCertificate,
  sealWithPassphrase,
  type SigningKey,
  signingKeyFromSeed,
} from '#liaison/crypto';
import {
  base64urlOf,
  base64urlUpTo,
  canonicalJson,
  equalBytes,
  fromBase64url,
  fromUtf8,
  LiaisonError,
  LIMITS,
  parseCanonicalJson,
  type RandomSource,
  toBase64url,
  utf8,
} from '#liaison/protocol';
import * as z from 'zod';

interface Sealing {
  readonly random: RandomSource;
  readonly cost?: PassphraseCost;
}

const CO_CHAIR_PURPOSE = 'co-chair-key';
const AUTHORITY_PURPOSE = 'authority';

const AuthorityFile = z.strictObject({
  certificate: base64urlUpTo(LIMITS.certificateBytes),
  seed: base64urlOf(32),
});

/** The file that a co-chair locks away: the key's seed under a passphrase (docs/spec/ceremony.md). */
export function sealCoChairKey(key: SigningKey, passphrase: string, sealing: Sealing): Uint8Array {
  return sealWithPassphrase(key.privateKey, passphrase, { ...sealing, purpose: CO_CHAIR_PURPOSE });
}

/** @throws LiaisonError as `openWithPassphrase`. */
export function openCoChairKey(file: Uint8Array, passphrase: string): SigningKey {
  return signingKeyFromSeed(openWithPassphrase(file, passphrase, { purpose: CO_CHAIR_PURPOSE }));
}

/** The file that a contact point locks away: certificate and key of its CA under a passphrase. */
export function sealAuthority(ca: CertificateAuthority<SigningKey>, passphrase: string, sealing: Sealing): Uint8Array {
  const content = { certificate: toBase64url(ca.certificate), seed: toBase64url(ca.key.privateKey) };
  return sealWithPassphrase(utf8(canonicalJson(content)), passphrase, { ...sealing, purpose: AUTHORITY_PURPOSE });
}

/** @throws LiaisonError as `openWithPassphrase`; `malformed` (CER-02) where key and certificate do not belong together. */
export function openAuthority(file: Uint8Array, passphrase: string): CertificateAuthority<SigningKey> {
  const opened = openWithPassphrase(file, passphrase, { purpose: AUTHORITY_PURPOSE });
  const parsed = AuthorityFile.safeParse(parseCanonicalJson(fromUtf8(opened)));
  if (!parsed.success) throw unusable();
  const certificate = fromBase64url(parsed.data.certificate);
  const key = signingKeyFromSeed(fromBase64url(parsed.data.seed));
  if (!equalBytes(parseCaCertificate(certificate).publicKey, key.publicKey)) throw unusable();
  return { certificate, key };
}

function unusable(): LiaisonError {
  return new LiaisonError('malformed', 'This file does not hold the key of a contact point CA with its certificate.', {
    check: 'CER-02',
  });
}
