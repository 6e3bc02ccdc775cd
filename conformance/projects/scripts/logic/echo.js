/**
 * access: public
 * returns: unknown
 * params:
 *   text: { type: string, required: true, maxLength: 5 }
 *   count: { type: int, default: 7 }
 *   extra: { type: json }
 *   list: { type: array, items: { type: int } }
 */
export default (params) => ({ ...params, known: Object.keys(params), extra: params.extra === undefined ? "absent" : params.extra });
