/**
 * description: The newest notes in brief
 * access: public
 * params:
 *   limit: { type: int, default: 5, min: 1, max: 20, description: How many }
 * cache: { ttl: 30s, tags: [notes] }
 */
import { shorten } from "../lib/text";

interface Digest {
  count: number;
  lines: string[];
}

export default async function handler(
  params: SantokitParams["notes/digest"],
  context: Santokit.Context,
): Promise<Digest> {
  const notes = await context.db.query<{ author: string; body: string }>(
    "main",
    "SELECT author, body FROM notes ORDER BY created_at DESC, id LIMIT $1",
    [params.limit],
  );
  context.log("made a digest", { notes: notes.length });
  return {
    count: notes.length,
    lines: notes.map((note) => `${note.author}: ${shorten(note.body, 40)}`),
  };
}
