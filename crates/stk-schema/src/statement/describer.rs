//! The connection that statements are described over.
//!
//! The server sends what it makes of a statement as a notice while it prepares it, so this connection reads its own
//! notices. Many statements are prepared in one go; after each stands a small statement of ours whose notice tells
//! where the notices of one end and those of the next begin, for one that fails may send none, or one.

use std::pin::{Pin, pin};
use std::sync::{Arc, Mutex, PoisonError};

use futures_util::future::{join, maybe_done, poll_fn};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio_postgres::tls::MakeTlsConnect;
use tokio_postgres::{AsyncMessage, Client, Config, Connection, Error, Socket};

use super::catalog::{Catalog, Loader};
use super::error::{ConnectError, StatementError};
use super::pg_type::pg_type;
use super::tree::{self, Command, NodeError, QueryTree};
use super::{Column, Statement, StatementKind, nulls, safety};

/// Describes statements over one connection of its own, which is closed when this is dropped.
pub struct Describer {
    client: Client,
    notices: Notices,
    loader: Loader,
    catalog: Catalog,
}

/// Analysed trees in the order in which the server sent them.
type Notices = Arc<Mutex<Vec<String>>>;

/// How many statements are prepared before the answers to the first are awaited.
const BATCH: usize = 64;

/// The column of our own statement after each statement.
const BOUNDARY: &str = "santokit_statement_boundary";

/// Every role may change these; those that may also keep their trees out of the server's own log do.
const SETTINGS: &str = "
DO $$ BEGIN PERFORM pg_catalog.set_config('log_min_messages', 'fatal', false);
EXCEPTION WHEN insufficient_privilege THEN NULL; END $$;
SET client_min_messages = log; SET debug_pretty_print = off; SET debug_print_rewritten = off;
SET debug_print_plan = off; SET debug_print_parse = on";

impl Describer {
    /// Connects with the rights, and the search path, of the role in `config`.
    pub async fn connect<T>(config: &Config, tls: T) -> Result<Describer, ConnectError>
    where
        T: MakeTlsConnect<Socket>,
        T::Stream: Send + 'static,
    {
        let (client, connection) = config.connect(tls).await?;
        let notices = Notices::default();
        tokio::spawn(drive(connection, Arc::clone(&notices)));
        let version =
            client.query_one("SELECT pg_catalog.current_setting('server_version_num')::int4", &[]).await?;
        let version: i32 = version.try_get(0)?;
        let loader = Loader::prepare(&client).await?;
        client.batch_execute(SETTINGS).await?;
        let catalog = Catalog::of_version(version.unsigned_abs());
        let describer = Describer { client, notices, loader, catalog };
        let probe = describer.prepare(&["SELECT 1"]).await;
        if probe.iter().any(|(_, tree)| tree.is_none()) {
            return Err(ConnectError::Silent);
        }
        Ok(describer)
    }

    /// Describes one statement.
    pub async fn describe(&mut self, sql: &str) -> Result<Statement, StatementError> {
        let mut described = self.describe_all(&[sql]).await.map_err(StatementError::Connection)?;
        described.pop().unwrap_or(Err(StatementError::Empty))
    }

    /// Describes many statements, each on its own, in a few round trips. Fails as a whole only with the connection.
    pub async fn describe_all<S: AsRef<str>>(
        &mut self,
        statements: &[S],
    ) -> Result<Vec<Result<Statement, StatementError>>, Error> {
        let mut described = Vec::with_capacity(statements.len());
        for batch in statements.chunks(BATCH) {
            let batch: Vec<&str> = batch.iter().map(AsRef::as_ref).collect();
            let mut analysed = Vec::with_capacity(batch.len());
            for (sql, (prepared, text)) in batch.iter().zip(self.prepare(&batch).await) {
                analysed.push(analyse(sql, prepared, text));
            }
            let trees = analysed.iter().flatten().filter_map(|one| one.tree.as_ref().ok());
            let references: Vec<_> = trees.map(|tree| &tree.references).collect();
            self.loader.load(&self.client, &mut self.catalog, &references).await?;
            described.extend(analysed.into_iter().map(|one| one.map(|one| one.judge(&self.catalog))));
        }
        Ok(described)
    }

    /// Forgets what it knows of the database: after its schema has changed.
    pub fn clear(&mut self) {
        self.catalog = Catalog::of_version(self.catalog.version);
        self.client.clear_type_cache();
    }

    /// Prepares all, and gives with each answer the text of the tree that the server sent for it.
    async fn prepare(
        &self,
        batch: &[&str],
    ) -> Vec<(Result<tokio_postgres::Statement, StatementError>, Option<String>)> {
        self.take_notices();
        let boundary = format!("SELECT 1 AS {BOUNDARY}");
        let requests = batch.iter().map(|sql| {
            let prepare = async move {
                match sql.contains('\0') {
                    true => Err(StatementError::Nul),
                    false => Ok(self.client.prepare(sql).await?),
                }
            };
            Box::pin(maybe_done(join(prepare, self.client.batch_execute(&boundary))))
        });
        let mut requests: Vec<Pin<Box<_>>> = requests.collect();
        // Polled once each, in order, they are all on their way, in order, before any answer leads to a look-up of a
        // type, whose own tree would otherwise come between.
        for request in &mut requests {
            let _ = futures_util::poll!(request.as_mut());
        }
        let mut prepared = Vec::with_capacity(batch.len());
        for mut request in requests {
            request.as_mut().await;
            let (answer, boundary) = request.as_mut().take_output().expect("it has just been awaited");
            prepared.push(match boundary {
                Ok(()) => answer,
                Err(error) => answer.and(Err(StatementError::Connection(error))),
            });
        }
        let notices = self.take_notices();
        let mut trees = notices.split(|tree| tree.contains(BOUNDARY)).map(|segment| segment.first().cloned());
        prepared.into_iter().map(|answer| (answer, trees.next().flatten())).collect()
    }

