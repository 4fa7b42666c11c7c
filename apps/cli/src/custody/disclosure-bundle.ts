import type {
  CustodiansTrust,
  CustodyMaterial,
  CustodyResult,
  MaterialRecord,
  OpenedFromCustody,
} from '#liaison/client';
import { explainReasons } from '#liaison/policy';
import { decodeUntrustedRoster, type ReceiptProof, toBase64url } from '#liaison/protocol';
import { encodeTlogProof, encodeWitnessPolicy, type WitnessPolicy } from '#liaison/tlog';
import { disclosureReadme } from './disclosure-readme.js';

interface Disclosure {
  readonly material: CustodyMaterial;
  readonly result: CustodyResult;
  /** Whom the custodians believed, and whose word on the log counted for them. */
  readonly trust: CustodiansTrust;
  readonly policy: WitnessPolicy;
  /** Text of the script that verifies the bundle. */
  readonly verifier: string;
  readonly at: string;
}

/**
 * What a court is given: of records that were opened the content, of all that were asked for what their senders signed and the log says, and a
 * script that verifies it. Files by their path in the bundle.
 */
export function disclosureBundle({
  material,
  result,
  trust,
  policy,
  verifier,
  at,
}: Disclosure): ReadonlyMap<string, string> {
  const files = new Map<string, string>();
  const withheld = new Set<string>([...result.withheld, ...result.unsound].map(({ record }) => record));
  for (const record of material.records) {
    addProof(files, record.opened);
    if (!withheld.has(idOf(record))) addProof(files, record.stored);
  }
  for (const opened of result.opened) addRecord(files, opened);
  files.set('opening.json', pretty(material.opening));
  files.set('checkpoint', material.checkpoint);
  files.set('policy.txt', encodeWitnessPolicy(policy));
  files.set('roster.json', pretty(trust.newest.signed));
  for (const former of trust.former)
    files.set(`former-rosters/${decodeUntrustedRoster(former.roster).version}.json`, pretty(former));
  files.set('verify.mjs', verifier);
  const reasons = result.withheld.map(({ record, reasons: against }) => `${record}: ${explainReasons(against)}`);
  files.set(
    'README.txt',
    disclosureReadme({
      material,
      opened: result.opened.length,
      withheld: reasons,
      unsound: result.unsound.map(({ record, why }) => `${record}: ${why}`),
      lost: result.lost,
      at,
    }),
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
