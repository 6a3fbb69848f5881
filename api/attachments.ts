import type { Readable } from 'node:stream';
import Type from 'typebox';
import { ErrorBody } from '../schemas/api/envelope.ts';

/** Responses of a route that answers a file, and errors. */
export const file = (mediaType: string, description: string) => ({
  200: { description, content: { [mediaType]: { schema: Type.Unsafe<string | Readable>(Type.String()) } } },
  '4xx': ErrorBody,
  '5xx': ErrorBody,
});

/** `20261122T145800Z` */
export const stamp = (time: string): string => time.replaceAll(/[-:]|\.\d+/g, '');

export const attachment = (name: string): string => `attachment; filename="${name}"`;
