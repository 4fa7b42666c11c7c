import { readFileSync } from 'node:fs';
import { Controller, Header } from '@nestjs/common';
import { Endpoint } from '../http/endpoint.js';

/** The files lie beside the sources; the compiled hub runs from `dist`, which has none of them. */
const FOLDER = new URL(
  import.meta.url.includes('/dist/') ? '../../../../../apps/hub/assets/second-factor/' : '../../assets/second-factor/',
  import.meta.url,
);

/** Nothing but its own script and style, no inline code, nobody's frame; its script can make no markup. */
const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
  "require-trusted-types-for 'script'",
  "trusted-types 'none'",
].join('; ');

/** The page on which an officer makes the second proof. It is the same for everybody: whom it is about it learns from its ticket. */
@Controller()
export class SecondFactorPageController {
  private readonly page = read('page.html');
  private readonly script = read('page.mjs');
  private readonly texts = read('texts.mjs');
  private readonly style = read('page.css');

  @Endpoint('secondFactorPage')
  @Header('Content-Type', 'text/html; charset=utf-8')
  @Header('Content-Security-Policy', POLICY)
  @Header('Permissions-Policy', 'publickey-credentials-get=(self), publickey-credentials-create=(self)')
  secondFactorPage(): string {
    return this.page;
  }

  @Endpoint('secondFactorScript')
  @Header('Content-Type', 'text/javascript; charset=utf-8')
  secondFactorScript(): string {
    return this.script;
  }

  @Endpoint('secondFactorTexts')
  @Header('Content-Type', 'text/javascript; charset=utf-8')
  secondFactorTexts(): string {
    return this.texts;
  }

  @Endpoint('secondFactorStyle')
  @Header('Content-Type', 'text/css; charset=utf-8')
  secondFactorStyle(): string {
    return this.style;
  }
}

function read(name: string): string {
  return readFileSync(new URL(name, FOLDER), 'utf8');
}
