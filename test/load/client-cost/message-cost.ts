import {
  bodyHash,
  generateSigningKey,
  headerHash,
  mlsHash,
  openBody,
  recordHashes,
  sealBody,
  sealedBodySize,
  type SigningKey,
  signingKeyFromSeed,
  signRecord,
  verifyRecord,
} from '#liaison/crypto';
import { systemClock, systemRandom } from '#liaison/crypto.node';
import { type GroupState, loadMls, type Mls } from '#liaison/mls-session';
import { concatBytes, encodeHeader, newId, RecordHeader, timestampOf, toBase64url, utf8 } from '#liaison/protocol';
import { BODY_BYTES } from '../generator/message-frames.js';
import type { Section } from '../measures.js';
import { TRUSTING_POLICY } from '../trusting-policy.js';
import { cpuTimeEach } from './cpu-time.js';
import { GROUP_PROFILE, groupDevices, keyPackageOf } from './load-group.js';

const MEMBERS = 50;
const MESSAGES = 500;
const CONTENT_KEY_BYTES = 32;

interface SealedRecord {
  readonly header: Uint8Array;
  readonly body: Uint8Array;
  readonly mls: Uint8Array;
  readonly signature: Uint8Array;
}

interface Channel {
  readonly id: string;
  readonly sender: GroupState;
  readonly receiver: GroupState;
  readonly key: SigningKey;
}

/** What a client pays for one message of BODY_BYTES in a room of 50: header, seal, MLS, hashes and signature; and the way back. */
export async function messageSection(): Promise<Section> {
  const mls = await loadMls(systemRandom);
  const channel = await foundChannel(mls);
  const records: SealedRecord[] = [];
  const protect = async (state: GroupState) => {
    const sealed = await protectMessage(mls, { ...channel, sender: state });
    records.push(sealed.record);
    return sealed.state;
  };
  const open = async (state: GroupState, index: number) =>
    openMessage(mls, { ...channel, receiver: state }, records[index]!);
  const warmSender = await cpuTimeEach(MESSAGES, channel.sender, protect);
  const sent = await cpuTimeEach(MESSAGES, warmSender.result, protect);
  const warmReceiver = await cpuTimeEach(MESSAGES, channel.receiver, open);
  const opened = await cpuTimeEach(MESSAGES, warmReceiver.result, (state, index) => open(state, MESSAGES + index));
  return {
    title: `Client, one message in a room of ${MEMBERS}`,
    measures: [
      { id: 'client.encrypt', name: 'header, seal, encrypt, sign', unit: 'ms', value: sent.ms },
      { id: 'client.decrypt', name: 'verify, decrypt, open', unit: 'ms', value: opened.ms },
    ],
  };
}

async function foundChannel(mls: Mls): Promise<Channel> {
  const [founder, ...others] = groupDevices(MEMBERS);
  const externalSenderKey = generateSigningKey(systemRandom).publicKey;
  const id = newId(systemClock, systemRandom);
  const created = await mls.createGroup({ ...founder!, groupId: utf8(id), profile: GROUP_PROFILE, externalSenderKey });
  const packages = await Promise.all(others.map((device) => keyPackageOf(mls, device)));
  const keyPackages = packages.map(({ keyPackage }) => keyPackage);
  const { pending, welcome } = await mls.commitAdd(created.state, keyPackages, TRUSTING_POLICY, {
    at: systemClock.now(),
  });
  const receiver = await mls.join({
    ...packages[0]!,
    welcome,
    signingSeed: others[0]!.signingSeed,
    hubKeys: [externalSenderKey],
    policy: TRUSTING_POLICY,
  });
  return { id, sender: pending, receiver, key: signingKeyFromSeed(founder!.signingSeed) };
}

async function protectMessage(
  mls: Mls,
  { id, sender, key }: Channel,
): Promise<{ record: SealedRecord; state: GroupState }> {
  const plaintext = systemRandom.bytes(BODY_BYTES);
  const header = utf8(headerText(id, sealedBodySize(plaintext.length)));
  const { body, contentKey } = sealBody({ plaintext, header, random: systemRandom });
  const hashes = { headerHash: headerHash(header), bodyHash: bodyHash(body) };
  const content = concatBytes(contentKey, hashes.bodyHash);
  const { state, message } = await mls.encrypt(sender, content, hashes.headerHash);
  const signature = signRecord({ ...hashes, mlsHash: mlsHash(message) }, key);
  return { state, record: { header, body, mls: message, signature } };
}

async function openMessage(mls: Mls, { receiver, key }: Channel, record: SealedRecord): Promise<GroupState> {
  if (!verifyRecord(recordHashes(record), record.signature, key.publicKey)) throw new Error('A signature is wrong.');
  const { state, plaintext } = await mls.decrypt(receiver, record.mls);
  openBody({ contentKey: plaintext.subarray(0, CONTENT_KEY_BYTES), body: record.body, header: record.header });
  return state;
}

function headerText(channel: string, bodySize: number): string {
  return encodeHeader(
    RecordHeader.parse({
      v: 1,
      id: newId(systemClock, systemRandom),
      channel,
      epoch: 1,
      kind: 'message',
      sender: 'load:officer-0:desk-1',
      sentAt: timestampOf(systemClock),
      marking: { classification: 'RESTRICTED', handling: [], caveats: [] },
      priority: 'routine',
      retention: { reviewDays: 365 },
      attachments: [],
      bodySize,
      seen: { seq: 0, chain: toBase64url(new Uint8Array(32)) },
    }),
  );
}
