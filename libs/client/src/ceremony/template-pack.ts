import { isSigningPublicKey, keyIdOf, sign, verify } from '#liaison/crypto';
import { fromBase64url, LiaisonError, type Roster, type TemplatePackBody, toBase64url, utf8 } from '#liaison/protocol';
import { parseTemplatePack, type TemplatePack } from '#liaison/templates';
import type { CoChairKey } from './co-chair-key.js';

const CONTEXT = 'template pack';

export type PackSignature = TemplatePackBody['signatures'][number];
export type SignedPack = Pick<TemplatePackBody, 'pack' | 'signatures'>;

/** What of a roster says who may publish forms. */
export type PackAuthority = Pick<Roster, 'community' | 'threshold' | 'coChairs'>;

/** One co-chair's signature over the text of a pack, made apart from the others. */
export function signTemplatePack(pack: string, { key }: CoChairKey): PackSignature {
  return { keyId: keyIdOf(key.publicKey), signature: toBase64url(sign(CONTEXT, utf8(pack), key)) };
}

/** The co-chairs of the roster that signed this text, each once; signatures by other keys count nothing. */
export function packSigners(
  { pack, signatures }: SignedPack,
  roster: Pick<Roster, 'coChairs'>,
): Roster['coChairs'][number][] {
  const text = utf8(pack);
  return roster.coChairs.filter(({ publicKey, keyId }) => {
    const key = fromBase64url(publicKey);
    if (!isSigningPublicKey(key) || keyIdOf(key) !== keyId) return false;
    return signatures.some((each) => each.keyId === keyId && verify(CONTEXT, text, fromBase64url(each.signature), key));
  });
}

/**
 * docs/spec/template-pack.md.
 * @throws LiaisonError `integrity` TPK-01 where fewer co-chairs signed than the roster asks for, TPK-02 where the pack is of another community;
 * those of `parseTemplatePack`.
 */
export function verifyTemplatePack(signed: SignedPack, roster: PackAuthority): TemplatePack {
  const signers = packSigners(signed, roster);
  if (signers.length < roster.threshold) {
    const message = `The template pack is signed by ${signers.length} of the ${roster.threshold} co-chairs that it needs.`;
    throw new LiaisonError('integrity', message, { check: 'TPK-01' });
  }
  const pack = parseTemplatePack(signed.pack);
  if (pack.community !== roster.community)
    throw new LiaisonError('integrity', 'The template pack is of another community.', { check: 'TPK-02' });
  return pack;
}