    fn take_notices(&self) -> Vec<String> {
        std::mem::take(&mut *self.notices.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// Drives the connection until the client is dropped, and keeps the trees that the server sends.
async fn drive<S, T>(connection: Connection<S, T>, notices: Notices)
where
    S: AsyncRead + AsyncWrite + Unpin,
    T: AsyncRead + AsyncWrite + Unpin,
{
    let mut connection = pin!(connection);
    // An end of the connection shows in the requests that it leaves without an answer.
    while let Some(Ok(message)) = poll_fn(|cx| connection.poll_message(cx)).await {
        if let AsyncMessage::Notice(notice) = message
            && notice.message() == "parse tree:"
            && let Some(tree) = notice.detail()
        {
            notices.lock().unwrap_or_else(PoisonError::into_inner).push(tree.to_owned());
        }
    }
}

/// A statement as the server has analysed it, before it is judged.
struct Analysed<'s> {
    sql: &'s str,
    prepared: tokio_postgres::Statement,
    tree: Result<QueryTree, NodeError>,
    /// What it does, known also where its tree can not be read.
    command: Command,
    modifies: bool,
}

fn analyse(
    sql: &str,
    prepared: Result<tokio_postgres::Statement, StatementError>,
    text: Option<String>,
) -> Result<Analysed<'_>, StatementError> {
    let prepared = prepared?;
    let text = text.ok_or(StatementError::Empty)?;
    let tree = tree::read_query(&text);
    if let Err(error) = &tree {
        tracing::warn!(%error, "the analysed form of a statement is not judged: its columns count as nullable");
    }
    let (command, modifies) = tree::outline(&text);
    Ok(Analysed { sql, prepared, tree, command, modifies })
}

impl Analysed<'_> {
    fn judge(self, catalog: &Catalog) -> Statement {
        let tree = self.tree.as_ref().ok();
        let never_null = tree.map(|tree| nulls::never_null(catalog, &tree.query)).unwrap_or_default();
        let reach = tree.map(|tree| safety::reach(catalog, &tree.references));
        let select = self.command == Command::Select;
        let columns = self.prepared.columns().iter().enumerate().map(|(at, column)| Column {
            name: column.name().to_owned(),
            pg_type: pg_type(column.type_()),
            nullable: never_null.get(at) != Some(&true),
        });
        Statement {
            kind: self.kind(),
            params: self.prepared.params().iter().map(pg_type).collect(),
            columns: columns.collect(),
            writes: !matches!(self.command, Command::Select | Command::Utility) || self.modifies,
            volatile: reach.is_none_or(|reach| reach.volatile),
            shareable: select
                && reach.is_some_and(|reach| {
                    !reach.volatile && !reach.locks && !reach.modifies && !reach.unproved
                }),
        }
    }

    fn kind(&self) -> StatementKind {
        match self.command {
            Command::Select => StatementKind::Select,
            Command::Insert => StatementKind::Insert,
            Command::Update => StatementKind::Update,
            Command::Delete => StatementKind::Delete,
            Command::Merge => StatementKind::Merge,
            Command::Utility => StatementKind::Utility(first_word(self.sql)),
        }
    }
}

/// The first word after spaces and comments, for messages.
fn first_word(sql: &str) -> String {
    let mut rest = sql;
    loop {
        rest = rest.trim_start_matches(|c: char| c.is_whitespace() || c == '(');
        if let Some(comment) = rest.strip_prefix("--") {
            rest = comment.split_once('\n').map_or("", |(_, after)| after);
        } else if let Some(comment) = rest.strip_prefix("/*") {
            rest = after_comment(comment);
        } else {
            break;
        }
    }
    let word = rest.split(|c: char| !c.is_ascii_alphabetic()).next().unwrap_or_default();
    word.to_ascii_uppercase()
}

/// What follows the end of a comment, which may hold others, once it has begun.
fn after_comment(mut rest: &str) -> &str {
    let mut depth = 1;
    while depth > 0 {
        match (rest.find("/*"), rest.find("*/")) {
            (Some(open), Some(close)) if open < close => (rest, depth) = (&rest[open + 2..], depth + 1),
            (_, Some(close)) => (rest, depth) = (&rest[close + 2..], depth - 1),
            (_, None) => return "",
        }
    }
    rest
}

#[cfg(test)]
mod tests {
    use super::first_word;

    #[test]
    fn the_first_word_stands_behind_spaces_and_comments() {
        let words =
            [("/* a /* b */ */ -- c\n begin", "BEGIN"), ("(select 1)", "SELECT"), ("", ""), ("/* a", "")];
        for (sql, word) in words {
            assert_eq!(first_word(sql), word, "{sql}");
        }
    }
}
