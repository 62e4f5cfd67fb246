/** Words of harm, and of haste. */
export const complaintWords = {
  harm: /诈骗|被盗|报警|律师|法院|监管|银保监/,
  haste: /紧急|马上|又一次|投诉过|不能接受/,
} as const;
