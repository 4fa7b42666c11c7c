import { exportedSignedBytes, openedSignedBytes, type ExportedEvent, type OpenedEvent } from '#liaison/protocol';
import type { DeviceAddress } from '#liaison/protocol';
import type { LogAct } from '#liaison/tlog';

/** One sort of statement that devices sign about records: how it is checked, remembered and logged. */
export interface StatementKind<Event extends OpenedEvent | ExportedEvent> {
  readonly context: string;
  readonly signedBytes: (device: DeviceAddress, event: Event) => Uint8Array;
  /** Where it is kept which are in the log already. */
  readonly table: 'logged_openings' | 'logged_exports';
  readonly type: 'record.opened' | 'record.exported';
  readonly details: (event: Event) => Partial<LogAct>;
}

export const OPENED: StatementKind<OpenedEvent> = {
  context: 'record-opened',
  signedBytes: openedSignedBytes,
  table: 'logged_openings',
  type: 'record.opened',
  details: ({ at, purpose, signature }) => ({
    ...(purpose === undefined ? {} : { purpose }),
    details: { openedAt: at, signature },
  }),
};

export const EXPORTED: StatementKind<ExportedEvent> = {
  context: 'record-exported',
  signedBytes: exportedSignedBytes,
  table: 'logged_exports',
  type: 'record.exported',
  details: ({ at, purpose, authority, signature }) => ({
    purpose,
    authority,
    details: { exportedAt: at, signature },
  }),
};
