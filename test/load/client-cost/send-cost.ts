import { httpTransport, type LiaisonClient, memoryStore, openClient } from '#liaison/client';
import { systemClock, systemRandom } from '#liaison/crypto.node';
import { loadMls } from '#liaison/mls-session';
import { type ChannelId, LiaisonError } from '#liaison/protocol';
import { BODY_BYTES } from '../generator/message-frames.js';
import { offerKeyPackages } from '../hub/load-channels.js';
import type { LoadCommunity } from '../hub/load-community.js';
import type { Section } from '../measures.js';
import { cpuTimeEach } from './cpu-time.js';

const MEMBERS = 50;
const MESSAGES = 200;

/** What the whole client pays for a message, in a room of 50 on a real hub: outbox, store, encryption, socket, receipt. */
export async function sendSection(port: number, { contactPoints, devices }: LoadCommunity): Promise<Section> {
  const [sender, ...others] = devices.slice(0, MEMBERS);
  await offerKeyPackages(port, await loadMls(systemRandom), others);
  const client = await openClient({
    profile: sender!.profile,
    transport: httpTransport({ hubUrl: `http://127.0.0.1:${port}` }),
    store: memoryStore(),
    clock: systemClock,
    random: systemRandom,
    keyPackages: 1,
  });
  try {
    const { id } = await client.createChannel({
      kind: 'community',
      ceiling: 'RESTRICTED',
      contactPoints,
      devices: others.map(({ profile }) => profile.device),
    });
    await client.connect();
    await sendMany(client, id);
    const ms = await sendMany(client, id);
    const measure = { id: 'client.send', name: 'draft to receipt', unit: 'ms', value: ms };
    return { title: `The whole client, one message in a room of ${MEMBERS} (client CPU)`, measures: [measure] };
  } finally {
    await client.close();
  }
}

/** @returns CPU milliseconds a message. */
async function sendMany(client: LiaisonClient, channel: ChannelId): Promise<number> {
  const { ms } = await cpuTimeEach(MESSAGES, undefined, async () => {
    const text = 'x'.repeat(BODY_BYTES - 100);
    const item = await client.send({
      channel,
      kind: 'message',
      body: { v: 1, type: 'content', language: 'en', subject: 'Load', text },
      marking: { classification: 'RESTRICTED', handling: [], caveats: [] },
    });
    if (item.state !== 'stored')
      throw new LiaisonError('internal', `A record was not stored: ${item.problem?.message ?? item.state}`);
    return undefined;
  });
  return ms;
}
