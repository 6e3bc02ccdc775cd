/**
 * access: public
 * returns: none
 */
export default () => ({ left: "out" });
