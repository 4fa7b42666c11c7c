import { systemClock, systemRandom } from '#liaison/crypto.node';
import { HubCommunity } from '#liaison/testing';
import { Member } from '../hub/member.js';

/** For all runs of a crew: while its hub dies nobody makes more. */
const KEY_PACKAGES = 40;

/** Devices for some runs, for sessions and KeyPackages run out. The founder adds the others and writes nothing itself. */
export interface Crew {
  readonly founder: Member;
  readonly writers: readonly Member[];
  readonly listener: Member;
  readonly newcomer: Member;
}

export class CrewRoster {
  private readonly community: HubCommunity;
  private crews = 0;

  constructor(readonly url: string) {
    this.community = new HubCommunity(url, { clock: systemClock, random: systemRandom });
  }

  async found(): Promise<void> {
    await this.community.found();
  }

  async next(): Promise<Crew> {
    this.crews += 1;
    const join = (address: string) =>
      Member.join(this, this.community, `${address}:desk-${this.crews}`, {}, KEY_PACKAGES);
    return {
      founder: await join('bg:petrova'),
      writers: [await join('bg:ivanov'), await join('hu:nagy'), await join('hu:kovacs')],
      listener: await join('bg:dimitrov'),
      newcomer: await join('hu:toth'),
    };
  }
}
