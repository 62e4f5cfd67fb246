import type { RecordingId } from '../../domain/ids.ts';
import type { Manifest } from '../../recording/manifest.ts';
import type { SealedFolder } from '../../recording/sealed-folder.ts';
import type { Locations } from './locations.ts';

/** A recording whose pack is to be made. */
export interface PackOrder {
  readonly recording: RecordingId;
  /** The sealed folder, and its manifest as it lies there. */
  readonly folder: SealedFolder;
  readonly manifest: Manifest;
  readonly text: string;
  readonly work: string;
  readonly locations: Locations;
  readonly software: string;
}
