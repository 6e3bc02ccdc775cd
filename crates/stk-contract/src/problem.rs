//! Error codes and the answer that carries them: RFC 9457 problem details.

use serde::{Deserialize, Serialize};

/// Where the codes are documented; a problem's `type` is this and the code.
pub const DOCS: &str = "https://santokit.dev/errors#";

macro_rules! codes {
    ($($(#[doc = $doc:literal])+ $variant:ident = $code:literal, $status:literal, $title:literal;)+) => {
        /// Every code that a caller or an operator can see. Stable: clients match on it.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
        #[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
        pub enum ErrorCode {
            $($(#[doc = $doc])+ #[serde(rename = $code)] $variant,)+
        }

        impl ErrorCode {
            pub const ALL: &[ErrorCode] = &[$(ErrorCode::$variant),+];

            /// The code on the wire.
            pub const fn code(self) -> &'static str {
                match self { $(ErrorCode::$variant => $code),+ }
            }

            /// The HTTP status it goes out with.
            pub const fn status(self) -> u16 {
                match self { $(ErrorCode::$variant => $status),+ }
            }

            /// A short human summary, the same for every occurrence.
            pub const fn title(self) -> &'static str {
                match self { $(ErrorCode::$variant => $title),+ }
            }

            /// What it means and what to do, for the reference.
            pub fn doc(self) -> &'static str {
                match self { $(ErrorCode::$variant => concat!($($doc),+)),+ }.trim()
            }
        }
    };
}

codes! {
    /// The body is not JSON, or not JSON that every host reads alike.
    InvalidJson = "invalid_json", 400, "The body is not valid JSON";
    /// A key stands twice in one object of the body.
    DuplicateKey = "duplicate_key", 400, "A key stands twice in one JSON object";
    /// The body nests deeper than 64 levels.
    TooDeep = "too_deep", 400, "The JSON is nested too deeply";
    /// A string of the body holds U+0000 or a lone surrogate, which Postgres can not store.
    InvalidString = "invalid_string", 400, "A string holds a character that can not be stored";
    /// The call has not the form `{ "path": …, "params": {…} }`, or a query parameter stands twice.
    InvalidCall = "invalid_call", 400, "The call has not the right form";
    /// A param is unknown, missing, null, of a wrong type, or fails a check; `errors` names each.
    InvalidParams = "invalid_params", 400, "Params are wrong";
    /// Postgres refused a value (SQLSTATE class 22), such as a division by zero.
    InvalidValue = "invalid_value", 400, "A value was refused by the database";
    /// The logic's own SQL raised an exception, or its code threw a `StkError` (with a status and a code of its own);
    /// the message is the detail.
    Raised = "raised", 400, "The logic refused the call";
    /// The call needs a token, or the token is malformed, expired, forged or for another audience.
    Unauthorized = "unauthorized", 401, "A valid token is needed";
    /// The token lacks a role that the logic asks for.
    Forbidden = "forbidden", 403, "The role for this call is missing";
    /// The subject of the token does not fit the type that the logic binds it as.
    SubjectType = "subject_type", 403, "The token's subject does not fit";
    /// There is no such logic, or `returns: one` found no row.
    NotFound = "not_found", 404, "Not found";
    /// The path exists, but not with this HTTP method.
    MethodNotAllowed = "method_not_allowed", 405, "The method is not allowed here";
    /// A unique constraint was violated; `constraint` names it.
    UniqueViolation = "unique_violation", 409, "A unique constraint was violated";
    /// A foreign key was violated; `constraint` names it.
    ForeignKeyViolation = "foreign_key_violation", 409, "A foreign key was violated";
    /// A check constraint was violated; `constraint` names it.
    CheckViolation = "check_violation", 409, "A check constraint was violated";
    /// A column that may not be null was.
    NotNullViolation = "not_null_violation", 409, "A value may not be null";
    /// An exclusion constraint was violated; `constraint` names it.
    ExclusionViolation = "exclusion_violation", 409, "An exclusion constraint was violated";
    /// The transaction lost against others several times; try again.
    Retry = "retry", 409, "The transaction conflicted with others";
    /// Somebody else applied first; look at what changed and apply again.
    Conflict = "conflict", 409, "The environment changed meanwhile";
    /// The request is larger than allowed.
    TooLarge = "too_large", 413, "The request is too large";
    /// The body's content type is not JSON.
    UnsupportedMediaType = "unsupported_media_type", 415, "The body must be JSON";
    /// The project's files were refused by the check; `diagnostics` says where and why.
    CheckFailed = "check_failed", 422, "The check found errors";
    /// The caller is over a limit; `Retry-After` says when to come back.
    RateLimited = "rate_limited", 429, "Too many requests";
    /// Something failed on our side; the request id finds it in the logs.
    Internal = "internal", 500, "Something failed on our side";
    /// A logic failed by itself; the request id finds it in the logs.
    LogicFailed = "logic_failed", 500, "The logic failed";
    /// A logic in JavaScript or WebAssembly needed more memory than `limits.yaml` allows.
    MemoryExceeded = "memory_exceeded", 500, "The logic needed too much memory";
    /// A logic fetched an address that `egress.yaml` does not allow, or one inside a private network.
    EgressRefused = "egress_refused", 500, "The address may not be fetched";
    /// A logic's result can not be written as JSON.
    BadResult = "bad_result", 500, "The logic gave a result that is not JSON";
    /// `returns: one`, `optional` or `value` found several rows.
    TooManyRows = "too_many_rows", 500, "More rows than the logic may return";
    /// An int8 of the result is past ±(2^53−1); opt in with `types: { column: string }`.
    UnsafeInteger = "unsafe_integer", 500, "An integer is too large for JSON";
    /// The result has more rows or bytes than the limits allow.
    ResultTooLarge = "result_too_large", 500, "The result is too large";
    /// An address that the logic fetched gave no whole answer.
    FetchFailed = "fetch_failed", 502, "An address did not answer";
    /// The database, its pool or the Server is not available; `Retry-After` says when to come back.
    Unavailable = "unavailable", 503, "Not available right now";
    /// It is not known whether the transaction was committed: the connection was lost at that moment.
    CommitUnknown = "commit_unknown", 503, "The outcome of the commit is unknown";
    /// The logic took longer than its timeout.
    Timeout = "timeout", 504, "The call took too long";
}

/// An RFC 9457 answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct Problem {
    #[serde(rename = "type")]
    pub kind: String,
    pub title: String,
    pub status: u16,
    #[cfg_attr(feature = "openapi", schema(value_type = ErrorCode))]
    pub code: ProblemCode,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request_id: Option<String>,
    /// The constraint that was violated; never row data.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub constraint: Option<String>,
    /// What to do about it; the Hub's answers to operators carry one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hint: Option<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub errors: Vec<ParamError>,
    /// Of `check_failed`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub diagnostics: Vec<crate::hub::Diagnostic>,
}

