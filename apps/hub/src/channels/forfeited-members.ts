import { Inject, Injectable } from '@nestjs/common';
import type { Pool } from 'pg';
import type { ChannelId, ContactPointId, DeviceAddress } from '#liaison/protocol';
import { PG_POOL } from '../database/tokens.js';
import { DeviceStanding, type Standing } from '../identity/device-standing.js';

/** Why a member may stay no longer, as the log says it. An expired certificate is no reason: its contact point may be late. */
const PURPOSES: Partial<Record<Standing['outcome'], string>> = {
  revoked: 'certificate revoked',
  'contact-point-inactive': 'contact point suspended or left',
  'unknown-contact-point': 'contact point not in the roster',
  'wrong-issuer': 'certificate of a replaced CA',
  'bad-signature': 'certificate of a replaced CA',
};

/** Certificates of the devices that are members of anything. */
const CERTIFICATES = `
  SELECT d.device, d.certificate FROM device_certificates d
  WHERE d.contact_point = $1
    AND EXISTS (SELECT FROM channel_memberships m WHERE m.device = d.device AND m.until_seq IS NULL)`;
const CHANNELS = `
  SELECT DISTINCT channel FROM channel_memberships WHERE until_seq IS NULL AND device = ANY ($1::text[])`;
const UNPROPOSED = `
  SELECT m.device, m.leaf_index, c.epoch::float8 AS epoch FROM channel_memberships m JOIN channels c ON c.id = m.channel
  WHERE m.channel = $1 AND m.until_seq IS NULL AND m.device = ANY ($2::text[])
    AND NOT EXISTS (SELECT FROM removal_proposals p
      WHERE p.channel = m.channel AND p.epoch = c.epoch AND p.leaf_index = m.leaf_index)`;

export interface ForfeitedMember {
  readonly device: DeviceAddress;
  readonly leaf_index: number;
  readonly epoch: number;
}

/** Judgements between which others get their turn. */
const AT_ONCE = 50;

/** Devices that may have forfeited their memberships, as of the newest roster and revocation lists. */
@Injectable()
export class ForfeitedMembers {
  private readonly devices = new Map<ContactPointId, ReadonlySet<DeviceAddress>>();

  constructor(
    @Inject(PG_POOL) private readonly pool: Pool,
    private readonly standing: DeviceStanding,
  ) {}

  /** @returns why whoever holds this certificate may stay no longer; undefined where they may. */
  purpose(certificate: Uint8Array): string | undefined {
    return PURPOSES[this.standing.check(certificate).outcome];
  }

  /** Judges every device of a contact point that is a member of anything. */
  async judge(contactPoint: ContactPointId): Promise<void> {
    const { rows } = await this.pool.query<{ device: DeviceAddress; certificate: Buffer }>(CERTIFICATES, [
      contactPoint,
    ]);
    const forfeited = new Set<DeviceAddress>();
    for (const [place, { device, certificate }] of rows.entries()) {
      if (this.purpose(certificate) !== undefined) forfeited.add(device);
      if (place % AT_ONCE === AT_ONCE - 1) await new Promise(setImmediate);
    }
    if (forfeited.size === 0) this.devices.delete(contactPoint);
    else this.devices.set(contactPoint, forfeited);
  }

  contactPoints(): readonly ContactPointId[] {
    return [...this.devices.keys()];
  }

  /** Whether one of them is among these. */
  isAmong(members: { has(device: DeviceAddress): boolean }): boolean {
    return this.all().some((device) => members.has(device));
  }

  async channels(contactPoints: readonly ContactPointId[]): Promise<ChannelId[]> {
    const devices = contactPoints.flatMap((contactPoint) => [...(this.devices.get(contactPoint) ?? [])]);
    if (devices.length === 0) return [];
    const { rows } = await this.pool.query<{ channel: ChannelId }>(CHANNELS, [devices]);
    return rows.map(({ channel }) => channel);
  }

  /** Those of a channel whose removal has not been proposed in its epoch. */
  async unproposed(channel: ChannelId): Promise<ForfeitedMember[]> {
    const { rows } = await this.pool.query<ForfeitedMember>(UNPROPOSED, [channel, this.all()]);
    return rows;
  }

  private all(): DeviceAddress[] {
    return [...this.devices.values()].flatMap((devices) => [...devices]);
  }
}
