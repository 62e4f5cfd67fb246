import load, { type OpusHandler, type OpusNative } from 'opusscript/build/opusscript_native_wasm.js';
import type { Decode, Encode } from '../domain/codec.ts';

/* Opus (RFC 6716) at 16 kHz, mono, by libopus in WebAssembly. */

export const OPUS_RATE = 16_000;
const SAMPLES_PER_MS = OPUS_RATE / 1000;
const VOIP = 2048;
/** Requests of opus_defines.h. */
const SET_BITRATE = 4002;
const SET_VBR = 4006;
const SET_COMPLEXITY = 4010;
const SET_INBAND_FEC = 4012;
const SET_PACKET_LOSS_PERCENT = 4014;
/** Speech of 4 kHz needs no more; higher ones cost twice the time and are not heard. */
const BITRATE = 24_000;
const LEAST_BITRATE = 6_000;
const COMPLEXITY = 4;
const EXPECTED_LOSS_PERCENT = 5;
/** RFC 6716 section 3.1. */
const LONGEST_MS = 120;
const MOST_OCTETS = 3_828;

/** Memory for one packet at a time: whoever encodes or decodes is done when it returns. */
interface Native {
  readonly opus: OpusNative;
  readonly linear: number;
  readonly packet: number;
}

let loaded: Native | undefined;

/** Compiled when the first call has Opus, once a thread. */
function native(): Native {
  if (loaded !== undefined) return loaded;
  const opus = load();
  loaded = { opus, linear: opus._malloc(4 * LONGEST_MS * SAMPLES_PER_MS), packet: opus._malloc(MOST_OCTETS) };
  return loaded;
}

/**
 * How long a packet sounds, by its first octets (RFC 6716 section 3.1).
 *
 * @returns ms; 0: it is no Opus packet
 */
export function opusMs(bytes: Uint8Array, from: number, to: number): number {
  if (to <= from || to - from > MOST_OCTETS) return 0;
  const first = bytes[from] ?? 0;
  const configuration = first >> 3;
  const code = first & 3;
  if (code === 3 && to - from < 2) return 0;
  const frames = code === 0 ? 1 : code === 3 ? (bytes[from + 1] ?? 0) & 0x3f : 2;
  const whole = frames * frameMs(configuration);
  return whole > LONGEST_MS ? 0 : whole;
}

/** Table 2 of RFC 6716. */
function frameMs(configuration: number): number {
  if (configuration < 12) return [10, 20, 40, 60][configuration & 3] ?? 0;
  if (configuration < 16) return [10, 20][configuration & 1] ?? 0;
  return [2.5, 5, 10, 20][configuration & 3] ?? 0;
}

export function opusDecoder(): Decode {
  const { opus, linear, packet } = native();
  const handler = new opus.OpusScriptHandler(OPUS_RATE, 1, VOIP);
  const decode: Decode = (payload, into) => {
    const wanted = opusMs(payload, 0, payload.length) * SAMPLES_PER_MS;
    if (wanted === 0) return 0;
    opus.HEAPU8.set(payload, packet);
    const count = handler._decode(packet, payload.length, linear);
    if (count !== wanted) {
      into.fill(0, 0, wanted);
      return wanted;
    }
    // each octet of a sample has 16 bits there
    const octets = opus.HEAPU16.subarray(linear >> 1, (linear >> 1) + 2 * count);
    for (let i = 0; i < count; i++) into[i] = (octets[2 * i] ?? 0) | ((octets[2 * i + 1] ?? 0) << 8);
    return count;
  };
  decode.close = closing(opus, handler);
  return decode;
}

/** @param parameters - of the far end's a=fmtp (RFC 7587 section 6.1): what it would like to get */
export function opusEncoder(parameters = ''): Encode {
  const { opus, linear, packet } = native();
  const handler = new opus.OpusScriptHandler(OPUS_RATE, 1, VOIP);
  handler._encoder_ctl(SET_BITRATE, bitrateFor(parameters));
  handler._encoder_ctl(SET_COMPLEXITY, COMPLEXITY);
  if (/(?:^|[;\s])cbr=1(?:;|\s|$)/.test(parameters)) handler._encoder_ctl(SET_VBR, 0);
  if (/(?:^|[;\s])useinbandfec=1(?:;|\s|$)/.test(parameters)) {
    handler._encoder_ctl(SET_INBAND_FEC, 1);
    handler._encoder_ctl(SET_PACKET_LOSS_PERCENT, EXPECTED_LOSS_PERCENT);
  }
  const encode: Encode = (samples, count, into) => {
    const octets = opus.HEAPU16.subarray(linear >> 1, (linear >> 1) + 2 * count);
    for (let i = 0; i < count; i++) {
      const sample = samples[i] ?? 0;
      octets[2 * i] = sample & 0xff;
      octets[2 * i + 1] = (sample >> 8) & 0xff;
    }
    const length = handler._encode(linear, 2 * count, packet, count);
    if (length <= 0) return 0;
    into.set(opus.HEAPU8.subarray(packet, packet + length));
    return length;
  };
  encode.close = closing(opus, handler);
  return encode;
}

function bitrateFor(parameters: string): number {
  const most = Number(/(?:^|[;\s])maxaveragebitrate=(\d{1,7})/.exec(parameters)?.[1] ?? BITRATE);
  return Math.max(LEAST_BITRATE, Math.min(BITRATE, most));
}

function closing(opus: OpusNative, handler: OpusHandler): () => void {
  let open = true;
  return () => {
    if (open) opus.OpusScriptHandler.destroy_handler(handler);
    open = false;
  };
}
