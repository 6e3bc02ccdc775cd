//! What a check gives: the project in the contract's terms, and the way back from each part to the user's files.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use stk_contract::hub::Diagnostic;
use stk_contract::{Code, Config, Hash, JsCode, LogicPath, Manifest, Module, Release, SqlStatement};

use crate::code;
use crate::text::{Position, SourceText};

/// The files of a project, read and checked.
#[derive(Debug, Clone, Default)]
pub struct Project {
    pub id: String,
    pub manifest: Manifest,
    pub config: Config,
    pub logic: BTreeMap<LogicPath, LogicFile>,
    /// Scripts that logic needs, by file.
    pub modules: BTreeMap<String, ModuleFile>,
    /// WebAssembly modules by the hash of their bytes.
    pub binaries: BTreeMap<Hash, Vec<u8>>,
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
    pub engine: Engine,
    /// Of SQL.
    pub statements: Vec<CompiledStatement>,
    /// What the header of WebAssembly logic says that it gives to `db.query`.
    pub queries: Vec<ConstantQuery>,
    /// The file that holds the header: this one or its twin.
    pub header_file: String,
    pub header_text: Arc<SourceText>,
    /// Where the keys of the header stand, by dotted path: `returns`, `params.limit`, `types.id`.
    pub header_keys: BTreeMap<String, Position>,
}

/// What runs a logic.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Engine {
    #[default]
    Sql,
    Js(JsCode),
    Wasm(Hash),
}

/// One script, ready for an engine.
#[derive(Debug, Clone, Default)]
pub struct ModuleFile {
    pub text: Arc<SourceText>,
    pub module: Module,
    pub queries: Vec<ConstantQuery>,
}

/// A statement that logic gives to `db.query` as a constant.
#[derive(Debug, Clone)]
pub struct ConstantQuery {
    pub alias: String,
    /// Exactly as it is given, `$1` and all.
    pub sql: String,
    pub positions: Positions,
}

/// One statement as Postgres gets it, and the way back to the file.
#[derive(Debug, Clone)]
pub struct CompiledStatement {
    pub sql: SqlStatement,
    pub positions: Positions,
    /// Where each bind is named: `bind_uses[0]` is `$1`, in the order of the file, never empty.
    pub bind_uses: Vec<Vec<Position>>,
}

/// From characters of a statement back to the user's file.
#[derive(Debug, Clone, Default)]
pub struct Positions {
    /// Starts of the stretches that stand one to one in the file, and of the binds; sorted.
    pub(crate) pieces: Vec<Piece>,
    pub(crate) text: Arc<SourceText>,
    /// Where all of it stands, if no character can be told from another.
    pub(crate) at: Option<Position>,
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
        if let Some(at) = self.at {
            return at;
        }
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
    /// The scripts that a logic needs, by file; none where it is no script.
    pub fn modules_of(&self, logic: &LogicFile) -> impl Iterator<Item = (&str, &ModuleFile)> {
        let files = match &logic.engine {
            Engine::Js(code) => code.modules.as_slice(),
            Engine::Sql | Engine::Wasm(_) => &[],
        };
        files
            .iter()
            .filter_map(|file| self.modules.get_key_value(file))
            .map(|(file, module)| (file.as_str(), module))
    }

    /// Every constant statement of logic that is no SQL, with the file that it stands in.
    pub fn queries(&self) -> impl Iterator<Item = (&str, &SourceText, &ConstantQuery)> {
        let of_modules = self.modules.iter().flat_map(|(file, module)| {
            module.queries.iter().map(move |query| (file.as_str(), &*module.text, query))
        });
        let of_headers = self.logic.values().flat_map(|logic| {
            logic.queries.iter().map(|query| (logic.header_file.as_str(), &*logic.header_text, query))
        });
        of_modules.chain(of_headers)
    }

    /// Those that one logic may run.
    pub fn queries_of<'a>(
        &'a self,
        logic: &'a LogicFile,
    ) -> impl Iterator<Item = (&'a str, &'a SourceText, &'a ConstantQuery)> {
        let own = logic.queries.iter().map(|query| (logic.header_file.as_str(), &*logic.header_text, query));
        let of_modules = self
            .modules_of(logic)
            .flat_map(|(file, module)| module.queries.iter().map(move |query| (file, &*module.text, query)));
        own.chain(of_modules)
    }

    /// The release, free of any environment. `openapi` is its OpenAPI text.
    pub fn release(&self, openapi: String) -> Release {
        let code = |file: &LogicFile| match &file.engine {
            Engine::Sql => Code::Sql(file.statements.iter().map(|statement| statement.sql.clone()).collect()),
            Engine::Js(code) => Code::Js(code.clone()),
            Engine::Wasm(hash) => Code::Wasm(*hash),
        };
        let module = |(file, module): (&String, &ModuleFile)| (file.clone(), module.module.clone());
        Release {
            project: self.id.clone(),
            manifest: self.manifest.clone(),
            code: self.logic.iter().map(|(path, file)| (path.clone(), code(file))).collect(),
            modules: self.modules.iter().map(module).collect(),
            binaries: self.binaries.clone(),
            config: self.config.clone(),
            secrets: self.secrets.clone(),
            openapi,
        }
    }
}
