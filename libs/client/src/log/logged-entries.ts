import { equalBytes, LiaisonError, utf8 } from '#liaison/protocol';
import {
  decodeLogEntry,
  type LogEntry,
  makeInclusionProof,
  type NodeReader,
  sodiumTreeHashing,
  tileNodeReader,
  verifyInclusion,
} from '#liaison/tlog';
import { breach, type ClientCheck } from '../breach.js';
import { checkpointOf, type LogKeeper } from './log-keeper.js';

const TILE = 256;

/** Entries of the log that came with what they say: each against the tile that it stands in, each tile once against the checkpoint that this device holds. */
export class LoggedEntries {
  readonly #proved = new Set<number>();
  #view: { readonly size: number; readonly root: Uint8Array; readonly node: NodeReader } | undefined;

  constructor(
    private readonly keeper: LogKeeper,
    private readonly check: ClientCheck = 'CLI-97',
  ) {}

  /**
   * @throws LiaisonError `try-again` where no checkpoint covers the place yet; `integrity` with the check where the log does not hold the entry
   * at its place.
   */
  async require(entry: string, index: number): Promise<LogEntry> {
    const bytes = utf8(entry);
    const { size, root, node } = await this.#viewOf(index);
    try {
      if (!equalBytes(await node({ level: 0, index }), sodiumTreeHashing.leafHash(bytes))) throw breach(this.check);
      await this.#proveTile({ index, size, root }, node);
      return decodeLogEntry(bytes);
    } catch (cause) {
      // A hub that is away, or busy, is asked again later: it has not been caught at anything.
      if (cause instanceof LiaisonError && ['unavailable', 'try-again', 'unauthenticated'].includes(cause.code))
        throw cause;
      throw breach(this.check, `Place ${index}.`, cause);
    }
  }

  /** One proof for each tile: its other hashes are in the path. */
  async #proveTile(
    { index, size, root }: { readonly index: number; readonly size: number; readonly root: Uint8Array },
    node: NodeReader,
  ): Promise<void> {
    const tile = Math.floor(index / TILE);
    if (this.#proved.has(tile)) return;
    const leafHash = await node({ level: 0, index });
    const proof = await makeInclusionProof({ index, size }, node);
    if (!verifyInclusion({ index, size, leafHash, root, proof })) throw breach(this.check);
    this.#proved.add(tile);
  }

  async #viewOf(index: number) {
    if (this.#view !== undefined && index < this.#view.size) return this.#view;
    const held = await this.keeper.held();
    const covers = held !== undefined && index < checkpointOf(held).size;
    const { size, root } = checkpointOf(covers ? held : await this.keeper.advance());
    if (index >= size) throw new LiaisonError('try-again', 'No checkpoint of the log covers this yet.');
    this.#proved.clear();
    this.#view = { size, root, node: tileNodeReader(this.keeper.reader, size) };
    return this.#view;
  }
}
