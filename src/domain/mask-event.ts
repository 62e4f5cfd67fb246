import type { CallEvent } from './call-event.ts';

const NUMBER_WORDS =
  /\b(?:zero|oh|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|thirteen|fourteen|fifteen|sixteen|seventeen|eighteen|nineteen|twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety|hundred|thousand|million|double|triple)\b/gi;

/** Digits and spoken numbers become '#': account numbers and amounts are not for screens. */
export const maskText = (text: string): string => text.replace(NUMBER_WORDS, '#').replace(/\d/g, '#');

/** An event as it may leave storage: without the personal data that its texts hold. */
export function maskEvent(event: CallEvent): CallEvent {
  switch (event.type) {
    case 'recognized':
      return { ...event, text: maskText(event.text) };
    case 'prompt-started':
      return event.personal ? { ...event, text: '[personal]' } : event;
    case 'slot-filled':
      return { ...event, value: '[personal]' };
    default:
      return event;
  }
}
