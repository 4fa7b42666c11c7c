/** What stands against an act: `reason.<code>` in every label pack, {@link explainReason} in English. */
export const REASON_CODES = [
  'above-ceiling',
  'above-clearance',
  'already-withdrawn',
  'asylum-origin',
  'asylum-seeker',
  'channel-closed',
  'clearance-below-ceiling',
  'consent-answers',
  'contact-point-inactive',
  'death-penalty',
  'exercise-mixed',
  'export-above-restricted',
  'fact-marked-stricter',
  'handling-h1',
  'handling-h2',
  'handling-text-too-long',
  'history-rule',
  'mark-too-lax',
  'minor',
  'national-understated',
  'no-agreement',
  'no-national-term',
  'no-role',
  'not-entitled',
  'not-originator',
  'not-releasable',
  'not-withdrawable',
  'origin-unknown',
  'outside-releasability',
  'release-authority',
  'release-content',
  'release-missing',
  'release-same-officer',
  'release-signature',
  'tlp',
  'too-many-sources',
  'unlisted-marking',
  'victim-consent',
  'withdrawn',
  'wrong-form',
] as const;
export type ReasonCode = (typeof REASON_CODES)[number];

export type ReasonValues = Readonly<Record<string, string | number | readonly string[]>>;

export interface Reason {
  readonly code: ReasonCode;
  /** What the sentence is filled with: names in docs/spec/policy.md. Codes and contact points, never content. */
  readonly values: ReasonValues;
}

export type Decision = { readonly allowed: true } | { readonly allowed: false; readonly reasons: readonly Reason[] };

/** Allowed where nothing stands against it. */
export function decide(reasons: readonly (Reason | undefined)[]): Decision {
  const against = reasons.filter((reason) => reason !== undefined);
  return against.length === 0 ? { allowed: true } : { allowed: false, reasons: against };
}

/** Allowed where each of them allows it; the reasons of all. */
export function allOf(decisions: readonly Decision[]): Decision {
  return decide(decisions.flatMap(reasonsOf));
}

export function reasonsOf(decision: Decision): readonly Reason[] {
  return decision.allowed ? [] : decision.reasons;
}

export function reason(code: ReasonCode, values: ReasonValues = {}): Reason {
  return { code, values };
}
