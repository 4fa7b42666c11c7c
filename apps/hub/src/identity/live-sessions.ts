import type { Clock, DeviceAddress } from '#liaison/protocol';
import { AuthenticatedDevice } from '../access/authenticated-device.js';
import { SessionEnds, type SessionEnd } from './session-ends.js';

interface LiveSession {
  readonly token: string;
  readonly device: AuthenticatedDevice;
  /** Milliseconds since 1970: until then the database need not be asked again. */
  readonly trustedUntil: number;
}

/** Another hub process may have ended the session; this one notices within that time. */
const TRUST_MS = 5_000;
const MOST_SESSIONS = 20_000;

/** The sessions that this hub process has seen: what it need not verify again, and whom it has to tell when they end. */
export class LiveSessions {
  private readonly byId = new Map<string, LiveSession>();
  private readonly idByToken = new Map<string, string>();

  constructor(
    private readonly clock: Clock,
    private readonly ends: SessionEnds,
    private readonly mostSessions = MOST_SESSIONS,
  ) {}

  /** The caller of a token that was verified within the last seconds. */
  find(token: string): AuthenticatedDevice | undefined {
    const session = this.byId.get(this.idByToken.get(token) ?? '');
    if (session === undefined) return undefined;
    const now = this.clock.now();
    return now < session.trustedUntil && now < session.device.sessionExpiresAt ? session.device : undefined;
  }

  add(token: string, device: AuthenticatedDevice): void {
    this.forget(device.sessionId);
    this.byId.set(device.sessionId, { token, device, trustedUntil: this.clock.now() + TRUST_MS });
    this.idByToken.set(token, device.sessionId);
    if (this.byId.size > this.mostSessions) this.makeRoom();
  }

  has(sessionId: string): boolean {
    return this.byId.has(sessionId);
  }

  end(sessionId: string, device: DeviceAddress, reason: SessionEnd['reason']): void {
    this.forget(sessionId);
    this.ends.next({ device, sessionId, reason });
  }

  /** Ends the sessions of which this holds. */
  endWhere(isOver: (device: AuthenticatedDevice) => boolean, reason: SessionEnd['reason']): void {
    for (const { device } of [...this.byId.values()]) {
      if (isOver(device)) this.end(device.sessionId, device.device, reason);
    }
  }

  private forget(sessionId: string): void {
    const session = this.byId.get(sessionId);
    if (session === undefined) return;
    this.byId.delete(sessionId);
    this.idByToken.delete(session.token);
  }

  /** A session that was forgotten could not be told of its end, so it is ended: first those that are over, then the oldest. */
  private makeRoom(): void {
    const now = this.clock.now();
    for (const { device } of [...this.byId.values()]) if (device.sessionExpiresAt <= now) this.forget(device.sessionId);
    const [oldest] = this.byId.values();
    if (this.byId.size > this.mostSessions && oldest !== undefined) {
      this.end(oldest.device.sessionId, oldest.device.device, 'session-ended');
    }
  }
}
