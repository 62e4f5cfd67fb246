/**
 * The memory of a WASI program as its host sees it. The views are made anew for each access: when the program's memory
 * grows, the old buffer is detached.
 */
export class WasiMemory {
  #memory: WebAssembly.Memory | undefined;

  /** Called once the instance exists, before its code runs. */
  attach(memory: WebAssembly.Memory): void {
    this.#memory = memory;
  }

  get #buffer(): ArrayBuffer {
    if (this.#memory === undefined) throw new RangeError('the program has no memory yet');
    return this.#memory.buffer;
  }

  setUint8(at: number, value: number): void {
    new DataView(this.#buffer).setUint8(at, value);
  }

  setUint32(at: number, value: number): void {
    new DataView(this.#buffer).setUint32(at, value, true);
  }

  setUint64(at: number, value: bigint): void {
    new DataView(this.#buffer).setBigUint64(at, value, true);
  }

  write(at: number, bytes: Uint8Array): void {
    new Uint8Array(this.#buffer).set(bytes, at);
  }

  fill(at: number, length: number, value: number): void {
    new Uint8Array(this.#buffer, at, length).fill(value);
  }

  /** A view, valid until the program runs again. */
  bytes(at: number, length: number): Uint8Array {
    return new Uint8Array(this.#buffer, at, length);
  }

  /** The buffers of a scatter/gather list (`ciovec`): pairs of pointer and length. Views, valid until the program runs again. */
  vectors(at: number, count: number): Uint8Array[] {
    const view = new DataView(this.#buffer);
    return Array.from({ length: count }, (_, i) =>
      this.bytes(view.getUint32(at + i * 8, true), view.getUint32(at + i * 8 + 4, true)),
    );
  }
}
