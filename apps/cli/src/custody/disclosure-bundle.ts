import type { CustodyMaterial, CustodyResult, MaterialRecord, OpenedFromCustody } from '#liaison/client';
import { explainReasons } from '#liaison/policy';
import { type ReceiptProof, type SignedRoster, toBase64url } from '#liaison/protocol';
import { encodeTlogProof } from '#liaison/tlog';
import { disclosureReadme } from './disclosure-readme.js';

interface Disclosure {
  readonly material: CustodyMaterial;
  readonly result: CustodyResult;
  readonly roster: SignedRoster;
  /** Text of the script that verifies the bundle. */
  readonly verifier: string;
  readonly at: string;
}

/**
 * What a court is given: of records that were opened the content, of all that were asked for what their senders signed and the log says, and a
 * script that verifies it. Files by their path in the bundle.
 */
export function disclosureBundle({ material, result, roster, verifier, at }: Disclosure): ReadonlyMap<string, string> {
  const files = new Map<string, string>();
  const withheld = new Set<string>(result.withheld.map(({ record }) => record));
  for (const record of material.records) {
    addProof(files, record.opened);
    if (!withheld.has(idOf(record))) addProof(files, record.stored);
  }
  for (const opened of result.opened) addRecord(files, opened);
  files.set('opening.json', pretty(material.opening));
  files.set('checkpoint', material.checkpoint);
  files.set('policy.txt', material.policy);
  files.set('roster.json', pretty(roster));
  files.set('verify.mjs', verifier);
  const reasons = result.withheld.map(({ record, reasons: against }) => `${record}: ${explainReasons(against)}`);
  files.set(
    'README.txt',
    disclosureReadme({ material, opened: result.opened.length, withheld: reasons, lost: result.lost, at }),
  );
  return files;
}

function addProof(files: Map<string, string>, proof: ReceiptProof): void {
  const name = String(proof.index).padStart(9, '0');
  files.set(`proofs/${name}.json`, pretty(proof));
  files.set(`tlog-proofs/${name}.tlog-proof`, encodeTlogProof(proof));
}

function addRecord(files: Map<string, string>, { record, parts, contentKey, content }: OpenedFromCustody): void {
  const { header, hashes, event, signature, body } = parts;
  const name = `${header.channel}.${header.id}.json`;
  const evidence = {
    record: header.id,
    header: event.record.header,
    bodyHash: toBase64url(hashes.bodyHash),
    mlsHash: toBase64url(hashes.mlsHash),
    signature: toBase64url(signature),
    certificate: record.certificate,
  };
  files.set(`records/${name}`, pretty(evidence));
  const disclosed = { contentKey: toBase64url(contentKey), body: body && toBase64url(body), content };
  files.set(`content/${name}`, pretty(disclosed));
}

/** By its proof, whose entry was held against the record. */
function idOf({ opened }: MaterialRecord): string {
  const { subject } = JSON.parse(opened.entry) as { subject: { record: string } };
  return subject.record;
}

const pretty = (value: object) => `${JSON.stringify(value, null, 2)}\n`;
