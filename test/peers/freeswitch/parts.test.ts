import { describe, expect, test } from 'vitest';
import { tone } from '../../../src/audio/tone.ts';
import { testData } from '../../support/test-data.ts';
import { BotPlayout } from './bot-playout.ts';
import { capturedFork } from './capture-text.ts';
import { separateString } from './separate-string.ts';

const captures = testData('captures') ?? '';

describe('arguments are taken apart as FreeSWITCH does', () => {
  // capture ws-misc: what the application said, and what the far end of the fork got
  test.each([
    [`{"q":"it's"}`, `{"q":"its"}'`],
    ['{"q":"a|b"}', '{"q":"a|b"}'],
    [JSON.stringify({ q: 'a\\b\nc' }), '{"q":"a\\b\nc"}'],
    ['{"q":"é你"}', '{"q":"é你"}'],
    ['eyJxIjoiaXQncyBhfGIifQ', 'eyJxIjoiaXQncyBhfGIifQ'],
  ])('metadata %s', (said, heard) => {
    expect(separateString(`^^|uuid|start|ws://h/p|mono|8000|bot|'${said}'|true|false|`, 10)).toEqual([
      'uuid',
      'start',
      'ws://h/p',
      'mono',
      '8000',
      'bot',
      heard,
      'true',
      'false',
    ]);
  });

  test('a text with an apostrophe ends at the next blank', () => {
    expect(separateString(`uuid send_text bot '{"t":"it's a text"}'`, 10)[3]).toBe('{"t":"its');
    expect(separateString("uuid send_text bot 'plain text'", 10)[3]).toBe('plain text');
  });

  test('with a rate at the end there are ten arguments, and an empty name stays an argument', () => {
    expect(separateString("^^|u|start|ws://h|stereo|8000||'m'|true|true|8000", 10)).toEqual([
      'u',
      'start',
      'ws://h',
      'stereo',
      '8000',
      '',
      'm',
      'true',
      'true',
      '8000',
    ]);
  });
});

describe.skipIf(captures === '')('marks as in the captures, their defects included', () => {
  test.each(['ws-M', 'ws-M4', 'ws-L', 'ws-A'])('%s', (name) => {
    const steps = capturedFork(captures, name);
    const expected = steps.flatMap(({ from, text }) => {
      const mark = /^TEXT \{"type": "mark", "data": \{"name":"(.+)", "event": "(.+)"\}\}$/.exec(text);
      return from === 'fs' && mark !== null ? [`${mark[1]} ${mark[2]}`] : [];
    });
    const got: string[] = [];
    const playout = new BotPlayout((mark, event) => got.push(`${mark} ${event}`));
    const timed: { readonly at: number; readonly run: () => void }[] = [];
    const send = (at: number, bytes: number): void => {
      const samples = tone([1000], bytes / 2);
      timed.push({ at, run: () => playout.receive(Buffer.from(samples.buffer)) });
    };
    let pacedAt: number | undefined;
    for (const { at, from, text } of steps) {
      if (from === 'fs') continue;
      const paced = /^BINARY paced (start|end after (\d+))/.exec(text);
      const burst = /^BINARY (\d+)B/.exec(text);
      if (paced?.[1] === 'start') pacedAt = at;
      else if (paced?.[2] !== undefined && pacedAt !== undefined)
        for (let n = 0; n < Number(paced[2]); n++) send(pacedAt + n * 20, 320);
      else if (burst?.[1] !== undefined) send(at, Number(burst[1]));
      else if (text.startsWith('TEXT ')) {
        const message = JSON.parse(text.slice(5)) as { type: string; data?: { name: string } };
        timed.push({
          at,
          run: () => {
            if (message.type === 'mark') playout.mark(message.data?.name ?? '');
            else if (message.type === 'killAudio') playout.kill();
            else if (message.type === 'clearMarks') playout.clearMarks();
          },
        });
      }
    }
    timed.sort((a, b) => a.at - b.at);
    // frames were some 10 ms off in the captures
    for (let now = 8; now < 30_000; now += 20) {
      while (timed[0] !== undefined && timed[0].at <= now) timed.shift()?.run();
      playout.dub(new Int16Array(160));
    }
    expect(expected.length).toBeGreaterThan(1);
    expect(got).toEqual(expected);
  });
});
