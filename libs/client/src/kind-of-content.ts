import type { RecordBody, RecordHeader } from '#liaison/protocol';

/** Types of body that one kind alone carries: `true` where that kind carries nothing else. */
const CARRIERS: Partial<Record<RecordBody['type'], readonly [RecordHeader['kind'], only: boolean]>> = {
  acknowledgement: ['acknowledgement', true],
  attestation: ['erasure', true],
  'channel-title': ['profile', true],
  'template-pack': ['template', true],
  'history-request': ['grant', true],
  'history-keys': ['grant', true],
  release: ['cosign', false],
  draft: ['message', false],
  translation: ['message', false],
};

/** Kinds that say something of another record: their content is the officer's words, in its subject. */
const SPEAKING: readonly RecordHeader['kind'][] = ['consent', 'marking', 'withdrawal'];
const WORDS = new Set(['v', 'type', 'language', 'subject', 'releaseSalt']);

/**
 * What a member may post, and whether a second officer has to release it, is judged by the kind, which the hub sees: so the body, which it
 * cannot see, has to be of that kind.
 */
export function fitsKind({ kind, inReplyTo }: Pick<RecordHeader, 'kind' | 'inReplyTo'>, body: RecordBody): boolean {
  const carrier = CARRIERS[body.type];
  if (carrier !== undefined && carrier[0] !== kind) return false;
  const isTaken = Object.values(CARRIERS).some(([taken, only]) => only && taken === kind);
  if (isTaken && carrier === undefined) return false;
  if (SPEAKING.includes(kind)) return body.type === 'content' && Object.keys(body).every((name) => WORDS.has(name));
  return kind !== 'acknowledgement' || inReplyTo !== undefined;
}
