/**
 * access: public
 * returns: "string | null"
 */
export default (params, context) => context.request.user?.id ?? null;
