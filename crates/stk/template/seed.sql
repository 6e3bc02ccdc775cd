-- `stk dev` loads this once, into a new database.
INSERT INTO notes (author, body) VALUES
  ('ann', 'Write a schema in schema/main.hcl'),
  ('ann', 'Write logic in logic/, one file a call'),
  ('ben', 'Call it: stk.logic.notes.list()');
