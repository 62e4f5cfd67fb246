import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { Type } from 'typebox';
import type { ContactContext } from '../../domain/contact-context.ts';
import { IvrError } from '../../domain/error.ts';
import { isUuid } from '../../domain/ids.ts';

/** What is known of a contact, for whoever goes on with it: an external contact centre gets its id in `X-Contact-ID`. */
export function contactRoutes(find: (contact: string) => ContactContext | undefined): FastifyPluginAsyncTypebox {
  return async (app) => {
    app.get(
      '/api/contacts/:contact',
      {
        schema: {
          summary:
            'The record of a contact: who, how verified, what they want, what was said and tried; personal data masked',
          description: 'While the call is under way, and for a quarter of an hour after it.',
          tags: ['calls'],
          params: Type.Object({ contact: Type.String({ maxLength: 36 }) }),
          response: { 200: Type.Object({}, { additionalProperties: true }) },
        },
      },
      async ({ params: { contact } }) => {
        const found = isUuid(contact) ? find(contact) : undefined;
        if (found === undefined) throw new IvrError('NOT_FOUND', 'there is no such contact now');
        return { ...found };
      },
    );
  };
}
