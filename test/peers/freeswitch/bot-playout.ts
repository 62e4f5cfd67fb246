/*
 * What mod_audio_fork does with the audio and the marks that it is sent: a port of processIncomingBinary,
 * processIncomingMessage and dub_speech_frame (lws_glue.cpp) at 8 kHz, its defects included. It explains what was
 * observed: 160 ms before the first audio of a fork, batches of 80 ms afterwards, tails that wait, marks that a kill
 * swallows (captures A, L, M, M4).
 */

const MARKER = 0xffff;
const FIRST_PREBUFFER = 320 * 4;
const NEXT_PREBUFFER = 320 * 2;
const MARKS_AT_MOST = 30;

export class BotPlayout {
  readonly #sendMark: (name: string, event: 'playout' | 'cleared') => void;
  /** 16-bit words; a word of 0xffff may be a mark, or a sample of -1: the module cannot tell either. */
  #waiting: number[] = [];
  #playing: number[] = [];
  #threshold = FIRST_PREBUFFER;
  #oddByte: number | undefined;
  #clear = false;
  /** undefined until the first mark */
  #marks: { inventory: string[]; inUse: string[]; cleared: string[] } | undefined;

  constructor(sendMark: (name: string, event: 'playout' | 'cleared') => void) {
    this.#sendMark = sendMark;
  }

  get buffered(): number {
    return this.#waiting.length + this.#playing.length;
  }

  receive(message: Buffer): void {
    let data = this.#oddByte === undefined ? message : Buffer.concat([Buffer.of(this.#oddByte), message]);
    this.#oddByte = undefined;
    if (data.length % 2 !== 0) {
      this.#oddByte = data[data.length - 1];
      data = data.subarray(0, -1);
    }
    if (this.#marks !== undefined) {
      for (const name of this.#marks.inventory) {
        this.#marks.inUse.push(name);
        this.#waiting.push(MARKER);
      }
      this.#marks.inventory = [];
    }
    for (let at = 0; at < data.length; at += 2) this.#waiting.push(data.readUInt16LE(at));
    if (this.#waiting.length < this.#threshold) return;
    this.#threshold = NEXT_PREBUFFER;
    this.#playing = this.#playing.concat(this.#waiting);
    this.#waiting = [];
  }

  mark(name: string): void {
    this.#marks ??= { inventory: [], inUse: [], cleared: [] };
    if (this.#marks.inUse.length + this.#marks.inventory.length >= MARKS_AT_MOST) return;
    this.#marks.inventory.push(name);
  }

  clearMarks(): void {
    if (this.#marks === undefined) return;
    this.#marks.cleared.push(...this.#marks.inUse, ...this.#marks.inventory);
    this.#marks.inventory = [];
    this.#marks.inUse = [];
  }

  /** killAudio: takes effect with the next frame; what waits for a batch to fill is not touched. */
  kill(): void {
    this.#clear = true;
  }

  /** Adds what is to be heard now to the frame. */
  dub(frame: Int16Array): void {
    if (this.#clear) return this.#clearAll();
    const marks = this.#marks;
    const words = this.#playing.splice(0, frame.length);
    if (marks !== undefined && marks.inUse.length + marks.cleared.length > 0) {
      let at = 0;
      for (const word of words) {
        if (word !== MARKER) {
          add(frame, at++, word);
          continue;
        }
        if (marks.cleared.length > 0) marks.cleared.shift();
        else {
          const name = marks.inUse.shift();
          if (name !== undefined) this.#sendMark(name, 'playout');
        }
      }
      return;
    }
    for (const [at, word] of words.entries()) add(frame, at, word);
    if (words.length > 0) return;
    const name = marks?.inventory.shift();
    if (name !== undefined) this.#sendMark(name, 'playout');
  }

  #clearAll(): void {
    this.#playing = [];
    this.#clear = false;
    if (this.#marks === undefined) return;
    for (const name of [...this.#marks.inUse, ...this.#marks.inventory]) this.#sendMark(name, 'cleared');
    this.#marks.cleared.push(...this.#marks.inUse);
    this.#marks.inUse = [];
    this.#marks.inventory = [];
  }
}

function add(frame: Int16Array, at: number, word: number): void {
  const sample = word > 0x7fff ? word - 0x10000 : word;
  frame[at] = Math.max(-32768, Math.min(32767, (frame[at] ?? 0) + sample));
}
