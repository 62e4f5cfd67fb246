/** Words of harm, and of haste. */
export const complaintWords = {
  harm: /fraud|stolen|police|lawyer|court|regulator|ombudsman/i,
  haste: /urgent|immediately|again|third time|disgrace|unacceptable/i,
} as const;
