import { type CodecName, encodingOf, isStatic } from '../domain/codec.ts';
import { typeOf } from './our-audio.ts';
import type { MediaDescription } from './session.ts';

/** Whether our own description names the codec. */
export const offers = (media: MediaDescription | undefined, codec: CodecName): boolean =>
  media !== undefined &&
  (hasEncoding(media, encodingOf(codec)) || (isStatic(codec) && media.formats.includes(typeOf(codec))));

export const hasEncoding = ({ attributes }: MediaDescription, encoding: string): boolean =>
  attributes.some(
    ({ name, value = '' }) => name === 'rtpmap' && value.toUpperCase().endsWith(` ${encoding.toUpperCase()}`),
  );
