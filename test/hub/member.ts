import { io, type Socket } from 'socket.io-client';
import { parseDeviceCertificate, sealBody, sealedBodySize, sign, signRecord } from '#liaison/crypto';
import { nodeRecordHashing, systemClock, systemRandom } from '#liaison/crypto.node';
import {
  epochOf,
  leafKeyAt,
  ownLeafIndex,
  type CommitPolicy,
  type GroupState,
  type Mls,
  loadMls,
} from '#liaison/mls-session';
import {
  type ChannelDetail,
  type ChannelEvent,
  type ChannelId,
  ChannelProfile,
  type ClaimedKeyPackages,
  type CommitReceipt,
  concatBytes,
  encodeHeader,
  type EventPage,
  fromBase64url,
  type HUB_EVENTS,
  type LeavingRequest,
  leavingSignedBytes,
  newId,
  type PendingWelcome,
  type Receipt,
  type RecordEnvelope,
  type RecordHeader,
  SOCKET_PATH,
  toBase64url,
  utf8,
} from '#liaison/protocol';
import { callHub, type HubAnswer, type HubCommunity, type HubDevice, mustCallHub } from '#liaison/testing';
import type * as z from 'zod';

type RouteCall = Parameters<typeof callHub>;

/** A hub in this process or in one of its own. */
interface Reachable {
  readonly url: string;
}

/** The hub is the subject here, so members believe each other. */
const TRUSTING: CommitPolicy = {
  validateCredential: () => ({ ok: true }),
  authorize: () => ({ ok: true }),
  deviceOf: (certificate) => parseDeviceCertificate(certificate).device,
};

export const PROFILE = ChannelProfile.parse({
  v: 1,
  kind: 'multilateral',
  ceiling: 'RESTRICTED',
  releasableTo: ['bg', 'hu'],
  roles: { bg: ['administer', 'post', 'read'], hu: ['post', 'read'] },
  retention: { reviewDays: 180 },
  custody: 'none',
  exercise: false,
  postQuantum: false,
});

/** KeyPackages: each costs the device that makes it and the hub that verifies it. */
const FEW = 2;
const DAY = 24 * 60 * 60 * 1000;

/** A device with real MLS state that speaks to the hub in raw calls. */
export class Member {
  readonly groups = new Map<ChannelId, GroupState>();
  private readonly keyPackages = new Map<string, { keyPackage: Uint8Array; secrets: Uint8Array }>();
  /** KeyPackages at the hub that no member has claimed. */
  private unclaimed = 0;

  private constructor(
    readonly hub: Reachable,
    readonly device: HubDevice,
    readonly token: string,
    readonly mls: Mls,
    private readonly externalSenderKey: Uint8Array,
  ) {}

  static async join(
    hub: Reachable,
    community: HubCommunity,
    address: string,
    enrolment: Parameters<HubCommunity['enrol']>[1] = {},
    keyPackages = FEW,
  ): Promise<Member> {
    const device = community.enrol(address, enrolment);
    const { token } = await community.signIn(device);
    const { externalSenderKey } = (await mustCallHub(hub.url, 'getHub')) as { externalSenderKey: string };
    const mls = await loadMls(systemRandom);
    const member = new Member(hub, device, token, mls, fromBase64url(externalSenderKey));
    await member.publishKeyPackages(keyPackages);
    return member;
  }

  get address() {
    return this.device.address;
  }

  get signer() {
    return { certificate: this.device.certificate, signingSeed: this.device.key.privateKey };
  }

  call(name: RouteCall[1], call: RouteCall[2] = {}): Promise<HubAnswer> {
    return callHub(this.hub.url, name, { ...call, token: this.token });
  }

  must(name: RouteCall[1], call: RouteCall[2] = {}): Promise<unknown> {
    return mustCallHub(this.hub.url, name, { ...call, token: this.token });
  }

