import type { HubRequest, HubSocket, HubTransport } from '#liaison/client';
import { LiaisonError, type RouteName } from '#liaison/protocol';
import type { ForgedLog } from './forged-log.js';

/** A hub that has nothing but a log. It answers what anybody may read. */
export class LogOnlyHub implements HubTransport {
  constructor(public log: ForgedLog) {}

  request(route: RouteName, { params }: HubRequest): Promise<unknown> {
    if (route === 'getLogCheckpoint') return Promise.resolve(this.log.checkpoint());
    if (route !== 'getLogTile') throw new LiaisonError('unavailable', 'This hub has a log, and nothing else.');
    const { level, place } = params as { level: string; place: string[] };
    return Promise.resolve(this.log.tile(['tile', level, ...place].join('/')));
  }

  openSocket(): HubSocket {
    throw new LiaisonError('unavailable', 'This hub has a log, and nothing else.');
  }
}
