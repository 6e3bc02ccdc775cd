/**
 * access: public
 * secrets: [JWT_SECRET]
 * returns: string
 * params:
 *   name: { type: string, required: true }
 */
export default ({ name }, context) => {
  try {
    return typeof context.getSecret(name);
  } catch {
    return "refused";
  }
};