  async publishKeyPackages(count: number): Promise<void> {
    const seconds = Math.floor(systemClock.now() / 1000) * 1000;
    const lifetime = { notBefore: seconds - 3_600_000, notAfter: seconds + 30 * DAY };
    const texts: string[] = [];
    for (let index = 0; index < count; index += 1) {
      const made = await this.mls.createKeyPackage({ ...this.signer, lifetime, lastResort: false });
      this.keyPackages.set(made.reference, made);
      texts.push(toBase64url(made.keyPackage));
    }
    await this.must('addKeyPackages', { body: { keyPackages: texts } });
    this.unclaimed += count;
  }

  /** After one of them was claimed. */
  private async replenish(): Promise<void> {
    this.unclaimed -= 1;
    if (this.unclaimed < FEW) await this.publishKeyPackages(FEW);
  }

  async draftGroup(profile: ChannelProfile = PROFILE, id: string = newId(systemClock, systemRandom)) {
    const made = await this.mls.createGroup({
      ...this.signer,
      groupId: utf8(id),
      profile,
      externalSenderKey: this.externalSenderKey,
    });
    return { id: id as ChannelId, ...made };
  }

  async create(profile: ChannelProfile = PROFILE): Promise<ChannelId> {
    const { id, state, groupInfo } = await this.draftGroup(profile);
    await this.must('createChannel', { body: { groupInfo: toBase64url(groupInfo) } });
    this.groups.set(id, state);
    return id;
  }

  state(channel: ChannelId): GroupState {
    const state = this.groups.get(channel);
    if (state === undefined) throw new Error(`${this.address} has no group ${channel}.`);
    return state;
  }

  async claim(...others: readonly Member[]): Promise<Uint8Array[]> {
    const { claimed } = (await this.must('claimKeyPackages', {
      body: { devices: others.map(({ address }) => address) },
    })) as z.infer<typeof ClaimedKeyPackages>;
    for (const other of others) await other.replenish();
    return claimed.map(({ keyPackage }) => fromBase64url(keyPackage ?? ''));
  }

  async draftAdd(channel: ChannelId, ...others: readonly Member[]) {
    const keyPackages = await this.claim(...others);
    return this.mls.commitAdd(this.state(channel), keyPackages, TRUSTING, { at: systemClock.now() });
  }

  submitCommit(
    channel: ChannelId,
    commit: { commit: Uint8Array; groupInfo: Uint8Array; welcome?: Uint8Array },
  ): Promise<HubAnswer> {
    const { welcome } = commit;
    return this.call('submitCommit', {
      params: { channel },
      body: {
        commit: toBase64url(commit.commit),
        groupInfo: toBase64url(commit.groupInfo),
        ...(welcome !== undefined && { welcome: toBase64url(welcome) }),
      },
    });
  }

  async add(channel: ChannelId, ...others: readonly Member[]): Promise<CommitReceipt> {
    const drafted = await this.draftAdd(channel, ...others);
    const receipt = await this.accepted(channel, drafted);
    for (const other of others) await other.acceptWelcome(channel);
    return receipt;
  }

  leafOf(channel: ChannelId, detail: ChannelDetail, other: Member): number {
    const found = detail.members.find(({ device }) => device === other.address);
    if (found === undefined) throw new Error(`${other.address} is no member of ${channel}.`);
    return found.leafIndex;
  }

  async draftRemove(channel: ChannelId, other: Member) {
    const detail = (await this.must('getChannel', { params: { channel } })) as ChannelDetail;
    return this.mls.commitRemove(this.state(channel), [this.leafOf(channel, detail, other)]);
  }

  async remove(channel: ChannelId, other: Member): Promise<CommitReceipt> {
    return this.accepted(channel, await this.draftRemove(channel, other));
  }

