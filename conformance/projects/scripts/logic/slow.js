/**
 * access: public
 * timeout: 300ms
 * returns: none
 * params:
 *   how: { type: string, required: true }
 */
export default async ({ how }) => {
  if (how === "loop") for (;;);
  await new Promise((resolve) => setTimeout(resolve, 10_000));
};
