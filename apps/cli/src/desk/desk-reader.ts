import type { Host } from '../host.js';
import { installedCatalogue } from './installed-forms.js';
import type { Desk } from './open-desk.js';
import { type Reader, readerOf } from './reader.js';

/** Whoever sits at this desk: `--lang`, LIAISON_LANG, or the first language of the contact point that there are labels in. */
export async function readerAt(desk: Desk, host: Host, wanted?: string): Promise<Reader> {
  const { roster, me, timeZone } = desk;
  const catalogue = await installedCatalogue(desk, host);
  return readerOf({ roster, me, timeZone, wanted: wanted ?? host.environment.language, catalogue });
}
