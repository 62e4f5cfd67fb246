/** SM3 (GB/T 32905): 32 bytes. Written out, since browsers do not have it. */
export function sm3(message: Uint8Array): Uint8Array<ArrayBuffer> {
  const length = Math.ceil((message.length + 9) / 64) * 64;
  const padded = new Uint8Array(length);
  padded.set(message);
  padded[message.length] = 0x80;
  const view = new DataView(padded.buffer);
  view.setBigUint64(length - 8, BigInt(message.length) * 8n);
  const state = Uint32Array.of(
    0x7380166f,
    0x4914b2b9,
    0x172442d7,
    0xda8a0600,
    0xa96f30bc,
    0x163138aa,
    0xe38dee4d,
    0xb0fb0e4e,
  );
  for (let at = 0; at < length; at += 64) compress(state, view, at);
  const digest = new Uint8Array(32);
  const out = new DataView(digest.buffer);
  for (const [n, word] of state.entries()) out.setUint32(n * 4, word);
  return digest;
}

const BLOCK = 64;

/** HMAC (RFC 2104) with SM3. */
export function hmacSm3(key: Uint8Array, message: Uint8Array): Uint8Array<ArrayBuffer> {
  const padded = new Uint8Array(BLOCK);
  padded.set(key.length > BLOCK ? sm3(key) : key);
  const keyed = (pad: number, content: Uint8Array): Uint8Array<ArrayBuffer> => {
    const bytes = new Uint8Array(BLOCK + content.length);
    for (let n = 0; n < BLOCK; n++) bytes[n] = (padded[n] ?? 0) ^ pad;
    bytes.set(content, BLOCK);
    return sm3(bytes);
  };
  return keyed(0x5c, keyed(0x36, message));
}

const rotate = (x: number, by: number): number => (x << (by % 32)) | (x >>> ((32 - (by % 32)) % 32));
const p0 = (x: number): number => x ^ rotate(x, 9) ^ rotate(x, 17);
const p1 = (x: number): number => x ^ rotate(x, 15) ^ rotate(x, 23);

function compress(state: Uint32Array, view: DataView, offset: number): void {
  const w = new Int32Array(68);
  for (let n = 0; n < 16; n++) w[n] = view.getInt32(offset + n * 4);
  const word = (n: number): number => w[n] ?? 0;
  for (let n = 16; n < 68; n++)
    w[n] = p1(word(n - 16) ^ word(n - 9) ^ rotate(word(n - 3), 15)) ^ rotate(word(n - 13), 7) ^ word(n - 6);
  let [a = 0, b = 0, c = 0, d = 0, e = 0, f = 0, g = 0, h = 0] = state;
  for (let n = 0; n < 64; n++) {
    const ss1 = rotate((rotate(a, 12) + e + rotate(n < 16 ? 0x79cc4519 : 0x7a879d8a, n)) | 0, 7);
    const ss2 = ss1 ^ rotate(a, 12);
    const ff = n < 16 ? a ^ b ^ c : (a & b) | (a & c) | (b & c);
    const gg = n < 16 ? e ^ f ^ g : (e & f) | (~e & g);
    const tt1 = (ff + d + ss2 + (word(n) ^ word(n + 4))) | 0;
    const tt2 = (gg + h + ss1 + word(n)) | 0;
    [d, c, b, a] = [c, rotate(b, 9), a, tt1];
    [h, g, f, e] = [g, rotate(f, 19), e, p0(tt2)];
  }
  for (const [n, value] of [a, b, c, d, e, f, g, h].entries()) state[n] = (state[n] ?? 0) ^ value;
}
