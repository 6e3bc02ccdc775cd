/**
 * access: public
 * returns: none
 * params:
 *   how: { type: string, required: true }
 */
export default ({ how }) => {
  if (how === "error") throw new Error("the password is hunter2");
  if (how === "text") throw "just text";
  if (how === "nothing") throw undefined;
  if (how === "sold_out") throw new StkError(409, "sold_out", "There is none left.");
  if (how === "not_found") throw new StkError(404, "not_found", "No such thing.");
  if (how === "server") throw new StkError(502, "upstream", "Hidden.");
  return Promise.reject(new RangeError("rejected"));
};
