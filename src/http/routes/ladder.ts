import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { Type } from 'typebox';
import { IvrError } from '../../domain/error.ts';
import { isUuid } from '../../domain/ids.ts';
import type { CallHistory, LadderSource } from '../sources.ts';

const Step = Type.Object({
  at: Type.Integer({ description: 'Unix time, ms' }),
  direction: Type.Union([Type.Literal('in'), Type.Literal('out')], { description: 'as seen from this server' }),
  call_id: Type.String({ description: 'of the dialog: one with the caller, one with each telephone that was called' }),
  protocol: Type.String(),
  peer: Type.String({ description: 'IP address and port' }),
  start_line: Type.String(),
  headers: Type.Array(Type.String()),
  body: Type.Array(Type.String(), { description: 'of a session description its lines, else type and length' }),
  repeated: Type.Integer({ description: 'how many times it came or was sent again' }),
});

export function ladderRoutes(calls: CallHistory, ladders: LadderSource): FastifyPluginAsyncTypebox {
  return async (app) => {
    app.get(
      '/api/calls/:contact/ladder',
      {
        schema: {
          summary: 'The SIP messages of one call, masked; of a call under way as far as it has come',
          tags: ['calls'],
          params: Type.Object({ contact: Type.String() }),
          response: {
            200: Type.Object({
              contact: Type.String(),
              live: Type.Boolean(),
              omitted: Type.Integer({ description: 'messages that had no room, between the first and the last ones' }),
              steps: Type.Array(Step),
            }),
          },
        },
      },
      async ({ params: { contact } }) => {
        const found = isUuid(contact) ? await calls.find(contact) : undefined;
        if (found === undefined) throw new IvrError('NOT_FOUND', 'there is no such call');
        const callIds = found.events.flatMap((event) => (event.type === 'call-offered' ? [event.sip_call_id] : []));
        const ladder = await ladders.find({ contact, callIds });
        if (ladder === undefined) throw new IvrError('NOT_FOUND', 'no SIP messages of that call are kept');
        return { contact, live: found.call.live, omitted: ladder.omitted, steps: [...ladder.steps].map(copied) };
      },
    );
  };
}

const copied = <T extends { readonly headers: readonly string[]; readonly body: readonly string[] }>(step: T) => ({
  ...step,
  headers: [...step.headers],
  body: [...step.body],
});
