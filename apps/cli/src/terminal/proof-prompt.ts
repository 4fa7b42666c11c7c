import type { ProofPrompt } from '#liaison/client';
import type { Terminal } from './terminal.js';

/** Tells the officer where to make the second proof. The link is on a line of its own: terminals make it one to click. */
export function proofPrompt(terminal: Terminal): ProofPrompt {
  return ({ link, code, expiresAt }) => {
    for (const line of [
      'Your contact point asks for a second proof. Open this in a browser; it works once:',
      `  ${link}`,
      `The page has to show the code ${code}. Waiting until ${expiresAt.slice(11, 19)} UTC ...`,
    ])
      terminal.remark(line);
  };
}
