/**
 * access: public
 * returns: unknown
 * params:
 *   path: { type: string, required: true }
 *   with: { type: json, default: {} }
 *   catch: { type: bool, default: false }
 */
export default async (params, context) => {
  try {
    return await context.invoke(params.path, params.with);
  } catch (error) {
    if (!params.catch) throw error;
    return { is: error instanceof StkError, status: error.status, code: error.code };
  }
};
