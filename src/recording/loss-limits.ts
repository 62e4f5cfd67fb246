/** What a process that is killed loses of a call at most, and what a loss of power does: the manifest's `lost_ms`. */
export const LOST_BY_CRASH_MS = 1_000;
export const LOST_BY_POWER_CUT_MS = 2_000;
