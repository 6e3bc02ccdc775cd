//! The codes of diagnostics: one table, from which a reference can be written.

use stk_contract::hub::{Diagnostic, Severity};

use crate::text::{Position, SourceText};

macro_rules! codes {
    ($($(#[doc = $doc:literal])+ $variant:ident = $code:literal, $severity:ident;)+) => {
        /// What a diagnostic is about. Stable: scripts and editors match on the text form.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Code {
            $($(#[doc = $doc])+ $variant,)+
        }

        impl Code {
            pub const ALL: &[Code] = &[$(Code::$variant),+];

            /// Such as `header.unknown_key`.
            pub const fn as_str(self) -> &'static str {
                match self { $(Code::$variant => $code),+ }
            }

            pub const fn severity(self) -> Severity {
                match self { $(Code::$variant => Severity::$severity),+ }
            }

            /// What it means and what to do, for the reference.
            pub fn doc(self) -> &'static str {
                match self { $(Code::$variant => concat!($($doc),+)),+ }.trim()
            }
        }
    };
}

codes! {
    /// A file must be UTF-8 text.
    FileNotUtf8 = "file.not_utf8", Error;

    // YAML of any file.
    /// The text is not YAML 1.2.
    YamlSyntax = "yaml.syntax", Error;
    /// A key stands twice in one mapping.
    YamlDuplicateKey = "yaml.duplicate_key", Error;
    /// Anchors (`&name`) are not allowed: what a key says stands at the key.
    YamlAnchor = "yaml.anchor", Error;
    /// Aliases (`*name`) are not allowed; put a text that starts with `*` in quotes.
    YamlAlias = "yaml.alias", Error;
    /// Tags (`!name`) are not allowed; put a text that starts with `!` in quotes.
    YamlTag = "yaml.tag", Error;
    /// A key must be plain text.
    YamlKey = "yaml.key", Error;
    /// One file holds one YAML document.
    YamlDocuments = "yaml.documents", Error;
    /// The YAML nests deeper than anything here needs.
    YamlTooDeep = "yaml.too_deep", Error;

    // config/
    /// There is no such file in `config/`.
    ConfigUnknownFile = "config.unknown_file", Error;
    /// There is no such key.
    ConfigUnknownKey = "config.unknown_key", Error;
    /// A key that must be there is not.
    ConfigMissingKey = "config.missing_key", Error;
    /// The value has another type than the key takes.
    ConfigWrongType = "config.wrong_type", Error;
    /// The value has the right type and can still not be meant.
    ConfigInvalidValue = "config.invalid_value", Error;
    /// A credential stands in the file: put it in the vault with `stk secret set NAME` and write `${NAME}` here.
    ConfigCredential = "config.credential", Error;
    /// A placeholder is `${NAME}`, with a name of letters, digits and `_`.
    ConfigPlaceholder = "config.placeholder", Error;
    /// Placeholders are resolved only in addresses and credentials; this value is part of the release.
    ConfigPlaceholderNotHere = "config.placeholder_not_here", Error;
    /// `migrate` is absent, so that the Hub changes the schema with the Server's own role.
    ConfigMigrateMissing = "config.migrate_missing", Warning;
    /// A role stands twice, or has the name of an access rule.
    ConfigRole = "config.role", Error;
    /// `defaultRole` is not one of the roles.
    ConfigUnknownRole = "config.unknown_role", Error;
    /// Two entries can not be told apart.
    ConfigDuplicate = "config.duplicate", Error;
    /// Only one source of tokens may have raw subjects, or two people could share an id.
    ConfigRawSubject = "config.raw_subject", Error;
    /// An address must be https, or http on this machine.
    ConfigInsecureUrl = "config.insecure_url", Error;

    // schema/
    /// Both `schema/` and its older name `base/` are there.
    SchemaTwoFolders = "schema.two_folders", Error;
    /// The name of a file under `schema/` is the alias of a database.
    SchemaName = "schema.name", Error;
    /// A file under `schema/` that nothing reads.
    SchemaUnreadFile = "schema.unread_file", Warning;
    /// A file under `schema/` has no entry in `config/databases.yaml`.
    SchemaNotConfigured = "schema.not_configured", Error;
    /// An entry of `config/databases.yaml` has no file under `schema/`.
    SchemaMissing = "schema.missing", Error;

    // logic/
    /// The path of a logic can not be a name in a client.
    LogicName = "logic.name", Error;
    /// Two files give one logic.
    LogicDuplicate = "logic.duplicate", Error;
    /// Two paths differ only in case, which many file systems can not keep apart.
    LogicCase = "logic.case", Error;
    /// A file has a header and no default export, so that nothing can call it.
    LogicNoHandler = "logic.no_handler", Error;
    /// The default export of a script can not be called.
    LogicNotFunction = "logic.not_a_function", Error;
    /// `context.invoke` names a path that no file gives.
    LogicUnknownPath = "logic.unknown_path", Error;
    /// A twin `.yaml` stands alone.
    LogicTwinAlone = "logic.twin_alone", Error;
    /// A file under `logic/` is almost one that counts: extensions are `.sql`, `.js`, `.ts`, `.wasm` and `.yaml`, in lower case.
    LogicExtension = "logic.extension", Error;
    /// A file under `logic/` that nothing reads.
    LogicUnreadFile = "logic.unread_file", Warning;
    /// `target:`, or `db.query` in a script, names a database that `config/databases.yaml` does not have.
    LogicUnknownAlias = "logic.unknown_alias", Error;

    // The header of a logic file.
    /// The fence at the top is never closed.
    HeaderUnclosed = "header.unclosed", Error;
    /// A logic has both a header and a twin.
    HeaderTwice = "header.twice", Error;
    /// A comment reads like a header and is none, because none of its keys is known.
    HeaderLookalike = "header.lookalike", Warning;
    /// There is no such key.
    HeaderUnknownKey = "header.unknown_key", Error;
    /// A key that must be there is not.
    HeaderMissingKey = "header.missing_key", Error;
    /// The value has another type than the key takes.
    HeaderWrongType = "header.wrong_type", Error;
    /// The value has the right type and can still not be meant.
    HeaderInvalidValue = "header.invalid_value", Error;
    /// The key means nothing for this kind of logic.
    HeaderIdleKey = "header.idle_key", Warning;
    /// `access:` names a role that `config/auth.yaml` does not have.
    AccessUnknownRole = "access.unknown_role", Error;
    /// The name of a param is not one.
    ParamName = "param.name", Error;
    /// `user_id`, `user_email` and `user_roles` come from the verified token only.
    ParamReserved = "param.reserved", Error;
    /// A check does not fit the type of the param, or checks contradict each other.
    ParamCheck = "param.check", Error;
    /// A default does not fit its own param.
    ParamDefault = "param.default", Error;
    /// A required param has a default, which could never be used.
    ParamRequiredDefault = "param.required_default", Error;
    /// A declared param is not in the SQL.
    ParamUnused = "param.unused", Error;
    /// The code names a param that the header does not declare.
    ParamUndeclared = "param.undeclared", Error;
    /// A logic that invalidates can not be cached itself.
    CacheInvalidates = "cache.invalidates", Error;
    /// An answer that is shared by everybody can not know the caller.
    CacheIdentity = "cache.identity", Error;
    /// `isolation:` is for several statements; one statement is a transaction by itself.
    IsolationSingle = "isolation.single_statement", Error;
    /// The timeout of a logic is longer than `config/limits.yaml` allows, which wins.
    TimeoutOverLimit = "timeout.over_limit", Warning;

    // SQL, as far as it can be read without a database.
    /// The file has no statement.
    SqlEmpty = "sql.empty", Error;
    /// A quote or a comment is never closed.
    SqlUnterminated = "sql.unterminated", Error;
    /// `$1` has no meaning here: declare a param and write `:name`.
    SqlPositional = "sql.positional", Error;
    /// A character that SQL does not have.
    SqlCharacter = "sql.character", Error;

    // WebAssembly.
    /// The file is not a WebAssembly module, or uses a feature that is not supported: threads, exceptions, …
    WasmInvalid = "wasm.invalid", Error;
    /// The module or one of its functions is too large.
    WasmTooLarge = "wasm.too_large", Error;
    /// The module imports what a Server does not give: only WASI preview 1 and `santokit` are there.
    WasmImport = "wasm.import", Error;
    /// A logic is a WASI command: it exports `_start` and `memory`.
    WasmExport = "wasm.export", Error;
    /// The module asks for more memory or larger tables than a call may use.
    WasmLimit = "wasm.limit", Error;

    // JavaScript and TypeScript.
    /// The syntax is not that of an ES module, or of TypeScript where the file is `.ts`.
    JsSyntax = "js.syntax", Error;
    /// The file is too large, or nests too deep.
    JsTooLarge = "js.too_large", Error;
    /// Syntax that is good elsewhere and that the engine does not have.
    JsUnsupported = "js.unsupported", Error;
    /// What is imported can not be: npm packages, modules of Node, URLs, files of other kinds or outside `logic/`.
    JsImport = "js.import", Error;
    /// There is no such module.
    JsImportMissing = "js.import_missing", Error;
    /// An import and a file differ in case, which some file systems do not tell apart and a Server does.
    JsImportCase = "js.import_case", Error;
    /// A module does not export what is imported from it.
    JsExportMissing = "js.export_missing", Error;
    /// Modules wait for each other while they load, and never settle.
    JsCycle = "js.cycle", Error;
    /// `import()` of what is known only once it runs.
    JsDynamicImport = "js.dynamic_import", Error;
    /// A global of Node, Deno, Bun or browsers that logic does not have.
    JsGlobal = "js.global", Warning;
    /// `context.getSecret` reads a secret that the header does not declare in `secrets:`.
    SecretUndeclared = "secret.undeclared", Error;
    /// A part of the declared result can not be told or is lost in JSON, so that callers see `unknown` there.
    ResultLost = "result.lost", Warning;
    /// Nothing says what the logic answers, so that callers see `unknown`: annotate what the handler returns
    /// (TypeScript), or say it with `returns:` in the header.
    ResultUnknown = "result.unknown", Info;

    // Found by the Hub, with the database at hand.
    /// A secret that the project names is not in the environment's vault: `stk secret set NAME`.
    SecretMissing = "secret.missing", Error;
    /// Postgres refuses to prepare the statement; the message is Postgres' own.
    SqlRefused = "sql.refused", Error;
    /// SQL logic may not contain this kind of statement.
    SqlForbidden = "sql.forbidden", Error;
    /// Two columns of a result have one name, or one that is the result of a logic has none: give each an alias.
    SqlColumnName = "sql.column_name", Error;
    /// A column of the result has a type that a Server can not read: cast it in the statement.
    SqlColumnType = "sql.column_type", Error;
    /// The declared type of a param can not be what the statement takes there.
    SqlParamType = "sql.param_type", Error;
    /// A cached logic writes.
    CacheWrites = "cache.writes", Error;
    /// A cached logic calls a volatile function, whose answers differ from call to call.
    CacheVolatile = "cache.volatile", Warning;
    /// The columns of the result do not fit `returns:`.
    ReturnsColumns = "returns.columns", Error;
    /// `types:` names a column that the result does not have.
    TypesUnknownColumn = "types.unknown_column", Error;
    /// `types:` gives a column a type that its values can not take.
    TypesUnfit = "types.unfit", Error;
}

/// Bytes of the longest line that is shown: a file that is one line is no help to anybody.
const SHOWN_BYTES_MAX: usize = 1000;

impl Code {
    /// A diagnostic at a position of a file, the line of the file attached.
    pub fn at(self, file: &str, at: Position, text: &SourceText, message: String) -> Diagnostic {
        Diagnostic {
            severity: self.severity(),
            code: self.as_str().to_owned(),
            file: file.to_owned(),
            line: at.line,
            column: at.column,
            message,
            hint: None,
            source: text.line(at.line).filter(|line| line.len() <= SHOWN_BYTES_MAX).map(str::to_owned),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_code_is_its_own_and_explained() {
        let mut seen = std::collections::BTreeSet::new();
        for code in Code::ALL {
            assert!(seen.insert(code.as_str()), "{} stands twice", code.as_str());
            assert!(code.as_str().split('.').count() == 2 && !code.doc().is_empty(), "{}", code.as_str());
        }
    }
}
