export const LIMIT = 8_000;
