/**
 * Whose sound 20 ms of a line are. `playback`: the echo of what we play to the caller, not speech. `unknown`: not
 * known yet, on a line that is new. `mistaken`: playback, and so was what seemed to be the caller's just before.
 * `cleared`: the caller's, and so was what was unknown just before. `caller` also where nothing was played that could come
 * back.
 */
export type FrameSource = 'caller' | 'playback' | 'unknown' | 'mistaken' | 'cleared';
