import type { ClientManifest } from "./options.js";

/** Unknown until `stk sync` replaces this module in the installed package; TYPES.md says how. */
export const manifest: ClientManifest | undefined = undefined;
