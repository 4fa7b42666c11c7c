import {
  type CertificateAuthority,
  generateSigningKey,
  openWithPassphrase,
  type PassphraseCost,
  sealWithPassphrase,
  type SigningKey,
  signingKeyFromSeed,
} from '#liaison/crypto';
import {
  type CoChairKey,
  type CommunityPlan,
  type ContactPointPlan,
  foundAuthority,
  openAuthority,
  openCoChairKey,
  sealAuthority,
  sealCoChairKey,
  witnessing,
} from '#liaison/client';
import { readIfPresent, writePrivateFile } from '#liaison/client.node';
import type { ContactPointId, RandomSource } from '#liaison/protocol';
import type { Host } from '../host.js';
import { DEMO_PASSPHRASE_COST } from './demo-passphrase.js';
import type { DemoPaths } from './demo-paths.js';

/** What the steps of the founding have in common. */
export interface Founding extends Pick<Host, 'clock' | 'random' | 'reach'> {
  readonly plan: CommunityPlan;
  readonly paths: DemoPaths;
  readonly passphrase: string;
  /** A line of progress. */
  readonly say: (text: string) => void;
}

/** The co-chairs' keys: made where they are not there yet. */
export async function coChairKeys(founding: Founding): Promise<CoChairKey[]> {
  const keys: CoChairKey[] = [];
  for (const contactPoint of founding.plan.coChairs) {
    const what = { path: founding.paths.coChair(contactPoint), name: `Co-chair ${contactPoint}: key` };
    const key = await sealedOnce(founding, what, {
      make: () => generateSigningKey(founding.random),
      seal: sealCoChairKey,
      open: openCoChairKey,
    });
    keys.push({ contactPoint, key });
  }
  return keys;
}

const WITNESS = { purpose: 'witness-key' };

/** The keys of the connectors that witness the log: made where they are not there yet. */
export async function witnessKeysOf(founding: Founding): Promise<Map<ContactPointId, SigningKey>> {
  const keys = new Map<ContactPointId, SigningKey>();
  for (const { id } of witnessing(founding.plan)) {
    const what = { path: founding.paths.witness(id), name: `Witness of ${id}: key` };
    const key = await sealedOnce(founding, what, {
      make: () => generateSigningKey(founding.random),
      seal: ({ privateKey }, passphrase, sealing) =>
        sealWithPassphrase(privateKey, passphrase, { ...sealing, ...WITNESS }),
      open: (file, passphrase) => signingKeyFromSeed(openWithPassphrase(file, passphrase, WITNESS)),
    });
    keys.set(id, key);
  }
  return keys;
}

/** The contact points' certificate authorities: made where they are not there yet. */
export async function authorities(founding: Founding): Promise<Map<ContactPointId, CertificateAuthority>> {
  const made = new Map<ContactPointId, CertificateAuthority>();
  for (const point of founding.plan.contactPoints) made.set(point.id, await authorityOf(founding, point));
  return made;
}

function authorityOf(founding: Founding, point: ContactPointPlan): Promise<CertificateAuthority<SigningKey>> {
  const name = `${point.names['en'] ?? point.id}: certificate authority`;
  return sealedOnce(
    founding,
    { path: founding.paths.authority(point.id), name },
    {
      make: () => foundAuthority(point, generateSigningKey(founding.random), founding),
      seal: sealAuthority,
      open: openAuthority,
    },
  );
}

interface Kind<T> {
  readonly make: () => T;
  readonly seal: (made: T, passphrase: string, sealing: { random: RandomSource; cost: PassphraseCost }) => Uint8Array;
  readonly open: (file: Uint8Array, passphrase: string) => T;
}

/** Opens the sealed file, or makes and seals its content first. Durable before it is used. */
async function sealedOnce<T>(
  { passphrase, random, say }: Founding,
  { path, name }: { readonly path: string; readonly name: string },
  { make, seal, open }: Kind<T>,
): Promise<T> {
  const sealed = await readIfPresent(path);
  if (sealed !== undefined) return open(sealed, passphrase);
  const made = make();
  await writePrivateFile(path, seal(made, passphrase, { random, cost: DEMO_PASSPHRASE_COST }));
  say(`${name} made and sealed.`);
  return made;
}