  /** Submits a commit that must be accepted, and goes on with its state. */
  async accepted(
    channel: ChannelId,
    drafted: { pending: GroupState; commit: Uint8Array; groupInfo: Uint8Array; welcome?: Uint8Array },
  ): Promise<CommitReceipt> {
    const { status, body } = await this.submitCommit(channel, drafted);
    if (status !== 200) throw new Error(`The commit was refused: ${JSON.stringify(body)}`);
    this.groups.set(channel, drafted.pending);
    return body as CommitReceipt;
  }

  async waitingWelcomes(): Promise<PendingWelcome[]> {
    return ((await this.must('listWelcomes')) as { welcomes: PendingWelcome[] }).welcomes;
  }

  async acceptWelcome(channel: ChannelId): Promise<PendingWelcome> {
    const welcomes = await this.waitingWelcomes();
    const waiting = welcomes.findLast((welcome) => welcome.channel === channel);
    if (waiting === undefined) throw new Error(`No Welcome waits for ${this.address}.`);
    for (const own of this.keyPackages.values()) {
      const state = await this.mls
        .join({
          welcome: fromBase64url(waiting.welcome),
          keyPackage: own.keyPackage,
          secrets: own.secrets,
          signingSeed: this.device.key.privateKey,
          hubKeys: [this.externalSenderKey],
          policy: TRUSTING,
        })
        .catch(() => undefined);
      if (state !== undefined) this.groups.set(channel, state);
    }
    await this.must('endWelcome', { params: { welcome: waiting.id } });
    return waiting;
  }

  async draftRejoin(channel: ChannelId) {
    const { groupInfo } = (await this.must('getGroupInfo', { params: { channel } })) as { groupInfo: string };
    return this.mls.rejoin({
      ...this.signer,
      groupInfo: fromBase64url(groupInfo),
      hubKeys: [this.externalSenderKey],
      policy: TRUSTING,
    });
  }

  /** Processes the commits after the epoch of the own state. */
  async synchronise(channel: ChannelId): Promise<void> {
    for (const event of await this.allEvents(channel)) {
      const state = this.state(channel);
      if (event.type !== 'commit' || event.epoch < epochOf(state)) continue;
      const processed = await this.mls.processCommit(state, fromBase64url(event.commit), TRUSTING);
      this.groups.set(channel, processed.state);
    }
  }

  /** All that this device may read, page by page. */
  async allEvents(channel: ChannelId): Promise<ChannelEvent[]> {
    const all: ChannelEvent[] = [];
    for (;;) {
      const { events } = await this.events(channel, all.at(-1)?.seq ?? 0);
      if (events.length === 0) return all;
      all.push(...events);
    }
  }

  leaf(channel: ChannelId): number {
    return ownLeafIndex(this.state(channel));
  }

  /** base64url. */
  leafKey(channel: ChannelId): string {
    return toBase64url(leafKeyAt(this.state(channel), this.leaf(channel)) ?? new Uint8Array());
  }

  /** What a member signs that leaves. */
  leaving(channel: ChannelId, { key = this.device.key, seq = 1, leaf = this.leafKey(channel) } = {}): LeavingRequest {
    const said = { at: new Date(systemClock.now()).toISOString(), leaf, seq };
    const signed = leavingSignedBytes({ ...said, channel, device: this.address });
    return { ...said, signature: toBase64url(sign('channel-leaving', signed, key)) };
  }

  async seal(
    channel: ChannelId,
    change: Partial<Record<keyof RecordHeader, unknown>> = {},
    text = 'Three women, red van.',
  ): Promise<RecordEnvelope & { id: string }> {
    const content = utf8(JSON.stringify({ v: 1, type: 'content', language: 'en', subject: text }));
    const header = this.header(channel, change);
    const headerText = encodeHeader({ ...header, bodySize: header.bodySize + sealedBodySize(content.length) });
    const { contentKey, body } = sealBody({ plaintext: content, header: utf8(headerText), random: systemRandom });
    const headerHash = nodeRecordHashing.headerHash(utf8(headerText));
    const inner = concatBytes(contentKey, nodeRecordHashing.bodyHash(body));
    const { state, message } = await this.mls.encrypt(this.state(channel), inner, headerHash);
    this.groups.set(channel, state);
    const hashes = nodeRecordHashing.recordHashes({ header: utf8(headerText), body, mls: message });
    return {
      id: header.id,
      header: headerText,
      body: toBase64url(body),
      mls: toBase64url(message),
      signature: toBase64url(signRecord(hashes, this.device.key)),
    };
  }

