import type { GlobalOptions } from '../desk/open-desk.js';
import type { Host } from '../host.js';
import type { PassphraseSources } from './passphrase.js';

/** Where this process may find a passphrase. */
export function passphraseSources(host: Host, options: GlobalOptions): PassphraseSources {
  return { option: options.passphraseFile, environment: host.environment, ask: host.askHidden };
}
