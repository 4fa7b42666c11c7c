/** More than a community has; what others make up must not fill the memory. */
const MOST = 5000;

/**
 * What was found to hold of something that never changes. Only that is remembered: what does not hold is looked at each time, so that
 * nobody drives out the good with the bad.
 */
export class RememberedVerdicts {
  readonly #good = new Set<string>();

  /** @param name of exactly what `verdict` judges. */
  holds(name: string, verdict: () => boolean): boolean {
    if (this.#good.has(name)) return true;
    if (!verdict()) return false;
    if (this.#good.size >= MOST) this.#good.clear();
    this.#good.add(name);
    return true;
  }
}
