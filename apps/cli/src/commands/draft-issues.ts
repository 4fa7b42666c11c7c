import type * as z from 'zod';
import { LiaisonError } from '#liaison/protocol';

/** What the option behind each part of a record takes, as an officer writes it. */
const OPTIONS: Readonly<Record<string, string>> = {
  language: '--lang takes a language tag, such as bg, ckb or sr-Cyrl',
  subject: '--subject takes 1 to 300 characters',
  text: '--text takes 1 to 40,000 characters',
  sourceEvaluation: '--source is one of A, B, C, X',
  informationEvaluation: '--information is one of 1, 2, 3, 4',
  facts: '--facts takes a file of plain JSON',
  nationalMarking: '--national-marking takes 1 to 64 characters',
  handling: '--handling takes each code once',
  handlingText: '--handling-text takes 1 to 500 characters',
};

const CONTROL = 'and no control characters';

/** @returns LiaisonError `usage` that names the options at fault. */
export function draftFault(error: z.ZodError): LiaisonError {
  const told = error.issues.map((issue) => {
    const words = OPTIONS[String(issue.path[0])];
    if (words !== undefined) return issue.message.includes('control') ? `${words}, ${CONTROL}` : words;
    if (issue.message.includes('H3')) return 'the handling code H3 needs --handling-text "what it asks of the reader"';
    if (issue.message.includes('twice')) return '--handling takes each code once';
    return issue.message;
  });
  return new LiaisonError('usage', `This cannot be sent: ${[...new Set(told)].join('; ')}.`);
}
