import * as z from 'zod';
import { ErrorAnswer } from './directory.js';
import { ERROR_CODES } from './errors.js';
import { ROUTES, type RouteContract } from './routes.js';

/** The contract as an OpenAPI 3.1 document, whose schemas are JSON Schema 2020-12. */
export function openApiDocument(version: string): Record<string, unknown> {
  const paths: Record<string, Record<string, unknown>> = {};
  for (const [name, route] of Object.entries<RouteContract>(ROUTES)) {
    const path = route.path.replaceAll(/[:*](\w+)/g, '{$1}');
    paths[path] = { ...paths[path], [route.method.toLowerCase()]: operation(name, route) };
  }
  return {
    openapi: '3.1.0',
    info: { title: 'Liaison hub', version, license: { name: 'EUPL-1.2', identifier: 'EUPL-1.2' } },
    paths,
    components: { securitySchemes: { device: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT' } } },
  };
}

function operation(name: string, route: RouteContract): Record<string, unknown> {
  return {
    operationId: name,
    summary: route.summary,
    security: route.auth === 'device' ? [{ device: [] }] : [],
    parameters: [...parameters('path', route.params), ...parameters('query', route.query)],
    ...(route.body && { requestBody: { required: true, content: json(route.body, 'input') } }),
    responses: {
      200: { description: 'Done.', ...answerContent(route) },
      default: {
        description: `Refused: ${Object.keys(ERROR_CODES).join(', ')}.`,
        content: json(ErrorAnswer, 'output'),
      },
    },
    'x-auth': route.auth,
    'x-rate-class': route.rate,
    'x-body-limit': route.bodyLimit,
  };
}

function answerContent({ response, produces }: RouteContract): Record<string, unknown> {
  if (produces !== undefined) return { content: { [produces]: {} } };
  return response === undefined ? {} : { content: json(response, 'output') };
}

function parameters(where: 'path' | 'query', schema: z.ZodObject | undefined): Record<string, unknown>[] {
  if (schema === undefined) return [];
  return Object.entries(schema.shape).map(([name, part]) => ({
    name,
    in: where,
    required: where === 'path',
    schema: jsonSchema(part as z.ZodType, 'input'),
  }));
}

function json(schema: z.ZodType, io: 'input' | 'output'): Record<string, unknown> {
  return { 'application/json': { schema: jsonSchema(schema, io) } };
}

function jsonSchema(schema: z.ZodType, io: 'input' | 'output'): Record<string, unknown> {
  const { $schema: _dialect, ...rest } = z.toJSONSchema(schema, { io, unrepresentable: 'any' });
  return rest;
}
