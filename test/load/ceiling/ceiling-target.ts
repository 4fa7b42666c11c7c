import { systemClock, systemRandom } from '#liaison/crypto.node';
import { newId } from '#liaison/protocol';
import type { LoadTarget } from '../generator/load.js';
import { channelMembers, type CommunitySize } from '../shapes.js';

/** The same room and pairs as on the hub. @param bodyBytes default: those of the hub's messages before they are sealed. */
export function ceilingTarget(port: number, size: CommunitySize, bodyBytes?: number): LoadTarget {
  const channels = channelMembers(size).map((members) => ({
    id: newId(systemClock, systemRandom),
    members,
    ...(bodyBytes !== undefined && { bodyBytes }),
  }));
  const of = (device: number) => channels.filter(({ members }) => members.includes(device)).map(({ id }) => id);
  return {
    channels,
    connections: Array.from({ length: size.devices }, (_, device) => ({ port, auth: { channels: of(device) } })),
  };
}
