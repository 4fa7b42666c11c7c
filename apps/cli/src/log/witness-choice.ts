import { readFile } from 'node:fs/promises';
import type { LiaisonClient } from '#liaison/client';
import { LiaisonError } from '#liaison/protocol';
import { decodeWitnessPolicy, type WitnessPolicy } from '#liaison/tlog';

/** Whose word is to count, as the command line names it. */
export interface WitnessChoice {
  /** A C2SP tlog-policy file. */
  readonly policy?: string;
  /** So many of the roster's witnesses. */
  readonly witnesses?: string;
}

/** @throws LiaisonError `usage` where the file cannot be read, `malformed` (LOG-21). */
export async function policyFile(path: string): Promise<WitnessPolicy> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (cause) {
    throw new LiaisonError('usage', `The witness policy ${path} cannot be read.`, { cause });
  }
  return decodeWitnessPolicy(text);
}

/** The file, or any so many of the roster's witnesses: by default more than half of them. */
export async function chosenPolicy(client: LiaisonClient, choice: WitnessChoice): Promise<WitnessPolicy> {
  if (choice.policy !== undefined) return policyFile(choice.policy);
  return client.log.policy(threshold(choice.witnesses));
}

function threshold(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  if (/^\d{1,3}$/.test(text)) return Number(text);
  throw new LiaisonError('usage', '--witnesses takes a number: so many of the roster’s witnesses must have cosigned.');
}
