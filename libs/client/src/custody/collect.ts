import { parseDeviceCertificate, verifyRecord } from '#liaison/crypto';
import {
  type ChannelEvent,
  type CustodyOpening,
  fromBase64url,
  LiaisonError,
  type OpeningMaterial,
  type SignedRoster,
} from '#liaison/protocol';
import { breach } from '../breach.js';
import type { Hub } from '../hub.js';
import { type CustodyMaterial, type MaterialRecord, partsOf } from './material.js';

/** A record of an opening with the certificates of who signed; its entries are not proved yet. */
export type CollectedRecord = Omit<MaterialRecord, 'stored' | 'opened'> & Pick<OpeningMaterial, 'stored' | 'opened'>;

export interface CollectedOpening extends Pick<CustodyMaterial, 'formerRosters' | 'revocationLists'> {
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
    for (const each of page.records) collected.push(withCertificates(each));
    if (page.next <= after) throw breach('CLI-03', 'Call: collectOpening.');
    after = page.next;
  }
  return collected;
}

/** What nobody's certificate verifies is kept all the same, for the custodians to see. */
function withCertificates({ certificates, ...material }: OpeningMaterial): CollectedRecord {
  const about = material.about.map((event) => signed(event, certificates));
  return { ...material, ...signed(material.event, certificates), about };
}

/** By the certificate that was good when the record was stored, where several are of one key: it may have been renewed or revoked since. */
function signed(event: ChannelEvent, certificates: readonly string[]): Pick<MaterialRecord, 'event' | 'certificate'> {
  const parts = partsOf(event);
  if (parts === undefined) throw breach('CLI-03', 'Call: collectOpening.');
  const { hashes, signature } = parts;
  const found = certificates.filter((der) => {
    const { publicKey } = parseDeviceCertificate(fromBase64url(der));
    return verifyRecord(hashes, signature, publicKey);
  });
  const at = Date.parse(event.at);
  const then = found.find((der) => {
    const { notBefore, notAfter } = parseDeviceCertificate(fromBase64url(der));
    return notBefore <= at && at <= notAfter;
  });
  const certificate = then ?? found[0];
  return { event, ...(certificate !== undefined && { certificate }) };
}
