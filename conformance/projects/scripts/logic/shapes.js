/**
 * access: public
 * returns: unknown
 * params:
 *   what: { type: string, required: true }
 */
export default ({ what }) => {
  const circle = {};
  circle.circle = circle;
  const shapes = {
    bigint: 1n,
    circle,
    getter: { get bad() { throw new Error("no"); } },
    order: { b: 1, a: [undefined, () => 1, NaN], left: undefined, at: new Date(0), "ä": "\u2028" },
    function: () => 1,
    text: "plain",
    map: new Map([[1, 2]]),
  };
  return shapes[what];
};
