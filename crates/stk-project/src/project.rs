//! What a check gives: the project in the contract's terms, and the way back from each part to the user's files.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use stk_contract::hub::Diagnostic;
use stk_contract::{Code, Config, LogicPath, Manifest, Release, SqlStatement};

use crate::code;
use crate::text::{Position, SourceText};

/// The files of a project, read and checked.
#[derive(Debug, Clone, Default)]
pub struct Project {
    pub id: String,
    pub manifest: Manifest,
    pub config: Config,
    pub logic: BTreeMap<LogicPath, LogicFile>,
    /// By alias.
    pub schema: BTreeMap<String, SchemaFile>,
    /// Names of the secrets that a Server needs: placeholders of the config, except those of `migrate`, and the
    /// headers' `secrets:`.
    pub secrets: BTreeSet<String>,
    /// Names of the secrets that the Hub uses: placeholders of `migrate`. A name may be in both.
    pub hub_secrets: BTreeSet<String>,
    /// Where each secret is first named.
    pub secret_uses: BTreeMap<String, Place>,
}

/// A file under `schema/`, unparsed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SchemaFile {
    pub file: String,
    pub text: String,
}

/// A position in a file of the project.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    pub file: String,
    pub position: Position,
}

/// One logic file, compiled.
#[derive(Debug, Clone)]
pub struct LogicFile {
    /// Such as `logic/users/get.sql`.
    pub file: String,
    pub text: Arc<SourceText>,
    pub statements: Vec<CompiledStatement>,
    /// The file that holds the header: this one or its twin.
    pub header_file: String,
    pub header_text: Arc<SourceText>,
    /// Where the keys of the header stand, by dotted path: `returns`, `params.limit`, `types.id`.
    pub header_keys: BTreeMap<String, Position>,
}

/// One statement as Postgres gets it, and the way back to the file.
#[derive(Debug, Clone)]
pub struct CompiledStatement {
    pub sql: SqlStatement,
    pub positions: Positions,
    /// Where each bind is named: `bind_uses[0]` is `$1`, in the order of the file, never empty.
    pub bind_uses: Vec<Vec<Position>>,
}

/// From characters of a compiled statement back to the user's file.
#[derive(Debug, Clone, Default)]
pub struct Positions {
    /// Starts of the stretches that stand one to one in the file, and of the binds; sorted.
    pub(crate) pieces: Vec<Piece>,
    pub(crate) text: Arc<SourceText>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Piece {
    /// In characters of the compiled text, from 0.
    pub compiled: usize,
    /// In characters of the file, from 0.
    pub file: usize,
    /// Every character of `$1` is the start of `:name`.
    pub bind: bool,
}

impl Positions {
    /// Where the character at `offset` (from 0) of the compiled text stands in the file. Postgres counts its error
    /// positions from 1. An offset past the end is the place where the statement ends.
    pub fn locate(&self, offset: usize) -> Position {
        let after = self.pieces.partition_point(|piece| piece.compiled <= offset);
        match after.checked_sub(1).and_then(|index| self.pieces.get(index)) {
            Some(piece) if piece.bind => self.text.position_of_char(piece.file),
            Some(piece) => self.text.position_of_char(piece.file + (offset - piece.compiled)),
            None => Position::WHOLE_FILE,
        }
    }
}

impl LogicFile {
    /// A diagnostic at a position of the SQL, its line attached.
    pub fn diagnostic(&self, code: code::Code, at: Position, message: impl Into<String>) -> Diagnostic {
        code.at(&self.file, at, &self.text, message.into())
    }

    /// A diagnostic at a key of the header (`returns`, `types.id`), or, where the header does not have it, at the
    /// nearest key around it, or the file as a whole.
    pub fn header_diagnostic(&self, code: code::Code, key: &str, message: impl Into<String>) -> Diagnostic {
        let mut key = key;
        loop {
            if let Some(position) = self.header_keys.get(key) {
                return code.at(&self.header_file, *position, &self.header_text, message.into());
            }
            match key.rsplit_once('.') {
                Some((around, _)) => key = around,
                None => return code.at(&self.file, Position::WHOLE_FILE, &self.text, message.into()),
            }
        }
    }
}

impl Project {
    /// The release, free of any environment. `openapi` is its OpenAPI text.
    pub fn release(&self, openapi: String) -> Release {
        let sql = |file: &LogicFile| Code::Sql(file.statements.iter().map(|s| s.sql.clone()).collect());
        Release {
            project: self.id.clone(),
            manifest: self.manifest.clone(),
            code: self.logic.iter().map(|(path, file)| (path.clone(), sql(file))).collect(),
            modules: BTreeMap::new(),
            binaries: BTreeMap::new(),
            config: self.config.clone(),
            secrets: self.secrets.clone(),
            openapi,
        }
    }
}
