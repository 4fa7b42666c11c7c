import { toBase64url } from '#liaison/protocol';
import type { Checkpoint } from '#liaison/tlog';

interface Facts {
  readonly what: string;
  readonly device: string;
  readonly community: string;
  readonly at: string;
  readonly entries: number;
  readonly records: number;
  readonly tooNew: number;
  /** Records whose marks keep them out of proceedings, each with why. */
  readonly withheld: readonly string[];
  readonly checkpoint: Checkpoint;
}

/** For a reader who has never heard of any of this. */
export function exportReadme(facts: Facts): string {
  const { what, device, community, at, entries, records, tooNew, withheld, checkpoint } = facts;
  return `WHAT THIS IS

An excerpt of the log of "${community}", a community of national police contact points that exchange encrypted
records over a common hub. The hub writes each act on a record into one log: that it was stored, delivered, opened.

Excerpt:        ${what}
Made:           ${at} (UTC) by ${device}
Log:            ${checkpoint.origin}
Log entries:    ${entries} here, of ${checkpoint.size} in the log at the checkpoint
Records:        ${records}, without their content
Root hash:      ${toBase64url(checkpoint.root)}
${tooNew === 0 ? '' : `Left out:       ${tooNew} entries that are too new for this checkpoint\n`}
${withheldText(withheld)}HOW TO VERIFY IT

Install Node.js 20 or newer (nodejs.org) on a computer of your own and run, in this folder:

    node verify.mjs

It needs no network and nothing else. It prints a line for each thing that it verified, and "Everything in this folder
holds." at the end. If you do not want to rely on the keys in policy.txt, ask two contact points for the log's and the
witnesses' keys, write them into a file of the same form and run: node verify.mjs --policy <your file>
In the same way ask the co-chairs for the ids of their keys, and compare them with those that the script prints: all
certificates hang on them.
You need not trust the script either: it is short, and every format in this folder is public (c2sp.org, RFC 9162, RFC 8032,
RFC 5280). The files in tlog-proofs/ can be verified with other tools for C2SP tlog-proof.

WHAT IT PROVES

- Each entry in proofs/ stands in the hub's log, at that place, word for word. The hub signed the checkpoint and cannot take
  it back. Where witnesses cosigned it, they saw the same log, at the time that their cosignatures state.
- Each record in records/ was signed by the device that its header names, and is the one that the log entry is about. The
  certificate of the device is by the authority of its country, and that authority is in the roster that the co-chairs signed.

WHAT IT DOES NOT PROVE

- That the hub told the truth in an entry, such as the time: it proves what the hub said then.
- That an officer read what their device reports as opened.
- That the excerpt is complete. Entries have numbers; that none is missing is for the auditor of a contact point to say, who
  sees all that concerns it.
- The content of a record. It is encrypted, and not in this folder. Whoever holds it can show that it belongs to bodyHash.
- That a certificate was not revoked: ask the contact point for its revocation list at the time in question.

WHAT IS IN IT

checkpoint       the log's signed statement of its size and root hash, with cosignatures (C2SP tlog-checkpoint)
policy.txt       the keys of the log and of the witnesses, and how many witnesses are asked for (C2SP tlog-policy)
proofs/          entries of the log, each with its proof; the number is its place in the log
tlog-proofs/     the same as C2SP tlog-proof
records/         header, hashes of the encrypted parts, the sender's signature and certificate
roster.json      the contact points and their authorities, signed by the co-chairs
verify.mjs       the verifier
`;
}

function withheldText(withheld: readonly string[]): string {
  if (withheld.length === 0) return '';
  return `WITHHELD

Of these records the entries are here and the records are not, for their originator took them back or has not
consented to their use in proceedings:

${withheld.map((line) => `- ${line}`).join('\n')}

`;
}
