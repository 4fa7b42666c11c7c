/**
 * Module hooks of Node.js (`module.register`) for the tests: sources are imported as they stand, `.js` in a specifier finds the
 * `.ts` beside it, and `@jest/globals` is what the runner offers (the package itself refuses to load outside jest's sandbox).
 */
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { transform } from '@swc/core';
import { COMPILER } from '../../../scripts/compiler.mjs';

const GLOBALS = new URL('./globals.mjs', import.meta.url).href;

export async function resolve(specifier, context, nextResolve) {
  if (specifier === '@jest/globals') return { url: GLOBALS, format: 'module', shortCircuit: true };
  const sibling = /^(\.{1,2}\/.*)\.js(\?.*)?$/.exec(specifier);
  if (sibling === null || !isSource(context.parentURL)) return nextResolve(specifier, context);
  const [, name, query = ''] = sibling;
  try {
    return await nextResolve(`${name}.ts${query}`, context);
  } catch {
    return nextResolve(specifier, context);
  }
}

export async function load(url, context, nextLoad) {
  if (!isSource(url)) return nextLoad(url, context);
  const filename = fileURLToPath(url);
  const { code } = await transform(await readFile(filename, 'utf8'), { ...COMPILER, sourceMaps: 'inline', filename });
  return { format: 'module', source: code, shortCircuit: true };
}

function isSource(url) {
  return /^file:.*\.ts(\?.*)?$/.test(url) && !url.includes('/node_modules/');
}
