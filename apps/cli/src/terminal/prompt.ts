import { createInterface } from 'node:readline/promises';
import { LiaisonError } from '#liaison/protocol';

const FOR_PROFILE = 'give --passphrase-file, or set LIAISON_PASSPHRASE_FILE';

/**
 * Asks for a line without showing what is typed.
 * @param otherwise what to do where nobody can be asked.
 * @throws LiaisonError `usage` where nobody sits at the terminal or the question is answered by Ctrl-C.
 */
export async function askHidden(question: string, otherwise: string = FOR_PROFILE): Promise<string> {
  const { stdin, stderr } = process;
  if (!stdin.isTTY) {
    throw new LiaisonError('usage', `Nobody is here to answer "${question.replace(/: *$/, '')}": ${otherwise}.`);
  }
  stdin.setEncoding('utf8');
  // Before the question: who pastes at once must not see it echoed.
  stdin.setRawMode(true);
  stderr.write(question);
  try {
    return await hiddenLine(stdin);
  } finally {
    stdin.setRawMode(false);
    stdin.pause();
    stderr.write('\n');
  }
}

async function hiddenLine(keys: AsyncIterable<unknown>): Promise<string> {
  let typed = '';
  for await (const chunk of keys) {
    for (const key of String(chunk)) {
      if (key === '\r' || key === '\n' || key === '\u0004') return typed;
      if (key === '\u0003') throw new LiaisonError('usage', 'Stopped: no passphrase was given.');
      if (key === '\u007f' || key === '\b') typed = Array.from(typed).slice(0, -1).join('');
      else if (key >= ' ') typed += key;
    }
  }
  return typed;
}

/**
 * Asks for a line.
 * @throws LiaisonError `usage` where nobody sits at the terminal.
 */
export async function askLine(question: string): Promise<string> {
  const { stdin, stderr } = process;
  if (!stdin.isTTY) throw new LiaisonError('usage', 'This asks for a word at a terminal; --yes answers it beforehand.');
  const lines = createInterface({ input: stdin, output: stderr });
  try {
    return (await lines.question(question)).trim();
  } finally {
    lines.close();
  }
}
