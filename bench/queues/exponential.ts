export const exponential = (random: () => number, mean: number): number => -mean * Math.log(1 - random());
