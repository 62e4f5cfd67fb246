const COUNT = 1 << 15;

/** So many normally distributed numbers, the same in every process: a text always sounds the same. */
export function gaussianNoise(): Float32Array {
  const noise = new Float32Array(COUNT);
  let state = 0x9e3779b9;
  const uniform = (): number => {
    state ^= state << 13; // xorshift32
    state ^= state >>> 17;
    state ^= state << 5;
    return ((state >>> 0) + 1) / 4_294_967_297;
  };
  for (let i = 0; i < COUNT; i += 2) {
    const radius = Math.sqrt(-2 * Math.log(uniform())); // Box and Muller
    const angle = 2 * Math.PI * uniform();
    noise[i] = radius * Math.cos(angle);
    noise[i + 1] = radius * Math.sin(angle);
  }
  return noise;
}
