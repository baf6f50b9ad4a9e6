// One process and one order: the parts share a sandbox, and the warp comes last.
import { restore as restoreLowLevel } from './low-level.mjs';
import { restore as restoreGenerated } from './generated.mjs';

restoreLowLevel();
restoreGenerated();
