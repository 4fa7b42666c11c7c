import type { ProofPrompt } from '#liaison/client';
import { LiaisonError } from '#liaison/protocol';
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

/** Where nobody sits at a terminal a command does not wait for a browser. @throws LiaisonError `not-allowed`: with the link, which still works. */
export const unattendedPrompt: ProofPrompt = ({ link, code, expiresAt }) => {
  const message = [
    'A second proof is needed, and nobody sits at a terminal here. Until',
    `${expiresAt.slice(11, 19)} UTC an officer can open ${link} in a browser, compare the code ${code} and prove; then run the command again.`,
    'Or beforehand, and it waits: liaison second-factor prove',
  ];
  throw new LiaisonError('not-allowed', message.join(' '));
};
