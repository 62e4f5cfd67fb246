/** libopus as WebAssembly, of the package opusscript: without its wrapper, whose buffers lie at twice their address (audio/opus.ts). */
declare module 'opusscript/build/opusscript_native_wasm.js' {
  export interface OpusHandler {
    /** @returns octets, negative: an error of libopus. `input`: each octet of the linear samples in 16 bits. */
    _encode(input: number, octets: number, output: number, samples: number): number;
    /** @returns samples, negative: an error of libopus. `output`: as `input` above. */
    _decode(input: number, octets: number, output: number): number;
    _encoder_ctl(request: number, value: number): number;
  }
  export interface OpusNative {
    readonly OpusScriptHandler: {
      new (rate: number, channels: number, application: number): OpusHandler;
      destroy_handler(handler: OpusHandler): void;
    };
    /** Another view whenever the memory has grown. */
    readonly HEAPU8: Uint8Array;
    readonly HEAPU16: Uint16Array;
    _malloc(octets: number): number;
  }
  export default function load(): OpusNative;
}
