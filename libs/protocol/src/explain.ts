import type * as z from 'zod';

/** Plain words for what a schema refused: where, and what was expected. Never the value itself, which may be content. */
export function explainIssues(error: z.ZodError): string {
  const shown = error.issues
    .slice(0, 5)
    .map((issue) => `${issue.path.map(String).join('.') || 'the value'}: ${issue.message}`);
  const more = error.issues.length - shown.length;
  return shown.join('; ') + (more > 0 ? `; and ${more} more` : '');
}
