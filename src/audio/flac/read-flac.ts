import { decodeFlacFrame, type FlacFrame, findFlacFrame } from './decode-flac.ts';
import { FLAC_HEADER_BYTES, type FlacStream, malformedFlac, parseFlacHeader } from './flac-stream.ts';

/** Bytes of a FLAC file, wherever they lie. */
export interface FlacSource {
  readonly bytes: number;
  /** From byte `from` up to, not with, `to`. */
  read(from: number, to: number): Promise<Uint8Array>;
}

export interface FlacReader {
  readonly stream: FlacStream;
  /**
   * Samples `from` up to, not with, `to`, a block at a time: one array per channel. Reads no more of the source than it must.
   *
   * @throws IvrError AUDIO_MALFORMED, and what the source throws
   */
  read(from: number, to: number): AsyncIterable<readonly Int16Array[]>;
}

/** What is read at a time: several frames, and a chunk of a container. */
const WINDOW = 65_536;
/** So many frames before the one wanted are decoded and thrown away: cheaper than another guess. */
const NEAR_FRAMES = 8;
const MOST_GUESSES = 24;

interface Place {
  /** Byte of the source. */
  readonly offset: number;
  readonly index: number;
}

/** @throws IvrError AUDIO_MALFORMED, and what the source throws */
export async function openFlac(source: FlacSource): Promise<FlacReader> {
  const stream = parseFlacHeader(await source.read(0, FLAC_HEADER_BYTES));
  const frames = Math.ceil(stream.samples / stream.blockSize);
  const first: Place = { offset: FLAC_HEADER_BYTES, index: 0 };
  return {
    stream,
    async *read(from, to) {
      const end = Math.min(to, stream.samples);
      if (from >= end) return;
      const wanted = Math.floor(from / stream.blockSize);
      const begin = await placeBefore(source, stream, wanted, first, { offset: source.bytes, index: frames });
      for await (const { index, channels } of framesFrom(source, stream, begin)) {
        const start = index * stream.blockSize;
        if (index < wanted) continue;
        if (start >= end) return;
        yield channels.map((channel) => channel.subarray(Math.max(0, from - start), end - start));
        if (start + stream.blockSize >= end) return;
      }
      throw malformedFlac(`${stream.samples} samples`);
    },
  };
}

/** A frame at or shortly before the one wanted, by interpolation: frames carry their numbers. */
async function placeBefore(
  source: FlacSource,
  stream: FlacStream,
  wanted: number,
  first: Place,
  last: Place,
): Promise<Place> {
  let [low, high] = [first, last];
  for (let guess = 0; guess < MOST_GUESSES && wanted - low.index > NEAR_FRAMES; guess++) {
    const perFrame = (high.offset - low.offset) / (high.index - low.index);
    const aim = Math.floor(low.offset + (wanted - NEAR_FRAMES / 2 - low.index) * perFrame);
    const at = Math.max(low.offset + 1, Math.min(aim, high.offset - 1));
    const found = await frameAfter(source, stream, at);
    if (found === undefined || found.index >= high.index || found.index <= low.index) {
      high = { offset: at, index: high.index };
      if (at - low.offset < WINDOW) return low;
    } else if (found.index > wanted) high = found;
    else low = found;
  }
  return low;
}

/** The first whole frame that begins at or after a byte: its checksum is right. */
async function frameAfter(source: FlacSource, stream: FlacStream, from: number): Promise<Place | undefined> {
  const bytes = await source.read(from, from + WINDOW);
  for (let at = 0; ; ) {
    const head = findFlacFrame(bytes, at, stream);
    if (head === undefined) return undefined;
    if (decodable(bytes, head.offset, stream)) return { offset: from + head.offset, index: head.index };
    at = head.offset + 1;
  }
}

function decodable(bytes: Uint8Array, offset: number, stream: FlacStream): boolean {
  try {
    decodeFlacFrame(bytes, offset, stream);
    return true;
  } catch {
    return false;
  }
}

/** The most that a frame can take: samples as they are, and what stands around them. */
const mostFrameBytes = ({ channels, blockSize }: FlacStream): number => 32 + channels * (blockSize * 2 + 8);

async function* framesFrom(
  source: FlacSource,
  stream: FlacStream,
  begin: Place,
): AsyncGenerator<FlacFrame, void, void> {
  const most = mostFrameBytes(stream);
  let bytes: Uint8Array = new Uint8Array(0);
  let base = begin.offset;
  for (let at = begin.offset, index = begin.index; at < source.bytes; index++) {
    if (at + most > base + bytes.length && base + bytes.length < source.bytes) {
      base = at;
      bytes = await source.read(base, base + Math.max(WINDOW, most));
    }
    const frame = decodeFlacFrame(bytes, at - base, stream);
    if (frame.index !== index) throw malformedFlac('frames in their order');
    yield frame;
    at = base + frame.end;
  }
}
