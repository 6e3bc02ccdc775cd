/**
 * access: public
 * returns: "null"
 */
export default async () => undefined;
