import type { CustodyMaterial } from '#liaison/client';

interface Facts {
  readonly material: CustodyMaterial;
  readonly opened: number;
  /** Records that were not opened, each with why. */
  readonly withheld: readonly string[];
  /** Records that are not what they should be, each with what was found. */
  readonly unsound: readonly string[];
  readonly lost: readonly string[];
  readonly at: string;
}

/** For a reader who has never heard of any of this. */
export function disclosureReadme({ material, opened, withheld, unsound, lost, at }: Facts): string {
  const { opening, contactPoint } = material;
  return `WHAT THIS IS

Records of the police contact point "${contactPoint}", opened from its custody. The contact point exchanges encrypted records with others over a
common hub that cannot read them. It keeps the key of each record it had under a custody key, of which several custodians hold shares. They met to
open these, and only these.

Asked for by:   ${opening.device}, ${opening.at} (UTC)
Agreed to by:   ${opening.approval?.device ?? 'one administrator is enough there'}
Authority:      ${opening.authority}
Reason:         ${opening.reason}
Opened:         ${at} (UTC)
Records:        ${opened} with their content, of ${opening.records.length} that were asked for

${section('NOT OPENED', 'The rules of their originators forbid it, or they were taken back:', withheld)}${section('NOT SOUND', 'What their senders signed, or the log, does not bear them out:', unsound)}${section('LOST', 'No deposit gives their key:', lost)}HOW TO VERIFY IT

Install Node.js 20 or newer (nodejs.org) on a computer of your own and run, in this folder:

    node verify.mjs

It needs no network and nothing else. It prints a line for each thing that it verified, and "Everything in this folder
holds." at the end. If you do not want to rely on the keys in policy.txt and roster.json, ask two contact points for the log's and the
witnesses' keys and the co-chairs for the ids of theirs: node verify.mjs --policy <your file>

WHAT IT PROVES

- Each content in content/ is what the record's sender encrypted and signed, word for word: the script decrypts it anew, with the key beside it.
- Each record was stored at the time that the hub's log says, and the log cannot be changed without everybody noticing.
- The opening was asked for by the officer named above, and stood in the log before anything was given out.

WHAT IT DOES NOT PROVE

- That what a record says is true.
- That a certificate was not revoked: ask the contact point for its revocation list at the time in question.
- That there are no other records: ask the auditor of a contact point.

WHAT IS IN IT

content/         content, with the key and the encrypted body that it was opened from. In clear: guard it as its marking says
records/         header, hashes of the encrypted parts, the sender's signature and certificate
opening.json     the request to open, with signatures and certificates
proofs/          entries of the log, each with its proof
tlog-proofs/     the same as C2SP tlog-proof
checkpoint       the log's signed statement of its size and root hash, with cosignatures
policy.txt       the keys of the log and of the witnesses
roster.json      the contact points and their authorities, signed by the co-chairs
former-rosters/  older versions of it, for authorities that were replaced since; where there are any
verify.mjs       the verifier
`;
}

function section(title: string, lead: string, lines: readonly string[]): string {
  return lines.length === 0 ? '' : `${title}\n\n${lead}\n\n${lines.map((line) => `- ${line}`).join('\n')}\n\n`;
}
