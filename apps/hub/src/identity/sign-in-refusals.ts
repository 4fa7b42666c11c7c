import { Inject, Injectable } from '@nestjs/common';
import type { Clock, DeviceAddress } from '#liaison/protocol';
import { LogAppender } from '../log/log-appender.js';
import { CLOCK } from '../ports.js';

/** One device for one reason: whoever tries again and again does not fill the log. */
const QUIET_MS = 60_000;
const MOST_KNOWN = 1_000;

/** Another hub process may have said it, or this one before it was started again. */
const REMEMBER = `
  INSERT INTO sign_in_refusals AS known (device, reason, last_at) VALUES ($1, $2, $3)
  ON CONFLICT (device, reason) DO UPDATE SET last_at = excluded.last_at
  WHERE known.last_at <= excluded.last_at - make_interval(secs => $4)`;

/** Sign-ins that were refused although a CA of the roster did certify the device: the log says so. Other claims could be anybody's. */
@Injectable()
export class SignInRefusals {
  /** So that most of them cost no statement. */
  private readonly last = new Map<string, number>();

  constructor(
    @Inject(CLOCK) private readonly clock: Clock,
    private readonly appender: LogAppender,
  ) {}

  /** @param reason a code, such as `revoked`. The claim was not proved, so the hub is who acts. */
  async log(device: DeviceAddress, reason: string): Promise<void> {
    const now = this.clock.now();
    const key = `${device} ${reason}`;
    if (now - (this.last.get(key) ?? Number.NEGATIVE_INFINITY) < QUIET_MS) return;
    this.remember(key, now);
    const at = new Date(now).toISOString();
    const act = { type: 'session.refused', at, actor: 'hub', subject: { device }, details: { reason } } as const;
    await this.appender.insertOnce(REMEMBER, [device, reason, at, QUIET_MS / 1000], act);
  }

  private remember(key: string, now: number): void {
    this.last.delete(key);
    this.last.set(key, now);
    const [oldest] = this.last.keys();
    if (this.last.size > MOST_KNOWN && oldest !== undefined) this.last.delete(oldest);
  }
}
