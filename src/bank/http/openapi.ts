import { type Operation, OPERATIONS, REFUSALS } from '../operations.ts';

const REPEATS: Readonly<Record<Operation['repeat'], string>> = {
  safe: 'Reads; may be sent again.',
  idempotent: 'Done once by its nature; may be sent again.',
  keyed:
    'Done once for one Idempotency-Key; the same key with the same request gets the same answer, also with the session of another call: whoever was cut off and calls again is verified anew.',
  counted: 'Each request counts as a try; never sent again by itself.',
};

/** docs/bank-api.yaml is this as YAML; a test compares. */
export const bankOpenApi = (): object => ({
  openapi: '3.1.0',
  info: {
    title: 'Core banking as Tellerline asks for it',
    version: '1',
    description:
      'Everything is a POST with a JSON body: no number stands in a URL. Amounts are whole hundredths of their currency. 409 refuses for a reason that callers may hear; any 5xx or 429 means that nobody knows.',
  },
  security: [{ token: [] }],
  components: { securitySchemes: { token: { type: 'http', scheme: 'bearer' } } },
  paths: Object.fromEntries(
    Object.entries<Operation>(OPERATIONS).map(([operationId, { path, repeat, request, answer }]) => [
      path,
      {
        post: {
          operationId,
          description: REPEATS[repeat],
          ...(repeat === 'keyed'
            ? { parameters: [{ name: 'Idempotency-Key', in: 'header', required: true, schema: { type: 'string' } }] }
            : {}),
          requestBody: { required: true, content: { 'application/json': { schema: request } } },
          responses: {
            '200': { description: 'done', content: { 'application/json': { schema: answer } } },
            '409': {
              description: 'refused',
              content: {
                'application/json': {
                  schema: { type: 'object', required: ['because'], properties: { because: { enum: [...REFUSALS] } } },
                },
              },
            },
          },
        },
      },
    ]),
  ),
});
