import { createHash } from 'node:crypto';
import { type ContactPointId, DeviceAddress } from '#liaison/protocol';
import { cryptoReady, type SigningKey, signingKeyFromSeed } from '#liaison/crypto';
import { logOrigin, thresholdPolicy, type VerifierKey, verifierKey, type Witness, witnessName } from '#liaison/tlog';

/** Who the golden log is of: a hub and three contact points whose connectors witness it. Keys are hashes of their names. */

await cryptoReady();

export const seedOf = (name: string): Uint8Array =>
  new Uint8Array(createHash('sha256').update(`liaison golden log: ${name}`).digest());
export const keyOf = (name: string): SigningKey => signingKeyFromSeed(seedOf(name));

const COMMUNITY = 'black-sea-pilot';
export const ORIGIN = logOrigin('https://hub.example:8443');
export const CONTACT_POINTS = ['bg', 'hu', 'iq'] as ContactPointId[];

export const logKey = keyOf('log');
export const logVerifier = verifierKey('log', ORIGIN, logKey.publicKey);

export const witnessKeyOf = (contactPoint: ContactPointId): SigningKey => keyOf(`witness ${contactPoint}`);
export const nameOfWitness = (contactPoint: ContactPointId): string => witnessName(COMMUNITY, contactPoint);

export const witnessVerifiers: VerifierKey[] = CONTACT_POINTS.map((id) =>
  verifierKey('witness', nameOfWitness(id), witnessKeyOf(id).publicKey),
);

/** Two of the three. */
export const policy = thresholdPolicy([logVerifier], witnessVerifiers, 2);

export function witnessOf(contactPoint: ContactPointId): Witness {
  return { name: nameOfWitness(contactPoint), key: witnessKeyOf(contactPoint), logs: [logVerifier] };
}

export const device = (address: string): DeviceAddress => DeviceAddress.parse(address);
export const PETROVA = device('bg:petrova:desk-1');
export const HASSAN = device('iq:hassan:desk-1');
export const NAGY = device('hu:nagy:desk-2');

/** When the golden log begins. */
export const NOW = Date.UTC(2026, 10, 21, 18);