  private header(channel: ChannelId, change: Partial<Record<keyof RecordHeader, unknown>>): RecordHeader {
    return {
      v: 1,
      id: newId(systemClock, systemRandom),
      channel,
      epoch: epochOf(this.state(channel)),
      kind: 'message',
      sender: this.address,
      sentAt: new Date(systemClock.now()).toISOString(),
      marking: { classification: 'RESTRICTED', handling: ['H0'], caveats: [] },
      priority: 'routine',
      retention: { reviewDays: 180 },
      attachments: [],
      bodySize: 0,
      seen: { seq: 0, chain: 'A'.repeat(43) },
      ...change,
    } as RecordHeader;
  }

  submit(channel: ChannelId, { header, body, mls, signature }: RecordEnvelope): Promise<HubAnswer> {
    return this.call('submitRecord', { params: { channel }, body: { header, body, mls, signature } });
  }

  async post(channel: ChannelId): Promise<Receipt> {
    const { status, body } = await this.submit(channel, await this.seal(channel));
    if (status !== 200) throw new Error(`The record was refused: ${JSON.stringify(body)}`);
    return body as Receipt;
  }

  async events(channel: ChannelId, after = 0, limit = 200): Promise<EventPage> {
    return (await this.must('listEvents', { params: { channel }, query: { after, limit } })) as EventPage;
  }

  connect(): Promise<Connected> {
    return Connected.open(this.hub.url, this.token);
  }
}

type Hello = z.infer<(typeof HUB_EVENTS)['hello']>;

/** A socket that keeps what the hub told it. */
export class Connected {
  readonly events: ChannelEvent[] = [];
  readonly told: [name: string, payload: unknown][] = [];
  hello: Hello = { channels: [], welcomes: 0 };

  private constructor(readonly socket: Socket) {
    socket.onAny((name: string, payload: unknown) => {
      if (name === 'event') this.events.push(payload as ChannelEvent);
      else this.told.push([name, payload]);
    });
  }

  static async open(url: string, token: unknown): Promise<Connected> {
    const socket = io(url, {
      path: SOCKET_PATH,
      transports: ['websocket'],
      auth: { token },
      reconnection: false,
      forceNew: true,
    });
    const connected = new Connected(socket);
    await new Promise<void>((resolve, reject) => {
      socket.once('hello', (hello: Hello) => {
        connected.hello = hello;
        resolve();
      });
      socket.once('connect_error', reject);
    });
    return connected;
  }

  submit({ header, body, mls, signature }: RecordEnvelope): Promise<Receipt> {
    return this.socket.timeout(10_000).emitWithAck('submit', { header, body, mls, signature }) as Promise<Receipt>;
  }

  moveCursor(channel: ChannelId, seq: number): Promise<unknown> {
    return this.socket.timeout(10_000).emitWithAck('cursor', { channel, seq });
  }

  /** Waits until the hub has told this. */
  async mustTell(name: string): Promise<unknown> {
    for (;;) {
      const found = this.told.find(([told]) => told === name);
      if (found !== undefined) return found[1];
      await pause();
    }
  }

  async mustHaveEvents(count: number): Promise<ChannelEvent[]> {
    while (this.events.length < count) await pause();
    return this.events;
  }

  async untilClosed(): Promise<void> {
    if (this.socket.connected) await new Promise((resolve) => this.socket.once('disconnect', resolve));
  }

  close(): void {
    this.socket.disconnect();
  }
}

function pause(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 5));
}
