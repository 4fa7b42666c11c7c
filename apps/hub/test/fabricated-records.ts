import type { Pool } from 'pg';
import { cryptoReady, generateSigningKey, signRecord, type SigningKey } from '#liaison/crypto';
import { nodeRecordHashing, systemClock, systemRandom } from '#liaison/crypto.node';
import {
  type ChannelId,
  ChannelProfile,
  contactPointOf,
  type DeviceAddress,
  encodeHeader,
  newId,
  type RecordEnvelope,
  type RecordHeader,
  type RecordId,
} from '#liaison/protocol';
import { AuthenticatedDevice } from '../src/access/authenticated-device.js';
import type { ChannelMember } from '../src/channels/channel-state.js';

await cryptoReady();

/** A device that can sign, and the proof that it has signed in. */
export interface TestDevice {
  readonly key: SigningKey;
  readonly proof: AuthenticatedDevice;
}

export function testDevice(address: string, clearance: AuthenticatedDevice['clearance'] = 'RESTRICTED'): TestDevice {
  const device = address as DeviceAddress;
  const key = generateSigningKey(systemRandom);
  const proof = AuthenticatedDevice.ofVerifiedSession({
    device,
    contactPoint: contactPointOf(device),
    clearance,
    duties: ['officer'],
    certificate: new Uint8Array(),
    certificateFingerprint: '',
    publicKey: key.publicKey,
    sessionId: newId(systemClock, systemRandom),
    sessionExpiresAt: systemClock.now() + 900_000,
    lacksSecondFactor: false,
  });
  return { key, proof };
}

export function freshId(): string {
  return newId(systemClock, systemRandom);
}

export const TEST_PROFILE = ChannelProfile.parse({
  v: 1,
  kind: 'bilateral',
  ceiling: 'RESTRICTED',
  releasableTo: ['bg', 'hu'],
  roles: { bg: ['administer', 'post', 'read'], hu: ['post', 'read'] },
  retention: { reviewDays: 180 },
  custody: 'none',
  exercise: false,
  postQuantum: false,
});

/** A channel at epoch 0, written as the Delivery Service would. */
export async function insertChannel(pool: Pool, members: readonly TestDevice[]): Promise<ChannelId> {
  const channel = freshId() as ChannelId;
  await pool.query(`INSERT INTO channels VALUES ($1, 0, 0, $2, now(), 'test')`, [channel, Buffer.alloc(32)]);
  await pool.query(`INSERT INTO channel_groups VALUES ($1, $2, 'RESTRICTED', '')`, [channel, TEST_PROFILE]);
  for (const [leafIndex, { proof, key }] of members.entries()) {
    await pool.query(`INSERT INTO channel_memberships VALUES ($1, $2, 0, NULL, $3, $4)`, [
      channel,
      proof.device,
      leafIndex,
      Buffer.from(key.publicKey),
    ]);
  }
  return channel;
}

export function membersOf(devices: readonly TestDevice[]): Map<DeviceAddress, ChannelMember> {
  return new Map(
    devices.map(({ proof, key }, leafIndex) => [
      proof.device,
      { device: proof.device, leafIndex, signatureKey: key.publicKey },
    ]),
  );
}

/** A record whose framing and signature are right, and whose ciphertext is noise. `change` spoils the header before it is signed. */
export function fabricateRecord(
  sender: TestDevice,
  channel: ChannelId,
  change: Readonly<Record<string, unknown>> = {},
  bodyBytes = 300,
): RecordEnvelope & { readonly id: RecordId } {
  const header = {
    v: 1,
    id: freshId() as RecordId,
    channel,
    epoch: 0,
    kind: 'message',
    sender: sender.proof.device,
    sentAt: new Date(systemClock.now()).toISOString(),
    marking: { classification: 'RESTRICTED', handling: ['H0'], caveats: [] },
    priority: 'routine',
    retention: { reviewDays: 180 },
    attachments: [],
    bodySize: bodyBytes,
    seen: { seq: 0, chain: 'A'.repeat(43) },
    ...change,
  } as RecordHeader;
  const body = systemRandom.bytes(bodyBytes);
  return { ...sealRecord(sender.key, header, body), id: header.id };
}

function sealRecord(key: SigningKey, header: RecordHeader, body: Uint8Array): RecordEnvelope {
  const headerText = encodeHeader(header);
  const headerHash = nodeRecordHashing.headerHash(Buffer.from(headerText));
  const mls = privateMessage(header.channel, header.epoch, headerHash);
  const hashes = nodeRecordHashing.recordHashes({ header: Buffer.from(headerText), body, mls });
  const text = (bytes: Uint8Array) => Buffer.from(bytes).toString('base64url');
  return { header: headerText, body: text(body), mls: text(mls), signature: text(signRecord(hashes, key)) };
}

/** RFC 9420 section 6.3, with noise for what is encrypted. */
function privateMessage(groupId: string, epoch: number, authenticatedData: Uint8Array): Uint8Array {
  const epochBytes = Buffer.alloc(8);
  epochBytes.writeBigUInt64BE(BigInt(epoch));
  return Buffer.concat([
    Buffer.from([0, 1, 0, 2]),
    vector(Buffer.from(groupId)),
    epochBytes,
    Buffer.from([1]),
    vector(authenticatedData),
    vector(systemRandom.bytes(28)),
    vector(systemRandom.bytes(200)),
  ]);
}

function vector(bytes: Uint8Array): Uint8Array {
  const length = bytes.length < 64 ? [bytes.length] : [0x40 | (bytes.length >> 8), bytes.length & 0xff];
  return Buffer.concat([Buffer.from(length), bytes]);
}
