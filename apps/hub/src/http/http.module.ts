import { Module } from '@nestjs/common';
import { APP_FILTER, APP_GUARD, APP_INTERCEPTOR } from '@nestjs/core';
import { IdentityModule } from '../identity/identity.module.js';
import { AnswerInterceptor } from './answer.interceptor.js';
import { EndpointGuard } from './endpoint.guard.js';
import { ErrorFilter } from './error.filter.js';
import { OpenApiController } from './openapi.controller.js';

/** What every request passes: the guard of the route table, the form of answers and of errors. */
@Module({
  imports: [IdentityModule],
  controllers: [OpenApiController],
  providers: [
    { provide: APP_GUARD, useClass: EndpointGuard },
    { provide: APP_INTERCEPTOR, useClass: AnswerInterceptor },
    { provide: APP_FILTER, useClass: ErrorFilter },
  ],
})
export class HttpModule {}
