/**
 * access: public
 * returns: unknown
 */
export default () => ["process", "require", "Deno", "module"].map((name) => typeof globalThis[name]);
