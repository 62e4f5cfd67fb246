import type { ArchivePart } from '../routes/archive/available-parts.ts';

/** What a server may be without, and pages of the console, or what they do, with it. `telephones`: those in browsers. */
export type ConsolePart = ArchivePart | 'desk' | 'supervision' | 'telephones';
