import { Subject } from 'rxjs';
import type { DeviceAddress } from '#liaison/protocol';

/** `reason` is what the socket's `closing` event says. */
export interface SessionEnd {
  readonly device: DeviceAddress;
  readonly sessionId: string;
  readonly reason: 'session-ended' | 'revoked';
}

/** Every session that ends before its time on this node, at the moment it does. */
export class SessionEnds extends Subject<SessionEnd> {}
