/**
 * access: public
 * returns: { path: string, header: "string | undefined", id: string }
 */
export default (params, { request }) => ({
  path: request.path,
  header: request.headers["x-test"],
  id: typeof request.id,
});
