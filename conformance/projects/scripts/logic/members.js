/** returns: { id: string, roles: "string[]" } */
export default (params, { request }) => ({ id: request.user.id, roles: request.user.roles });
