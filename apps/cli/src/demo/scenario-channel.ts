import type { ChannelKind, ContactPointId } from '#liaison/protocol';
import { isJit, type Scenario } from './scenario-file.js';

/** The channel that a scenario is played in. */
export interface WantedChannel {
  readonly kind: ChannelKind;
  /** Exactly the contact points that take part, sender among them; `community` means all. */
  readonly members: readonly ContactPointId[] | 'community';
  /** Given to the channel where it has to be created first. */
  readonly title: string;
  readonly legalBasis?: string;
}

/** Two take part: bilateral. More: multilateral. `community`: the community's channel. A team: its own channel. */
export function channelOf(scenario: Scenario): WantedChannel {
  if (isJit(scenario)) {
    const { parties: members, name: title, legalBasis } = scenario;
    return { kind: 'jit', members, title, legalBasis };
  }
  const { from, to } = scenario;
  if (isCommunity(to)) return { kind: 'community', members: 'community', title: 'Community' };
  const members = [...new Set([from, ...to])];
  return { kind: members.length === 2 ? 'bilateral' : 'multilateral', members, title: titleOf(members) };
}

/** `BG – HU`: what a channel is called that nobody has named. */
function titleOf(members: readonly ContactPointId[]): string {
  return members.map((member) => member.toUpperCase()).join(' – ');
}

function isCommunity(to: readonly string[]): to is ['community'] {
  return to[0] === 'community';
}
