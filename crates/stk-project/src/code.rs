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

    // Found by the Hub, with the database at hand.
    /// A secret that the project names is not in the environment's vault: `stk secret set NAME`.
    SecretMissing = "secret.missing", Error;
    /// Postgres refuses to prepare the statement; the message is Postgres' own.
    SqlRefused = "sql.refused", Error;
    /// SQL logic may not contain this kind of statement.
    SqlForbidden = "sql.forbidden", Error;
    /// Two columns of the result have one name, or one has none: give each an alias.
    SqlColumnName = "sql.column_name", Error;
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
            source: text.line(at.line).map(str::to_owned),
        }
    }
}
