export const POLICY = { speculateAfterMs: 224, incompleteMs: 500, sustainMs: 400 };
export const MS = 8;

export function frameOf(audio: Int16Array | undefined, at: number): Int16Array {
  const frame = new Int16Array(160);
  if (audio !== undefined) frame.set(audio.subarray(at, at + 160));
  return frame;
}
export const silence = (milliseconds: number): Int16Array => new Int16Array(milliseconds * MS);
