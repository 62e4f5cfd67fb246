import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { Type } from 'typebox';
import { IvrError } from '../../domain/error.ts';
import { type ContactId, isUuid } from '../../domain/ids.ts';
import type { RecordingPauses } from '../sources.ts';

const Params = Type.Object({ contact: Type.String() });
const By = Type.Object(
  { by: Type.String({ description: 'the agent for whom it is asked, for the journal', pattern: '^[\\w.@-]{1,60}$' }) },
  { additionalProperties: false },
);

/** For the bank's own systems: a form for card numbers that opens at an agent's desk pauses the recording, and lets it go on when it closes. */
export function recordingPauseRoutes(pauses: RecordingPauses): FastifyPluginAsyncTypebox {
  const contactOf = (text: string): ContactId => {
    if (!isUuid(text)) throw new IvrError('NOT_FOUND', 'there is no such call');
    return text as ContactId;
  };
  return async (app) => {
    app.post(
      '/api/calls/:contact/recording/pause',
      {
        schema: {
          summary: 'Masks what a caller and an agent say, until it is resumed or its time is over',
          tags: ['calls'],
          params: Params,
          body: By,
          response: { 200: Type.Object({ paused_until: Type.Integer({ description: 'Unix time, ms' }) }) },
        },
      },
      async ({ params, body }) => ({ paused_until: pauses.pauseRecording(contactOf(params.contact), body.by) }),
    );
    app.post(
      '/api/calls/:contact/recording/resume',
      {
        schema: {
          summary: 'Records again what a caller and an agent say',
          tags: ['calls'],
          params: Params,
          body: By,
          response: { 200: Type.Object({}) },
        },
      },
      async ({ params, body }) => {
        pauses.resumeRecording(contactOf(params.contact), body.by);
        return {};
      },
    );
  };
}
