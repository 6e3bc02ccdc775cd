/**
 * access: public
 * returns: unknown
 */
export default (params, context) => context.invoke("loops");
