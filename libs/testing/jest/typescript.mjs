/** Preloaded into the workers of ./runner.mjs (`node --import`): TypeScript is compiled as it is imported. */
import { register } from 'node:module';

register('./typescript-hooks.mjs', import.meta.url);
