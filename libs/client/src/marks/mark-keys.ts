import type { ChannelId, RecordId } from '#liaison/protocol';

/** Where what concerns marks lies in the store. */
export const MARK_KEYS = {
  /** Consents, re-marks and withdrawals of one record, in the order of the channel. */
  about: (channel: ChannelId, record: RecordId) => `about/${channel}/${record}/`,
  /** One of them, by its place. */
  statement: (channel: ChannelId, record: RecordId, seq: number) =>
    `about/${channel}/${record}/${String(seq).padStart(16, '0')}`,
  /** Records that were made of others', still to be judged once all channels have been read: one short list, looked at after each event. */
  unjudged: 'unjudged',
  /** Withdrawals that this device has heeded and not yet said so: a list, as above. */
  attestations: (channel: ChannelId) => `attestation/${channel}`,
} as const;
