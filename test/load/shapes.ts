import type { Part } from './options.js';
import type { Pace } from './generator/load.js';

/** Devices of the load community: all of them form pairs, the first of them the room. */
export interface CommunitySize {
  readonly devices: number;
  readonly roomMembers: number;
}

export const FULL_SIZE: CommunitySize = { devices: 100, roomMembers: 50 };

/** Members by channel, as indices of devices: first the room, then the pairs. */
export function channelMembers({ devices, roomMembers }: CommunitySize): number[][] {
  const room = Array.from({ length: roomMembers }, (_, device) => device);
  const pairs = Array.from({ length: devices / 2 }, (_, pair) => [2 * pair, 2 * pair + 1]);
  return [room, ...pairs];
}

export interface Shape {
  readonly part: Part;
  /** Prefix of its measures' ids. */
  readonly id: string;
  readonly title: string;
  /** Indices into the channels of the load community: 0 is the room, the others are the pairs. */
  readonly channels: readonly number[];
  readonly pace: Pace;
}

const room = [0];
const PAIRS = FULL_SIZE.devices / 2;
const pairs = Array.from({ length: PAIRS }, (_, index) => index + 1);

export const SHAPES: readonly Shape[] = [
  {
    part: 'room',
    id: 'room.saturation',
    title: `Room of ${FULL_SIZE.roomMembers}, as fast as it goes (64 messages under way)`,
    channels: room,
    pace: { kind: 'window', perChannel: 64 },
  },
  {
    part: 'room',
    id: 'room.steady',
    title: `Room of ${FULL_SIZE.roomMembers}, 100 messages/s`,
    channels: room,
    pace: { kind: 'rate', perSecond: 100 },
  },
  {
    part: 'pairs',
    id: 'pairs.saturation',
    title: `One to one, ${PAIRS} pairs, as fast as it goes (4 messages under way in each)`,
    channels: pairs,
    pace: { kind: 'window', perChannel: 4 },
  },
  {
    part: 'pairs',
    id: 'pairs.steady',
    title: `One to one, ${PAIRS} pairs, 1000 messages/s together`,
    channels: pairs,
    pace: { kind: 'rate', perSecond: 1000 },
  },
];
