import { text } from 'node:stream/consumers';

/** All of standard input, without the line end that ends it. */
export async function readInput(): Promise<string> {
  return (await text(process.stdin)).replace(/\r?\n$/, '');
}
