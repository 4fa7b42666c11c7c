import {
  type ChannelEvent,
  type CustodyOpening,
  LiaisonError,
  type OpeningMaterial,
  type SignedRoster,
} from '#liaison/protocol';
import { breach } from '../breach.js';
import type { Hub } from '../hub.js';
import { type MaterialRecord, partsOf } from './material.js';
import { signingCertificate } from './signing-certificate.js';

/** A record of an opening with the certificates of who signed; its entries are not proved yet. */
export type CollectedRecord = Omit<MaterialRecord, 'stored' | 'opened'> & Pick<OpeningMaterial, 'stored' | 'opened'>;

export interface CollectedOpening {
  readonly opening: CustodyOpening;
  readonly roster: SignedRoster;
  readonly records: readonly CollectedRecord[];
}

/** Page by page. @throws LiaisonError `not-found` where nothing may be collected. */
export async function collectRecords(hub: Hub, { id, records }: CustodyOpening): Promise<CollectedRecord[]> {
  const collected: CollectedRecord[] = [];
  for (let after = 0; after < records.length;) {
    const page = await hub.call('collectOpening', { params: { opening: id }, query: { after } });
    if (page.records.length === 0)
      throw new LiaisonError('not-found', 'This opening waits for a second administrator, or has run out: ask again.');
    for (const each of page.records) collected.push(await withCertificates(hub, each));
    if (page.next <= after) throw breach('CLI-03', 'Call: collectOpening.');
    after = page.next;
  }
  return collected;
}

async function withCertificates(hub: Hub, material: OpeningMaterial): Promise<CollectedRecord> {
  const about = [];
  for (const event of material.about) about.push(await signed(hub, event));
  return { ...material, ...(await signed(hub, material.event)), about };
}

async function signed(hub: Hub, event: ChannelEvent): Promise<{ event: ChannelEvent; certificate: string }> {
  const parts = partsOf(event);
  if (parts === undefined) throw breach('CLI-03', 'Call: collectOpening.');
  const { header, hashes, signature } = parts;
  return { event, certificate: await signingCertificate(hub, { sender: header.sender, hashes, signature }) };
}
