import { LiaisonError, RATE_CLASSES, type Clock, type RateClass } from '#liaison/protocol';

interface Bucket {
  tokens: number;
  /** Milliseconds since 1970. */
  at: number;
}

/** Callers that are remembered for each class. The one unheard of for longest is forgotten first: it has a full bucket or soon will. */
const MOST_BUCKETS = 20_000;

/** Token buckets by class and caller, in this process. */
export class RateLimiter {
  private readonly buckets = new Map<RateClass, Map<string, Bucket>>();

  constructor(
    private readonly clock: Clock,
    private readonly mostBuckets = MOST_BUCKETS,
  ) {}

  /**
   * @param caller a device address, or a network address where there is no session.
   * @throws LiaisonError `try-again` (HUB-05) with the delay after which one token is there.
   */
  take(rateClass: RateClass, caller: string): void {
    this.stocked(rateClass, caller).tokens -= 1;
  }

  /** As {@link take}, and takes nothing: for work of which only the failures are counted. */
  require(rateClass: RateClass, caller: string): void {
    this.stocked(rateClass, caller);
  }

  private stocked(rateClass: RateClass, caller: string): Bucket {
    const { perSecond, burst } = RATE_CLASSES[rateClass];
    const bucket = this.refilled(rateClass, caller, perSecond, burst);
    if (bucket.tokens >= 1) return bucket;
    const retryAfterMs = Math.ceil(((1 - bucket.tokens) / perSecond) * 1000);
    throw new LiaisonError('try-again', 'Too many requests. Wait a moment, then send the same again.', {
      check: 'HUB-05',
      retryAfterMs,
    });
  }

  private refilled(rateClass: RateClass, caller: string, perSecond: number, burst: number): Bucket {
    const now = this.clock.now();
    const ofClass = this.ofClass(rateClass);
    const bucket = ofClass.get(caller) ?? { tokens: burst, at: now };
    // A clock that was set back gives nothing and takes nothing.
    const elapsed = Math.max(0, now - bucket.at) / 1000;
    bucket.tokens = Math.min(burst, bucket.tokens + elapsed * perSecond);
    bucket.at = now;
    ofClass.delete(caller);
    ofClass.set(caller, bucket);
    if (ofClass.size > this.mostBuckets) this.forgetOldest(ofClass);
    return bucket;
  }

  private ofClass(rateClass: RateClass): Map<string, Bucket> {
    const known = this.buckets.get(rateClass);
    if (known !== undefined) return known;
    const fresh = new Map<string, Bucket>();
    this.buckets.set(rateClass, fresh);
    return fresh;
  }

  private forgetOldest(ofClass: Map<string, Bucket>): void {
    const [oldest] = ofClass.keys();
    if (oldest !== undefined) ofClass.delete(oldest);
  }
}
