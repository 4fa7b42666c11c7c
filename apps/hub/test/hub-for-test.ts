import { cryptoReady } from '#liaison/crypto';
import { HubCommunity, seededRandom, startHub, TestClock, type TestHub } from '#liaison/testing';

/** A hub, the clock that it reads, and a community that speaks to it in raw calls. */
export interface HubForTest {
  readonly clock: TestClock;
  readonly hub: TestHub;
  readonly community: HubCommunity;
}

/** @param seed of all that is random, so that a failing run can be repeated. */
export async function emptyHub(seed: string): Promise<HubForTest> {
  await cryptoReady();
  const clock = new TestClock();
  const random = seededRandom(seed);
  const hub = await startHub({ clock, random });
  return { clock, hub, community: new HubCommunity(hub.url, { clock, random }) };
}

/** As {@link emptyHub}, with the founding roster of two contact points published. */
export async function foundedHub(seed: string): Promise<HubForTest> {
  const started = await emptyHub(seed);
  await started.community.found();
  return started;
}
