import { IvrError } from '../../../domain/error.ts';

/*
 * What goes over the pipes between the speech worker and a recognizer process: frames of
 * [length of the rest, uint32 LE] [length of the head, uint32 LE] [head, JSON] [body, bytes].
 */

export interface Frame {
  readonly head: unknown;
  readonly body: Buffer;
}

const PREFIX = 8;
/** Five minutes of audio and a large grammar are far less. */
const LONGEST = 32 * 1024 * 1024;

export function formatFrame(head: unknown, body: Uint8Array = new Uint8Array(0)): Buffer {
  const json = Buffer.from(JSON.stringify(head));
  const prefix = Buffer.alloc(PREFIX);
  prefix.writeUInt32LE(4 + json.length + body.length, 0);
  prefix.writeUInt32LE(json.length, 4);
  return Buffer.concat([prefix, json, body]);
}

/**
 * Cuts a stream of bytes into frames. One stream, one reader.
 *
 * @returns a function from bytes to the frames that they complete
 * @throws IvrError RECOGNITION_FAILED for anything else; the stream cannot be used any further
 */
export function frameReader(): (bytes: Uint8Array) => Frame[] {
  let chunks: Uint8Array[] = [];
  let held = 0;
  let wanted = 4;
  return (bytes) => {
    chunks.push(bytes);
    held += bytes.length;
    const frames: Frame[] = [];
    while (held >= wanted) {
      const buffer = Buffer.concat(chunks);
      const rest = buffer.readUInt32LE(0);
      if (rest < 4 || rest > LONGEST)
        throw new IvrError('RECOGNITION_FAILED', `a frame of ${rest} bytes on the recognizer's pipe`, { bytes: rest });
      chunks = [buffer];
      wanted = 4 + rest;
      if (held < wanted) break;
      frames.push(parseFrame(buffer.subarray(4, wanted)));
      chunks = [buffer.subarray(wanted)];
      held -= wanted;
      wanted = 4;
    }
    return frames;
  };
}

function parseFrame(rest: Buffer): Frame {
  const size = rest.readUInt32LE(0);
  if (size > rest.length - 4)
    throw new IvrError('RECOGNITION_FAILED', 'a head longer than its frame on the recognizer\u2019s pipe');
  try {
    return { head: JSON.parse(rest.toString('utf8', 4, 4 + size)), body: rest.subarray(4 + size) };
  } catch (cause) {
    throw new IvrError('RECOGNITION_FAILED', 'a head that is not JSON on the recognizer\u2019s pipe', {}, cause);
  }
}
