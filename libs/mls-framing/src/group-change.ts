import { canonicalJson, equalBytes, LiaisonError } from '#liaison/protocol';
import type { CommitPurpose, ParsedCommit } from './commit.js';
import type { GroupRules } from './group-extensions.js';

/** What a commit is for in the group that it changes: new rules are another profile, or another key of the hub. */
export type GroupChange = CommitPurpose | 'hub-key';

/**
 * @param before the rules of the epoch that the commit ends.
 * @throws LiaisonError `malformed` (FRM-17) where it changes both.
 */
export function groupChange(
  { purpose, rules }: Pick<ParsedCommit, 'purpose' | 'rules'>,
  before: GroupRules,
): GroupChange {
  if (rules === undefined || equalBytes(rules.externalSenderKey, before.externalSenderKey)) return purpose;
  if (canonicalJson(rules.profile) === canonicalJson(before.profile)) return 'hub-key';
  throw new LiaisonError('malformed', 'A change of the hub’s key and one of the profile travel in separate commits.', {
    check: 'FRM-17',
  });
}
