import { IvrError } from '../../../domain/error.ts';

const CHUNK_HEADER = 8;
const RIFF_HEADER = 12;

/**
 * Reads a WAV (RIFF, PCM mono 16-bit) that arrives in pieces from a program that could not know its length: the lengths
 * in its header mean nothing, the data ends with the stream.
 */
export class WavStream {
  #header: Buffer | undefined = Buffer.alloc(0);
  #odd: Buffer | undefined;
  #rate: number | undefined;

  /** Of the audio, Hz; undefined until the header is complete. */
  get rate(): number | undefined {
    return this.#rate;
  }

  /**
   * @returns the samples that these bytes complete; empty within the header
   * @throws IvrError SYNTHESIS_FAILED when it is not such a WAV
   */
  push(bytes: Buffer): Int16Array {
    if (this.#header === undefined) return this.#samples(bytes);
    const seen = Buffer.concat([this.#header, bytes]);
    const data = this.#parseHeader(seen);
    this.#header = data === undefined ? seen : undefined;
    return data === undefined ? new Int16Array(0) : this.#samples(seen.subarray(data));
  }

  /** @returns where the data begin, or undefined when more bytes are needed */
  #parseHeader(seen: Buffer): number | undefined {
    if (seen.length < RIFF_HEADER) return undefined;
    if (seen.toString('latin1', 0, 4) !== 'RIFF' || seen.toString('latin1', 8, 12) !== 'WAVE') throw malformed();
    let at = RIFF_HEADER;
    while (at + CHUNK_HEADER <= seen.length) {
      const id = seen.toString('latin1', at, at + 4);
      if (id === 'data') {
        if (this.#rate === undefined) throw malformed();
        return at + CHUNK_HEADER;
      }
      const size = seen.readUInt32LE(at + 4);
      if (size > 4096) throw malformed();
      if (at + CHUNK_HEADER + size > seen.length) return undefined;
      if (id === 'fmt ') this.#readFormat(seen.subarray(at + CHUNK_HEADER, at + CHUNK_HEADER + size));
      at += CHUNK_HEADER + size;
    }
    return undefined;
  }

  #readFormat(format: Buffer): void {
    if (format.length < 16) throw malformed();
    const [tag, channels, bits] = [format.readUInt16LE(0), format.readUInt16LE(2), format.readUInt16LE(14)];
    const rate = format.readUInt32LE(4);
    if (tag !== 1 || channels !== 1 || bits !== 16 || rate < 8000 || rate > 48_000) throw malformed();
    this.#rate = rate;
  }

  #samples(bytes: Buffer): Int16Array {
    const all = this.#odd === undefined ? bytes : Buffer.concat([this.#odd, bytes]);
    const samples = new Int16Array(all.length >> 1);
    for (let i = 0; i < samples.length; i++) samples[i] = all.readInt16LE(i * 2);
    this.#odd = all.length % 2 === 0 ? undefined : Buffer.from(all.subarray(-1));
    return samples;
  }
}

const malformed = (): IvrError =>
  new IvrError('SYNTHESIS_FAILED', 'the synthesizer did not write a mono 16-bit PCM WAV of 8 to 48 kHz');
