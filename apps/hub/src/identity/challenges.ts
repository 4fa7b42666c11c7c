import { createHmac } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import type { Pool } from 'pg';
import {
  concatBytes,
  equalBytes,
  fromBase64url,
  LiaisonError,
  toBase64url,
  type Clock,
  type RandomSource,
} from '#liaison/protocol';
import { PG_POOL } from '../database/tokens.js';
import { HubKeys } from '../hub-keys/hub-keys.js';
import { CLOCK, RANDOM } from '../ports.js';

const LIFETIME_MS = 60_000;
const BODY_BYTES = 16;
const TAG_BYTES = 16;

/**
 * Sign-in nonces: expiry (6 bytes), random (10), HMAC-SHA-256 over both (16). Making one stores nothing, so nobody can fill
 * the database by asking; only one that a device signed in with is remembered, until it expires.
 */
@Injectable()
export class Challenges {
  constructor(
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(RANDOM) private readonly random: RandomSource,
    @Inject(PG_POOL) private readonly pool: Pool,
    private readonly keys: HubKeys,
  ) {}

  make(): { nonce: string; expiresAt: number } {
    const expiresAt = this.clock.now() + LIFETIME_MS;
    const expiry = Buffer.alloc(6);
    expiry.writeUIntBE(expiresAt, 0, 6);
    const body = concatBytes(expiry, this.random.bytes(BODY_BYTES - expiry.length));
    return { nonce: toBase64url(concatBytes(body, this.tag(body))), expiresAt };
  }

  /** @returns when it expires. @throws LiaisonError `unauthenticated` (SIN-01): not of this hub, or out of date. */
  requireLive(nonce: string): number {
    const bytes = fromBase64url(nonce);
    const body = bytes.subarray(0, BODY_BYTES);
    const expiresAt = Buffer.from(body).readUIntBE(0, 6);
    const now = this.clock.now();
    const isLive = now <= expiresAt && expiresAt <= now + LIFETIME_MS;
    if (isLive && equalBytes(bytes.subarray(BODY_BYTES), this.tag(body))) return expiresAt;
    throw unusable('SIN-01');
  }

  /** @throws LiaisonError `unauthenticated` (SIN-02) where it was used before, by this hub process or another. */
  async useUp(nonce: string, expiresAt: number): Promise<void> {
    const { rowCount } = await this.pool.query(
      `WITH forgotten AS (DELETE FROM used_challenges WHERE expires_at < $3)
       INSERT INTO used_challenges (nonce, expires_at) VALUES ($1, $2) ON CONFLICT DO NOTHING`,
      // A minute beyond its expiry, for hub processes whose clocks differ.
      [nonce, new Date(expiresAt + LIFETIME_MS), new Date(this.clock.now())],
    );
    if (rowCount !== 1) throw unusable('SIN-02');
  }

  private tag(body: Uint8Array): Uint8Array {
    return createHmac('sha256', this.keys.challengeKey).update(body).digest().subarray(0, TAG_BYTES);
  }
}

function unusable(check: string): LiaisonError {
  return new LiaisonError('unauthenticated', 'This sign-in nonce is used, out of date or not ours. Ask for another.', {
    check,
  });
}
