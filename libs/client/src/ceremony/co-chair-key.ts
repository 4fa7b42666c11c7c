import { generateSigningKey, keyIdOf, type SigningKey } from '#liaison/crypto';
import { type ContactPointId, type RandomSource, type Roster, toBase64url } from '#liaison/protocol';

/** A co-chair's half of the power over the roster: kept offline, sealed by a passphrase that its holder alone knows. */
export interface CoChairKey {
  readonly contactPoint: ContactPointId;
  readonly key: SigningKey;
}

export function generateCoChairKey(contactPoint: ContactPointId, random: RandomSource): CoChairKey {
  return { contactPoint, key: generateSigningKey(random) };
}

/** The public half, as it stands in the roster. */
export function rosterEntryOf({ contactPoint, key }: CoChairKey): Roster['coChairs'][number] {
  return { contactPoint, keyId: keyIdOf(key.publicKey), publicKey: toBase64url(key.publicKey) };
}
