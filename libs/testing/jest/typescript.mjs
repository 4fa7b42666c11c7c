/** `node --import` this, in the workers of ./runner.mjs and in programs of tests: TypeScript is compiled as it is imported. */
import { register } from 'node:module';

register('./typescript-hooks.mjs', import.meta.url);
