/**
 * access: public
 * returns: number
 */
let calls = 0;
globalThis.seen = (globalThis.seen ?? 0) + 1;
export default () => (calls += globalThis.seen);
