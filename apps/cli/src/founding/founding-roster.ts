import {
  assembleSignedRoster,
  coSign,
  draftRoster,
  type HubIdentity,
  type HubTransport,
  rosterEntryOf,
} from '#liaison/client';
import { decodeUntrustedRoster, fromUtf8, LiaisonError, ROUTES, SignedRoster, utf8 } from '#liaison/protocol';
import { readIfPresent, writePrivateFile } from '#liaison/client.node';
import { authorities, coChairKeys, type Founding, witnessKeysOf } from './sealed-keys.js';

/**
 * The founding roster, drafted and co-signed for this hub where there is none yet, and published.
 * @throws LiaisonError `conflict` where the hub is not the one that the roster names, or serves another community.
 */
export async function foundingRoster(founding: Founding, transport: HubTransport): Promise<SignedRoster> {
  const hub = ROUTES.getHub.response.parse(await transport.request('getHub', {}));
  const published = await publishedRoster(transport);
  const roster = (await rosterOnDisk(founding)) ?? (await signRoster(founding, hub, published));
  requireSameHub(roster, hub, founding.paths.folder);
  if (published === undefined) {
    await transport.request('putRoster', { body: roster });
    founding.say('Roster published: the hub serves it, and could change nothing in it.');
  } else if (communityOf(published) !== communityOf(roster)) {
    throw foreignCommunity(founding.paths.folder);
  }
  return roster;
}

async function rosterOnDisk({ paths }: Founding): Promise<SignedRoster | undefined> {
  const file = await readIfPresent(paths.roster);
  return file === undefined ? undefined : SignedRoster.parse(JSON.parse(fromUtf8(file)));
}

async function signRoster(
  founding: Founding,
  hub: HubIdentity,
  published: SignedRoster | undefined,
): Promise<SignedRoster> {
  if (published !== undefined) throw foreignCommunity(founding.paths.folder);
  const coChairs = await coChairKeys(founding);
  const connectors = await witnessKeysOf(founding);
  const witnessKeys = new Map([...connectors].map(([id, key]) => [id, key.publicKey] as const));
  const draft = draftRoster(
    {
      plan: founding.plan,
      coChairs: coChairs.map(rosterEntryOf),
      authorities: await authorities(founding),
      witnessKeys,
      hub,
    },
    founding.clock,
  );
  const roster = assembleSignedRoster(
    draft,
    coChairs.map((coChair) => coSign(draft, coChair.key)),
  );
  await writePrivateFile(founding.paths.roster, utf8(JSON.stringify(roster)));
  founding.say(
    `Roster of ${draft.contactPoints.length} contact points signed by ${draft.threshold} of ${coChairs.length} co-chairs.`,
  );
  return roster;
}

async function publishedRoster(transport: HubTransport): Promise<SignedRoster | undefined> {
  try {
    return SignedRoster.parse(await transport.request('getRoster', {}));
  } catch (error) {
    if (error instanceof LiaisonError && error.code === 'not-found') return undefined;
    throw error;
  }
}

/** Two communities have different founders' keys, whatever they call themselves. */
function communityOf(signed: SignedRoster): string {
  const { community, coChairs } = decodeUntrustedRoster(signed.roster);
  return [community, ...coChairs.map(({ keyId }) => keyId)].join(' ');
}

function requireSameHub(signed: SignedRoster, hub: HubIdentity, folder: string): void {
  const { origin, externalSenderKey, logKey } = decodeUntrustedRoster(signed.roster).hub;
  const sameKeys = externalSenderKey === hub.externalSenderKey && (logKey === undefined || logKey === hub.logKey);
  if (sameKeys && origin === hub.origin) return;
  const what = origin === hub.origin ? 'has other keys' : `calls itself ${hub.origin}, not ${origin}`;
  throw new LiaisonError(
    'conflict',
    `The demo community in ${folder} was founded with another hub: this one ${what}. Start that hub again, or move both the hub's data and this folder away and found anew.`,
  );
}

function foreignCommunity(folder: string): LiaisonError {
  return new LiaisonError(
    'conflict',
    `This hub serves a community already, and its founders' keys are not in ${folder}. Use their profiles, or give the hub an empty data folder.`,
  );
}
