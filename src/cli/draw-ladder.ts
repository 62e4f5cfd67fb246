import type { LadderStep, SipLadder } from '../domain/sip-ladder.ts';

const WIDTH = 36;
const CLOCK = 12;

/**
 * The messages of a call as a ladder of text: its caller on the left, this server, and on the right each call that was made for it, with the seconds
 * since its first message.
 */
export function drawLadder({ steps, omitted }: SipLadder): readonly string[] {
  const [first] = steps;
  if (first === undefined) return [];
  const dialogs = [...new Set(steps.map(({ call_id }) => call_id))];
  const [, ...called] = dialogs;
  const space = (text = '', width = WIDTH): string => text.slice(0, width).padEnd(width);
  const centred = (text: string): string =>
    space(' '.repeat(Math.max(0, Math.floor((WIDTH - text.length) / 2))) + text);
  const peerOf = (dialog: string): string => {
    const step = steps.find(({ call_id }) => call_id === dialog);
    return step === undefined ? '' : `${step.protocol} ${step.peer}`;
  };
  const lanes = (cells: readonly string[]): string => cells.join('│').trimEnd();
  const head = [
    `${space('', CLOCK)}${centred('caller')} ${called.map((_, n) => centred(`called ${n + 1}`)).join(' ')}`.trimEnd(),
    `${space('', CLOCK)}${dialogs.map((dialog) => centred(peerOf(dialog))).join(' ')}`.trimEnd(),
  ];
  const rows = steps.map((step, n) => {
    const lane = dialogs.indexOf(step.call_id);
    const at = `${String(n + 1).padStart(3)} ${((step.at - first.at) / 1000).toFixed(3).padStart(7)} `;
    // towards this server, which is on the right of the caller and on the left of all others
    const arrow = arrowOf(step, (step.direction === 'in') === (lane === 0));
    return `${space(at, CLOCK)}${lanes(dialogs.map((_, other) => (other === lane ? arrow : space())))}`;
  });
  if (omitted > 0) rows.push(`${space('', CLOCK)}${omitted} messages had no room`);
  return [...head, ...rows];
}

function arrowOf(step: LadderStep, rightwards: boolean): string {
  const label = `${labelOf(step)}${step.repeated === 0 ? '' : ` ×${step.repeated + 1}`}`.slice(0, WIDTH - 6);
  const line = '─'.repeat(WIDTH - label.length - 4);
  return rightwards ? ` ${label} ${line}▶ ` : ` ◀${line} ${label} `;
}

function labelOf({ start_line, headers, body }: LadderStep): string {
  const described = body.some((line) => line.startsWith('m=')) ? ' +SDP' : '';
  if (!start_line.startsWith('SIP/2.0 ')) return `${start_line.split(' ')[0]}${described}`;
  const method =
    headers
      .find((header) => header.startsWith('CSeq: '))
      ?.split(' ')
      .at(-1) ?? '';
  return `${start_line.slice('SIP/2.0 '.length)} (${method})${described}`;
}

/** Each message in full, masked, under its number in the ladder. */
export const writtenOut = ({ steps }: SipLadder): readonly string[] =>
  steps.flatMap((step, n) => [
    '',
    `${n + 1}. ${step.direction === 'in' ? 'from' : 'to'} ${step.protocol} ${step.peer}, ${new Date(step.at).toISOString()}${step.repeated === 0 ? '' : `, ${step.repeated + 1} times`}`,
    step.start_line,
    ...step.headers,
    ...(step.body.length === 0 ? [] : ['', ...step.body]),
  ]);
