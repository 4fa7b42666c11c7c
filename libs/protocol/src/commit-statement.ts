import type * as z from 'zod';
import { fromUtf8, utf8 } from './bytes.js';
import { canonicalJson, parseCanonicalJson } from './canonical-json.js';
import { line } from './encoded.js';
import { explainIssues } from './explain.js';
import { LiaisonError } from './errors.js';
import { SeenPosition } from './header.js';

/** What the committer had processed, and why it commits: the authenticated data of a commit, which hub and members read alike. */
export const CommitStatement = SeenPosition.extend({
  /** The administrator's own words. The log keeps them in clear: never content. */
  purpose: line(300).optional(),
});
export type CommitStatement = z.infer<typeof CommitStatement>;

export function encodeCommitStatement(statement: CommitStatement): Uint8Array {
  return utf8(canonicalJson(statement));
}

/** @throws LiaisonError `malformed`. */
export function decodeCommitStatement(bytes: Uint8Array): CommitStatement {
  const parsed = CommitStatement.safeParse(parseCanonicalJson(fromUtf8(bytes)));
  if (parsed.success) return parsed.data;
  throw new LiaisonError('malformed', `What the commit says of itself is not valid: ${explainIssues(parsed.error)}.`);
}
