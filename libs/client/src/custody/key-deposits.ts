import { sealToPublicKey, sign } from '#liaison/crypto';
import {
  type CustodyDeposit,
  custodyContext,
  depositSignedBytes,
  LIMITS,
  timestampOf,
  toBase64url,
} from '#liaison/protocol';
import { raiseAlarm } from '../alarms.js';
import { asBreach, breach } from '../breach.js';
import type { ChannelReading } from '../channel-reading.js';
import type { Device } from '../device.js';
import type { Hub } from '../hub.js';
import { KEYS } from '../keys.js';
import type { AuthenticatedRecord } from '../record-pipeline.js';
import { jsonOf } from '../transaction.js';
import { type CustodyKey, custodyKeyOf } from './custody-key.js';

/**
 * Seals the content key of a record to the custody key of this device's own contact point, where it has one, in the transaction that
 * stores the record: what waits to be deposited is sealed already, and survives a crash.
 */
export async function queueDeposit(
  { device, transaction, trust }: ChannelReading,
  authenticated: SealedKey,
): Promise<void> {
  try {
    const key = custodyKeyOf(trust.contactPoint(device.contactPoint));
    if (key === undefined) return;
    const deposit = depositOf(device, key, authenticated);
    transaction.putJson(KEYS.custodyDeposit(deposit.channel, deposit.record), deposit);
  } catch (cause) {
    // A bad custody key keeps no record from its reader.
    await raiseAlarm(transaction, device.clock, asBreach('CLI-80', cause), {});
  }
}

type SealedKey = Pick<AuthenticatedRecord, 'record' | 'contentKey'>;

function depositOf(
  device: Device,
  { publicKey, keyId }: CustodyKey,
  { record, contentKey }: SealedKey,
): CustodyDeposit {
  const { channel, header, hashes } = record;
  const named = { channel, record: header.id, headerHash: toBase64url(hashes.headerHash) };
  const context = custodyContext({ contactPoint: device.contactPoint, ...named });
  const sealed = sealToPublicKey({ publicKey, context, plaintext: contentKey, random: device.random });
  const said = { ...named, keyId, sealed: toBase64url(sealed), at: timestampOf(device.clock) };
  const signature = sign('custody-deposit', depositSignedBytes(device.address, said), device.key);
  return { ...said, signature: toBase64url(signature) };
}

/** Takes what waits to the hub. A deposit that the hub refuses is an alarm: with all devices gone, that record would be lost. */
export class KeyDeposits {
  constructor(
    private readonly device: Device,
    private readonly hub: Hub,
  ) {}

  waiting(): Promise<number> {
    return this.device.transact(async (transaction) => (await transaction.stored(KEYS.custodyDeposits)).length);
  }

  /** The same deposit may be sent twice, where an answer was lost: it is kept once. @throws LiaisonError `integrity` CLI-03. */
  async send(): Promise<void> {
    for (;;) {
      const stored = await this.device.transact((transaction) =>
        transaction.stored(KEYS.custodyDeposits, { limit: LIMITS.depositsPerCall }),
      );
      if (stored.length === 0) return;
      const deposits = stored.map(({ value }) => jsonOf(value) as CustodyDeposit);
      const receipt = await this.hub.call('depositKeys', { body: { deposits } });
      if (receipt.deposits.length !== deposits.length) throw breach('CLI-03', 'Call: depositKeys.');
      await this.device.transact(async (transaction) => {
        for (const [place, { key }] of stored.entries()) {
          const [outcome, deposit] = [receipt.deposits[place], deposits[place]];
          transaction.delete(key);
          if (outcome === undefined || deposit === undefined || !('refused' in outcome)) continue;
          const refused = breach('CLI-82', `Its check: ${outcome.refused}.`);
          await raiseAlarm(transaction, this.device.clock, refused, { channel: deposit.channel });
        }
      });
    }
  }
}
