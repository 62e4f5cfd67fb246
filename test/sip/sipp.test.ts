import { describe, expect, test } from 'vitest';
import type { Flow } from '../../src/sip/stack.ts';
import { freePort, listening, sippMissing, sipp as startSipp } from '../support/sipp.ts';
import { Mailbox } from './mailbox.ts';
import { call, openAnswering } from './user-agents.ts';

const cancelRequest = (method: string, branch: string): string => `${method} sip:bot@[remote_ip]:[remote_port] SIP/2.0
Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[${branch}]
From: <sip:sipp@[local_ip]>;tag=[call_number]
To: <sip:bot@[remote_ip]>${method === 'ACK' ? '[peer_tag_param]' : ''}
Call-ID: [call_id]
CSeq: 1 ${method}
Contact: <sip:sipp@[local_ip]:[local_port]>
Max-Forwards: 70
Content-Length: 0

`;

/** Hangs up while it rings. A branch is numbered by its message's place in the scenario. */
const CANCELLING = `<send retrans="500"><![CDATA[
${cancelRequest('INVITE', 'branch')}]]></send>
<recv response="100" optional="true"/>
<recv response="180"/>
<send retrans="500"><![CDATA[
${cancelRequest('CANCEL', 'branch-3')}]]></send>
<recv response="200"/>
<recv response="487"/>
<send><![CDATA[
${cancelRequest('ACK', 'branch-6')}]]></send>
`;

describe.skipIf(sippMissing)('SIPp', () => {
  test.each(['u1', 't1'])('100 calls from it over %s', async (transport) => {
    const { stack, seen, port } = await openAnswering();
    await using _stack = stack;
    await using sipp = startSipp({ builtIn: 'uac' }, ['-t', transport, '-r', '50', '-d', '20', `127.0.0.1:${port}`], {
      calls: 100,
      timeout: 40,
      behaviours: 'all',
    });
    expect((await sipp.done).status).toBe(0);
    expect(seen).toEqual({ invites: 100, acknowledged: 100, byes: 100, cancels: 0, noAcks: 0 });
    expect(stack.statistics()).toMatchObject({
      dropped: {},
      refused: {},
      userErrors: 0,
      transportErrors: 0,
      unanswered: 0,
    });
  });

  test('60 calls from it, with every eighth message of either side lost', async () => {
    const { stack, seen, port } = await openAnswering();
    await using _stack = stack;
    await using sipp = startSipp({ builtIn: 'uac' }, ['-r', '60', '-d', '20', '-lost', '12', `127.0.0.1:${port}`], {
      calls: 60,
      timeout: 40,
      behaviours: 'all',
    });
    expect((await sipp.done).status).toBe(0);
    // Not the ACKs and BYEs: SIPp takes a repeated 200 of the INVITE for that of its BYE.
    expect([seen.invites, stack.statistics().retransmissionsReceived > 0]).toEqual([60, true]);
  });

  test.each(['u1', 't1'])('50 calls from it over %s, cancelled while they ring', async (transport) => {
    const { stack, seen, port } = await openAnswering({}, false);
    await using _stack = stack;
    const args = ['-t', transport, '-r', '50', `127.0.0.1:${port}`];
    await using sipp = startSipp(CANCELLING, args, { calls: 50, timeout: 40, behaviours: 'all' });
    expect((await sipp.done).status).toBe(0);
    expect(seen).toMatchObject({ invites: 50, cancels: 50, acknowledged: 0, noAcks: 0 });
    expect(stack.statistics()).toMatchObject({ dropped: {}, refused: {}, unanswered: 0 });
  });

  test.each(['UDP', 'TCP'] as const)('50 calls to it over %s', async (protocol) => {
    const { stack } = await openAnswering();
    await using _stack = stack;
    const to: Flow = { protocol, host: '127.0.0.1', port: await freePort() };
    const args = ['-t', protocol === 'UDP' ? 'u1' : 't1', '-p', String(to.port)];
    await using sipp = startSipp({ builtIn: 'uas' }, args, { calls: 50, timeout: 40, behaviours: 'all' });
    // Over UDP the first INVITEs are repeated until it listens.
    if (protocol === 'TCP') await listening(to.port);
    const outcomes = new Mailbox<string>();
    for (let number = 0; number < 50; number++) call(stack, to, number, outcomes);
    for (let i = 0; i < 50; i++) expect(await outcomes.next()).toBe('200');
    expect((await sipp.done).status).toBe(0);
  });
});
