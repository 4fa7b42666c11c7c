import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { exportJWK, generateKeyPair, SignJWT, type JWTPayload } from 'jose';
import Provider from 'oidc-provider';
import { freePort } from '#liaison/testing';

const CLIENT = 'liaison-hub';
const SECRET = 'a secret of the hub at the provider';

/** A real OpenID Connect provider on loopback, where one officer is signed on already: its forms are not our subject. */
export class NationalSignOn {
  /** Who is there. */
  officer = 'petrova';
  /** What a provider gone wrong would put into the ID token, signed with its own key. */
  forged: JWTPayload | undefined;

  private constructor(
    readonly issuer: string,
    private readonly server: Server,
    private readonly provider: Provider,
    private readonly key: Awaited<ReturnType<typeof generateKeyPair>>['privateKey'],
  ) {}

  readonly client = { clientId: CLIENT, clientSecret: SECRET };

  /** @param returnAddress the only one that it sends a code to. */
  static async start(returnAddress: string): Promise<NationalSignOn> {
    const port = await freePort();
    const issuer = `http://127.0.0.1:${port}`;
    const { privateKey } = await generateKeyPair('RS256', { extractable: true });
    const provider = new Provider(issuer, {
      clients: [{ client_id: CLIENT, client_secret: SECRET, redirect_uris: [returnAddress] }],
      jwks: { keys: [{ ...(await exportJWK(privateKey)), kid: 'one', alg: 'RS256', use: 'sig' }] },
      cookies: { keys: ['of this test'] },
      pkce: { required: () => true },
      claims: { openid: ['sub', 'officer'] },
      conformIdTokenClaims: false,
      ttl: { Interaction: 600, Grant: 600, Session: 600, AccessToken: 600, IdToken: 600 },
      features: { devInteractions: { enabled: false } },
      interactions: { url: (_context, { uid }) => `/interaction/${uid}` },
      findAccount: (_context, id) => ({ accountId: id, claims: () => ({ sub: `account of ${id}`, officer: id }) }),
      loadExistingGrant: async ({ oidc }) => {
        const grant = new oidc.provider.Grant({ clientId: CLIENT, accountId: oidc.session?.accountId ?? '' });
        grant.addOIDCScope('openid');
        await grant.save();
        return grant;
      },
    });
    const server = createServer((request, response) => void signOn.answer(request, response));
    const signOn = new NationalSignOn(issuer, server, provider, privateKey);
    await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
    return signOn;
  }

  stop(): Promise<void> {
    this.server.closeAllConnections();
    return new Promise((resolve) => {
      this.server.close(() => {
        resolve();
      });
    });
  }

  /** What a browser with a session there does. @returns what stands behind the `?` when it comes back. */
  async visit(url: string): Promise<string> {
    const cookies = new Map<string, string>();
    for (let at = url; ;) {
      const answer = await fetch(at, {
        redirect: 'manual',
        headers: { cookie: [...cookies].map(([name, value]) => `${name}=${value}`).join('; ') },
      });
      for (const cookie of answer.headers.getSetCookie()) {
        const [name = '', value = ''] = (cookie.split(';')[0] ?? '').split(/=(.*)/s);
        cookies.set(name, value);
      }
      const next = new URL(answer.headers.get('location') ?? '', at);
      if (next.origin !== this.issuer) return next.search.slice(1);
      if (answer.status < 300 || answer.status >= 400) throw new Error(`The provider answered ${answer.status}.`);
      at = next.href;
    }
  }

  private async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (request.url?.startsWith('/interaction/') === true) {
      const login = { accountId: this.officer };
      await this.provider.interactionFinished(request, response, { login });
    } else if (request.url === '/token' && this.forged !== undefined) {
      const token = await new SignJWT(this.forged).setProtectedHeader({ alg: 'RS256', kid: 'one' }).sign(this.key);
      const tokens = { access_token: 'a', token_type: 'Bearer', id_token: token };
      response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(tokens));
    } else await this.provider.callback()(request, response);
  }
}
