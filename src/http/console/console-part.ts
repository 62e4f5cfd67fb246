import type { ArchivePart } from '../routes/archive/available-parts.ts';

/** What a server may be without, and the pages of the console with it. */
export type ConsolePart = ArchivePart | 'desk' | 'supervision';
