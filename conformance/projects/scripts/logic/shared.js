/**
 * access: public
 * cache: { ttl: 60s, tags: [shared] }
 * returns: { user: unknown, headers: number, random: number }
 */
export default (params, { request }) => ({
  user: request["user"],
  headers: Object.keys(request["headers"]).length,
  random: Math.random() < 2 ? 1 : 0,
});
