//! What a statement is, by its first word.

/// Kinds of statements that the check tells apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verb {
    /// INSERT, UPDATE, DELETE, MERGE.
    Write,
    Transaction,
    /// SET, RESET and other state of the session.
    Session,
    Listen,
    Copy,
    Ddl,
    /// DO, whose body could be any of the above.
    Do,
    /// Everything else; Postgres says whether it is a statement at all.
    Other,
}

/// The verb of a first word.
pub(crate) fn verb(word: &str) -> Verb {
    match word.to_ascii_uppercase().as_str() {
        "INSERT" | "UPDATE" | "DELETE" | "MERGE" => Verb::Write,
        "BEGIN" | "START" | "COMMIT" | "END" | "ROLLBACK" | "ABORT" | "SAVEPOINT" | "RELEASE" => {
            Verb::Transaction
        }
        "SET" | "RESET" | "DISCARD" | "PREPARE" | "EXECUTE" | "DEALLOCATE" | "DECLARE" | "FETCH" | "MOVE"
        | "CLOSE" | "LOAD" => Verb::Session,
        "LISTEN" | "UNLISTEN" => Verb::Listen,
        "COPY" => Verb::Copy,
        "CREATE" | "ALTER" | "DROP" | "TRUNCATE" | "COMMENT" | "GRANT" | "REVOKE" | "REASSIGN"
        | "SECURITY" | "IMPORT" | "REINDEX" | "CLUSTER" | "VACUUM" | "ANALYZE" | "ANALYSE" | "CHECKPOINT"
        | "REFRESH" => Verb::Ddl,
        "DO" => Verb::Do,
        _ => Verb::Other,
    }
}

impl Verb {
    /// Why logic may not contain it, as a sentence's end: "`BEGIN` …".
    pub(crate) fn refusal(self) -> Option<&'static str> {
        match self {
            Verb::Transaction => Some("controls transactions: all statements of a file run in one already"),
            Verb::Session => Some("changes the session, which other calls use too"),
            Verb::Listen => Some("listens, which needs a session of its own"),
            Verb::Copy => Some("copies, which a call can not answer"),
            Verb::Ddl => Some("changes the schema, which `schema/` and `stk schema apply` do"),
            Verb::Do => Some("runs a block that could do anything; make it a function in the schema"),
            Verb::Write | Verb::Other => None,
        }
    }
}
