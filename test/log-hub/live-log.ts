import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fromBase64url, LiaisonError, ReceiptProof, type Roster } from '#liaison/protocol';
import {
  decodeNote,
  decodeUntrustedCheckpoint,
  entryBundlePath,
  logOrigin,
  type LogReader,
  rosterWitnesses,
  thresholdPolicy,
  tilePath,
  tilesOf,
  verifierKey,
  type WitnessPolicy,
} from '#liaison/tlog';
import { callHub } from '#liaison/testing';

/** What a client of this roster believes: the hub's log key, and any `threshold` of its witnesses. */
export function policyOf(roster: Roster, threshold = 0): WitnessPolicy {
  const { origin, logKey = '' } = roster.hub;
  const log = verifierKey('log', logOrigin(origin), fromBase64url(logKey));
  return thresholdPolicy([log], rosterWitnesses(roster), threshold);
}

/** The hub's log over HTTP, as one device sees it. */
export class LiveLog implements LogReader {
  constructor(
    private readonly url: string,
    private readonly token?: string,
  ) {}

  async fetch(path: string): Promise<Response> {
    const headers = this.token === undefined ? {} : { authorization: `Bearer ${this.token}` };
    return fetch(`${this.url}/v1/log/${path}`, { headers });
  }

  readonly read = async (path: string): Promise<Uint8Array | undefined> => {
    const response = await this.fetch(path);
    return response.ok ? new Uint8Array(await response.arrayBuffer()) : undefined;
  };

  async note(): Promise<string> {
    return (await this.fetch('checkpoint')).text();
  }

  async size(): Promise<number> {
    return decodeUntrustedCheckpoint(decodeNote(await this.note()).text).size;
  }

  /** Waits, as a client does, until a checkpoint covers the entry. */
  async proof(index: number, cosigned = 0): Promise<ReceiptProof> {
    const { token } = this;
    for (const end = Date.now() + 5_000; ; await new Promise((resolve) => setTimeout(resolve, 50))) {
      const call = { params: { index: String(index) }, query: { cosigned }, ...(token !== undefined && { token }) };
      const { status, body } = await callHub(this.url, 'getLogProof', call);
      if (status === 200) return ReceiptProof.parse(body);
      if (status !== 429 || Date.now() > end) throw new LiaisonError('unavailable', JSON.stringify(body));
    }
  }

  /** Everything that a verifier needs, as files. @returns the size of the log. */
  async download(folder: string): Promise<number> {
    const size = await this.size();
    const note = await this.note();
    const tiles = tilesOf(size);
    const bundles = tiles.filter(({ level }) => level === 0).map(entryBundlePath);
    const write = (path: string, content: string | Uint8Array) => {
      mkdirSync(dirname(join(folder, path)), { recursive: true });
      writeFileSync(join(folder, path), content);
    };
    write('checkpoint', note);
    for (const path of [...tiles.map(tilePath), ...bundles]) write(path, (await this.read(path)) ?? '');
    return size;
  }
}
