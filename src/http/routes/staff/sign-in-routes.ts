import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import { IvrError } from '../../../domain/error.ts';
import { mayEver } from '../../../staff/decide.ts';
import type { SessionHolder, SignedIn, SignIn } from '../../../staff/sign-in.ts';
import { type Action, ACTIONS } from '../../../staff/staff-service.ts';
import { placeOf, setSessionCookie } from '../../console/console-request.ts';

const text = (maxLength: number) => Type.String({ minLength: 1, maxLength });
const body = <T extends Parameters<typeof Type.Object>[0]>(properties: T) => ({
  schema: { hide: true, body: Type.Object(properties, { additionalProperties: false }) },
});

export interface SessionFacts {
  readonly archive: boolean;
  /** Of the archive, those that the console has. */
  readonly parts: readonly string[];
  /** What no role can do here. */
  readonly impossible: ReadonlySet<Action>;
}

/** The steps of a sign-in; each answers with the step that comes next, and a new session in the cookie. */
export function signInRoutes(signIn: SignIn, facts: SessionFacts): FastifyPluginAsyncTypebox {
  const { archive, parts, impossible } = facts;
  const answer = (request: FastifyRequest, reply: FastifyReply, { token, step }: SignedIn) => {
    setSessionCookie(request, reply, token);
    return { step };
  };
  return async (app) => {
    app.get('/api/staff/session', { schema: { hide: true } }, async ({ holder }) => ({
      archive,
      ...(holder === undefined ? { step: 'password' } : { parts, ...sessionOf(holder, impossible) }),
    }));
    app.post('/api/staff/sign-in', body({ name: text(64), password: text(200) }), async (request, reply) => {
      const { name, password } = request.body;
      return answer(request, reply, await signIn.password(name, password, placeOf(request)));
    });
    app.post('/api/staff/second-factor', body({ code: text(40) }), async (request, reply) =>
      answer(request, reply, await signIn.secondFactor(held(request), request.body.code, placeOf(request))),
    );
    app.post('/api/staff/enrolment', { schema: { hide: true } }, async (request) =>
      signIn.offerEnrolment(held(request)),
    );
    app.post('/api/staff/enrolment/confirm', body({ code: text(40) }), async (request, reply) => {
      const { recoveryCodes, ...signedIn } = await signIn.enrol(held(request), request.body.code, placeOf(request));
      return { ...answer(request, reply, signedIn), recoveryCodes };
    });
    app.post('/api/staff/password', body({ current: text(200), next: text(200) }), async (request, reply) => {
      const { current, next } = request.body;
      return answer(request, reply, await signIn.changePassword(held(request), current, next, placeOf(request)));
    });
    app.post('/api/staff/sign-out', { schema: { hide: true } }, async (request, reply) => {
      if (request.holder !== undefined) await signIn.end(request.holder);
      setSessionCookie(request, reply, undefined);
      return { step: 'password' };
    });
  };
}

const sessionOf = ({ actor, fullName, session }: SessionHolder, impossible: ReadonlySet<Action>) => ({
  step: session.step,
  name: actor.name,
  ...(session.step === 'full'
    ? {
        id: actor.id,
        fullName,
        roles: actor.roles,
        attributes: actor.attributes,
        endsAt: session.endsAt,
        may: ACTIONS.filter((action) => mayEver(actor.roles, action) && !impossible.has(action)),
      }
    : {}),
});

function held({ holder }: FastifyRequest): SessionHolder {
  if (holder === undefined) throw new IvrError('SIGN_IN_REQUIRED', 'the sign-in took too long; start again');
  return holder;
}
