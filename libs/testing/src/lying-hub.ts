import type { HubRequest, HubSocket, HubTransport, SocketMessage } from '#liaison/client';
import {
  type ChannelId,
  type ChannelSummary,
  LiaisonError,
  RevocationListsAnswer,
  type RouteName,
  WantedRevocationLists,
} from '#liaison/protocol';

/** What a lie makes of the hub's true answer. `request` is what the device asked. */
export type AnswerLie = (answer: unknown, request: HubRequest) => unknown;

/**
 * A hub between the real one and one device: truthful until told to lie. Lies change what the device is told, by call and by push.
 */
export class LyingHub implements HubTransport {
  readonly #answers = new Map<RouteName, AnswerLie>();
  readonly #requests = new Map<RouteName, (request: HubRequest) => HubRequest>();
  readonly #calls: { readonly route: RouteName; readonly request: HubRequest }[] = [];
  #push: ((message: SocketMessage) => SocketMessage[]) | undefined;
  #onAnswer: ((route: RouteName, answer: unknown) => void) | undefined;
  #away: Absence | undefined;

  constructor(private readonly truth: HubTransport) {}

  /** Answers of this route are changed from now on. */
  lieAbout(route: RouteName, lie: AnswerLie): void {
    this.#answers.set(route, lie);
    // Who is told that a channel has nothing new does not ask for its events, and would not meet the lie.
    if (route === 'listEvents' && !this.#answers.has('listChannels'))
      this.#answers.set('listChannels', () => ({ channels: [] }));
  }

  /** What the device asks is changed on the way to the hub. */
  twist(route: RouteName, change: (request: HubRequest) => HubRequest): void {
    this.#requests.set(route, change);
  }

  /** @param lies where these channels end, in place of where they do. */
  lieAboutEnds(lies: ReadonlyMap<ChannelId, number>): void {
    this.lieAbout('listChannels', (answer) => ({
      channels: (answer as { channels: ChannelSummary[] }).channels.map((each) => ({
        ...each,
        lastSeq: lies.get(each.id) ?? each.lastSeq,
      })),
    }));
  }

  /** @param lies by contact point, in place of its true revocation list; undefined: it has none. */
  lieAboutLists(lies: ReadonlyMap<string, { readonly crl: string } | undefined>): void {
    this.lieAbout('findRevocationLists', (answer, { body }) => {
      const { wanted } = WantedRevocationLists.parse(body);
      const { lists, unchanged, later } = RevocationListsAnswer.parse(answer);
      const lied = wanted.flatMap(({ contactPoint }) => {
        const lie = lies.get(contactPoint);
        return lie === undefined ? [] : [{ contactPoint, ...lie }];
      });
      return {
        lists: [...lists.filter(({ contactPoint }) => !lies.has(contactPoint)), ...lied],
        unchanged: unchanged.filter((contactPoint) => !lies.has(contactPoint)),
        later,
      };
    });
  }

  lieInPushes(lie: (message: SocketMessage) => SocketMessage[]): void {
    this.#push = lie;
  }

  /** The next answers of these routes, or of all, are lost after the hub has done its work. */
  loseAnswersOf(...routes: readonly RouteName[]): void {
    this.#away = { routes, sawRequest: true };
  }

  /** The network is down: nothing reaches the hub. */
  goAway(): void {
    this.#away = { routes: [], sawRequest: false };
  }

  comeBack(): void {
    this.#away = undefined;
  }

  tellTruth(): void {
    this.#answers.clear();
    this.#requests.clear();
    this.#push = undefined;
    this.#away = undefined;
  }

  /** Every true answer, for lies that need an earlier one. */
  watch(listener: (route: RouteName, answer: unknown) => void): void {
    this.#onAnswer = listener;
  }

  /** What the device has asked so far. */
  callsOf(route: RouteName): HubRequest[] {
    return this.#calls.filter((call) => call.route === route).map(({ request }) => request);
  }

  async request(route: RouteName, request: HubRequest, token?: string): Promise<unknown> {
    this.#calls.push({ route, request });
    if (this.#away?.sawRequest === false) throw away();
    const asked = this.#requests.get(route)?.(request) ?? request;
    const answer = await this.truth.request(route, asked, token);
    this.#onAnswer?.(route, answer);
    if (this.#away !== undefined && (this.#away.routes.length === 0 || this.#away.routes.includes(route))) throw away();
    const lie = this.#answers.get(route);
    return lie === undefined ? answer : lie(structuredClone(answer), request);
  }

  openSocket(token: string): HubSocket {
    if (this.#away !== undefined) throw away();
    const socket = this.truth.openSocket(token);
    return {
      submit: (envelope) => socket.submit(envelope),
      cursor: (position) => socket.cursor(position),
      close: () => {
        socket.close();
      },
      listen: (listener) => {
        socket.listen((message) => {
          for (const told of this.#push?.(message) ?? [message]) listener(told);
        });
      },
    };
  }
}

interface Absence {
  readonly routes: readonly RouteName[];
  readonly sawRequest: boolean;
}

function away(): LiaisonError {
  return new LiaisonError('unavailable', 'The hub cannot be reached.');
}
