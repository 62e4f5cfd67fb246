import { getPriority, setPriority } from 'node:os';

/**
 * A third of what a thread at 0 gets of a busy processor (Linux). At 19 it would be a sixty-eighth: on a machine that others keep busy a tenth of a second of
 * work took forty seconds, and a call that was over waited so long for its seal and its archive.
 */
const GIVES_WAY = 5;

/**
 * From now on the calling thread gives way to calls, and still gets on. Linux sets the thread's priority alone. Where the whole server gives way already
 * (`nice`) it stays so: to go back is refused to whoever is not root.
 */
export const giveWay = (): void => setPriority(Math.max(GIVES_WAY, getPriority()));
