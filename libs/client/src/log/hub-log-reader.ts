import { LiaisonError } from '#liaison/protocol';
import type { LogReader } from '#liaison/tlog';
import type { Hub } from '../hub.js';

/** The hub's log as files: its tiles and, of its entries, what concerns this device. */
export function hubLogReader(hub: Pick<Hub, 'call'>): LogReader {
  return {
    read: async (path) => {
      const [, level = '', ...place] = path.split('/');
      try {
        return level === 'entries'
          ? await hub.call('getLogEntryBundle', { params: { place } })
          : await hub.call('getLogTile', { params: { level, place } });
      } catch (error) {
        if (error instanceof LiaisonError && error.code === 'not-found') return undefined;
        throw error;
      }
    },
  };
}
