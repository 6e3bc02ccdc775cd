/** returns: string */
export default (params, { request }) => `private, for ${request.user.id}`;