/// The code of a problem: one of ours, or one of a logic's own that was thrown as a `StkError`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum ProblemCode {
    Known(ErrorCode),
    Custom(Box<str>),
}

impl ProblemCode {
    /// The code on the wire.
    pub fn code(&self) -> &str {
        match self {
            ProblemCode::Known(code) => code.code(),
            ProblemCode::Custom(code) => code,
        }
    }

    /// None where the code is a logic's own.
    pub fn known(&self) -> Option<ErrorCode> {
        match self {
            ProblemCode::Known(code) => Some(*code),
            ProblemCode::Custom(_) => None,
        }
    }
}

impl PartialEq<ErrorCode> for ProblemCode {
    fn eq(&self, code: &ErrorCode) -> bool {
        self.known() == Some(*code)
    }
}

/// What is wrong with one param.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ParamError {
    /// JSON Pointer (RFC 6901) into the params.
    pub pointer: String,
    pub code: ParamErrorCode,
    pub detail: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum ParamErrorCode {
    /// No such param.
    Unknown,
    /// Required and absent.
    Missing,
    /// Required and null.
    Null,
    /// Of another type.
    Type,
    /// Not one of an enum's values.
    Enum,
    /// Below `min`, above `max`, or out of the range of the database's type.
    Range,
    /// Shorter than `minLength` or longer than `maxLength`.
    Length,
    /// `pattern` does not match.
    Pattern,
    /// Not of the `format`.
    Format,
}

impl ErrorCode {
    /// The code with this name on the wire.
    pub fn from_code(code: &str) -> Option<ErrorCode> {
        ErrorCode::ALL.iter().copied().find(|known| known.code() == code)
    }
}

impl Problem {
    pub fn new(code: ErrorCode) -> Problem {
        Problem {
            kind: format!("{DOCS}{}", code.code()),
            title: code.title().to_owned(),
            status: code.status(),
            code: ProblemCode::Known(code),
            detail: None,
            request_id: None,
            constraint: None,
            hint: None,
            errors: Vec::new(),
            diagnostics: Vec::new(),
        }
    }

    /// A refusal that a logic threw: `code` and `status` are its own, the message is its detail. One of our codes
    /// with its own status keeps its title.
    pub fn thrown(status: u16, code: &str, message: &str) -> Problem {
        match ErrorCode::from_code(code).filter(|known| known.status() == status) {
            Some(known) => Problem::new(known).detail(message),
            None => Problem {
                status,
                code: ProblemCode::Custom(code.into()),
                ..Problem::new(ErrorCode::Raised).detail(message)
            },
        }
    }

    #[must_use]
    pub fn detail(mut self, detail: impl Into<String>) -> Problem {
        self.detail = Some(detail.into());
        self
    }

    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Problem {
        self.hint = Some(hint.into());
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_thrown_code_is_its_own_unless_it_is_one_of_ours() {
        let problem = Problem::thrown(422, "sold_out", "none left");
        let json = serde_json::to_value(&problem).unwrap();
        assert_eq!((json["code"].as_str(), json["status"].as_u64()), (Some("sold_out"), Some(422)));
        assert_eq!(serde_json::from_value::<Problem>(json).unwrap(), problem);
        assert_eq!(Problem::thrown(404, "not_found", "gone").code, ErrorCode::NotFound);
        assert_eq!(Problem::thrown(403, "not_found", "gone").code.known(), None);
    }

    #[test]
    fn codes_are_unique_and_documented() {
        let mut codes: Vec<_> = ErrorCode::ALL.iter().map(|code| code.code()).collect();
        codes.sort_unstable();
        codes.dedup();
        assert_eq!(codes.len(), ErrorCode::ALL.len());
        assert!(
            ErrorCode::ALL.iter().all(|code| !code.doc().is_empty() && (400..600).contains(&code.status()))
        );
    }
}
