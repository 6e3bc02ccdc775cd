/**
 * access: public
 * invalidates: [shared]
 * returns: none
 */
export default async (): Promise<void> => {};
