import { Controller } from '@nestjs/common';
import { openApiDocument } from '#liaison/protocol';
import { HUB_VERSION } from '../hub-version.js';
import { Endpoint } from './endpoint.js';

@Controller()
export class OpenApiController {
  private readonly document = openApiDocument(HUB_VERSION);

  @Endpoint('openapi')
  openapi(): Record<string, unknown> {
    return this.document;
  }
}
