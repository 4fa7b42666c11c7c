import { readFileSync } from 'node:fs';
import type { Json } from '../src/index.js';

/** The example with which docs/spec/header.md opens. */
export const headerExample = JSON.parse(
  /```json\n([\s\S]*?)```/.exec(readFileSync('docs/spec/header.md', 'utf8'))?.[1] ?? '',
) as Record<string, Json>;
