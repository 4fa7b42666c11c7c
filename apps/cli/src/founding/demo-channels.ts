import type { ChannelPlan } from '#liaison/client';
import { type ChannelRole, ContactPointId } from '#liaison/protocol';

/** A channel of the demo, opened by the first of its contact points. */
export interface DemoChannel {
  readonly contactPoints: readonly ContactPointId[];
  readonly plan: Pick<ChannelPlan, 'kind' | 'ceiling' | 'title' | 'legalBasis' | 'roles'>;
}

const POSTS: readonly ChannelRole[] = ['post', 'read'];
const LEADS: readonly ChannelRole[] = ['administer', 'post', 'read'];
const CHAIRS: readonly ChannelRole[] = ['administer', 'post', 'read', 'co-sign'];

/** The community's channel, and what its scenarios need: two countries, several, and a joint investigation team. */
export function demoChannels(everybody: readonly ContactPointId[], coChairs: readonly ContactPointId[]): DemoChannel[] {
  return [
    community(everybody, coChairs),
    between('bg hu', 'Bulgaria - Hungary'),
    between('it hu', 'Italy - Hungary'),
    between('mk bg', 'North Macedonia - Bulgaria'),
    between('bg hu mk ba iq pk', 'Balkan route: smuggling of migrants'),
    between('fr bd it', 'Labour exploitation: France, Bangladesh, Italy'),
    jit('hu bg mk', 'JIT Balkan Axle'),
  ];
}

function community(everybody: readonly ContactPointId[], coChairs: readonly ContactPointId[]): DemoChannel {
  const [first] = coChairs;
  const rest = everybody.filter((each) => each !== first);
  return {
    contactPoints: first === undefined ? everybody : [first, ...rest],
    plan: {
      kind: 'community',
      ceiling: 'RESTRICTED',
      title: 'The whole community',
      roles: rolesOf(everybody, (each) => (coChairs.includes(each) ? CHAIRS : POSTS)),
    },
  };
}

function between(names: string, title: string): DemoChannel {
  const contactPoints = named(names);
  const kind = contactPoints.length === 2 ? 'bilateral' : 'multilateral';
  return {
    contactPoints,
    plan: {
      kind,
      ceiling: 'RESTRICTED',
      title,
      roles: rolesOf(contactPoints, (each) => (kind === 'bilateral' || each === contactPoints[0] ? LEADS : POSTS)),
    },
  };
}

/** Every party administers its part of the team. */
function jit(names: string, title: string): DemoChannel {
  const contactPoints = named(names);
  const legalBasis = 'Second Additional Protocol, article 20; Council Resolution 2017/C 18/01 model agreement';
  return {
    contactPoints,
    plan: { kind: 'jit', ceiling: 'RESTRICTED', title, legalBasis, roles: rolesOf(contactPoints, () => LEADS) },
  };
}

function rolesOf(
  contactPoints: readonly ContactPointId[],
  roles: (each: ContactPointId) => readonly ChannelRole[],
): Record<string, readonly ChannelRole[]> {
  return Object.fromEntries(contactPoints.map((each) => [each, roles(each)]));
}

function named(names: string): ContactPointId[] {
  return names.split(' ').map((name) => ContactPointId.parse(name));
}
