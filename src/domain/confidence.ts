/**
 * As a confidence (0…1) is written down: to a thousandth. More digits say nothing of it, and sixteen of them are by chance what a card's number looks like
 * to whoever looks for one in what was kept.
 */
export const writtenConfidence = (confidence: number): number => Math.round(confidence * 1000) / 1000;
