/**
 * access: admin
 * returns: string
 */
export default () => "in";
