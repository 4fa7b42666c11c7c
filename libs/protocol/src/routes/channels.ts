import * as z from 'zod';
import {
  ChannelCreation,
  ChannelDetail,
  ChannelSummary,
  CommitReceipt,
  CommitSubmission,
  PendingWelcome,
} from '../channels.js';
import { base64urlUpTo } from '../encoded.js';
import { LeavingOutcome, LeavingRequest } from '../leaving.js';
import { LIMITS } from '../limits.js';
import { type RouteContract, channel, KIB } from './contract.js';

/** Channels, their commits and Welcomes. */
export const channelsRoutes = {
  listChannels: {
    method: 'GET',
    path: '/v1/channels',
    auth: 'device',
    rate: 'read',
    bodyLimit: 0,
    summary: 'Channels of which this device is or was a member.',
    response: z.strictObject({ channels: z.array(ChannelSummary) }),
  },
  createChannel: {
    method: 'POST',
    path: '/v1/channels',
    auth: 'device',
    rate: 'write',
    bodyLimit: 3 * LIMITS.groupInfoBytes,
    summary: 'Create a channel from the GroupInfo of its epoch 0.',
    body: ChannelCreation,
    response: ChannelDetail,
  },
  getChannel: {
    method: 'GET',
    path: '/v1/channels/:channel',
    auth: 'device',
    rate: 'read',
    bodyLimit: 0,
    summary: 'Profile and members of a channel.',
    params: channel,
    response: ChannelDetail,
  },
  getGroupInfo: {
    method: 'GET',
    path: '/v1/channels/:channel/group-info',
    auth: 'device',
    rate: 'read',
    bodyLimit: 0,
    summary: 'The newest GroupInfo, for a member that lost its state and joins again.',
    params: channel,
    response: z.strictObject({ epoch: z.int().min(0), groupInfo: base64urlUpTo(LIMITS.groupInfoBytes) }),
  },
  submitCommit: {
    method: 'POST',
    path: '/v1/channels/:channel/commits',
    auth: 'device',
    rate: 'write',
    bodyLimit: 6 * 1024 * KIB,
    summary: 'Order a commit; refused as stale-epoch where another came first.',
    params: channel,
    body: CommitSubmission,
    response: CommitReceipt,
  },
  leaveChannel: {
    method: 'POST',
    path: '/v1/channels/:channel/leave',
    auth: 'device',
    rate: 'write',
    bodyLimit: 4 * KIB,
    summary:
      'Leave the channel: nothing is delivered any more, and the hub proposes the removal that members carry out.',
    params: channel,
    body: LeavingRequest,
    response: LeavingOutcome,
  },
  listWelcomes: {
    method: 'GET',
    path: '/v1/welcomes',
    auth: 'device',
    rate: 'read',
    bodyLimit: 0,
    summary: 'Welcomes that wait for this device, oldest first.',
    response: z.strictObject({ welcomes: z.array(PendingWelcome) }),
  },
  endWelcome: {
    method: 'DELETE',
    path: '/v1/welcomes/:welcome',
    auth: 'device',
    rate: 'write',
    bodyLimit: 0,
    summary: 'This device has joined, or cannot: do not offer the Welcome again.',
    params: z.strictObject({ welcome: z.string().regex(/^[A-Za-z0-9_-]{1,64}$/) }),
  },
} as const satisfies Record<string, RouteContract>;
