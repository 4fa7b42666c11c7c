import { existsSync } from 'node:fs';
import { type Browser, type CDPSession, chromium, type Page } from 'playwright-core';

const PLACES = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];

/** A real Chromium of this machine, if it has one: tests that need it say so and are skipped otherwise. */
export const chromiumPath = [process.env['LIAISON_CHROMIUM'] ?? '', ...PLACES].find((path) => existsSync(path));
if (chromiumPath === undefined)
  process.stderr.write(
    'Browser tests skipped: there is no Chromium. Install it, or set LIAISON_CHROMIUM to its path.\n',
  );

export function startChromium(): Promise<Browser> {
  return chromium.launch({
    executablePath: chromiumPath ?? '',
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
      '--no-first-run',
    ],
  });
}

/** A security key in the browser's hand, that says yes by itself. It lives as long as the page. */
export class VirtualKey {
  private constructor(
    private readonly session: CDPSession,
    private readonly id: string,
  ) {}

  static async insert(page: Page): Promise<VirtualKey> {
    const session = await page.context().newCDPSession(page);
    await session.send('WebAuthn.enable');
    const { authenticatorId } = await session.send('WebAuthn.addVirtualAuthenticator', {
      options: {
        protocol: 'ctap2',
        transport: 'usb',
        hasUserVerification: true,
        isUserVerified: true,
        automaticPresenceSimulation: true,
      },
    });
    return new VirtualKey(session, authenticatorId);
  }

  /** The key is taken away and comes back with what a copy of it would hold: the counter as it was. */
  async setCounter(signCount: number): Promise<void> {
    const { credentials } = await this.session.send('WebAuthn.getCredentials', { authenticatorId: this.id });
    await this.session.send('WebAuthn.clearCredentials', { authenticatorId: this.id });
    for (const credential of credentials)
      await this.session.send('WebAuthn.addCredential', {
        authenticatorId: this.id,
        credential: { ...credential, signCount },
      });
  }
}
