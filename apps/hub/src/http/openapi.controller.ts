import { Controller } from '@nestjs/common';
import { openApiDocument } from '#liaison/protocol';
import { HUB_VERSION } from '../hub-version.js';
import { Endpoint } from './endpoint.js';

/** Made when somebody asks for it first, which is seldom. */
let document: Record<string, unknown> | undefined;

@Controller()
export class OpenApiController {
  @Endpoint('openapi')
  openapi(): Record<string, unknown> {
    document ??= openApiDocument(HUB_VERSION);
    return document;
  }
}
