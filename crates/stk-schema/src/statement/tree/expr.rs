//! Expressions of an analysed statement, reduced to what decides about null.
//!
//! No positions and no collations: two expressions that are equal here give the same value for the same row.

use super::query::Query;

pub(crate) type Oid = u32;

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) enum Expr {
    Const {
        type_oid: Oid,
        /// The datum as it lies in the server's memory; `None` is null.
        bytes: Option<Vec<u8>>,
    },
    /// `$1` and the parser's own placeholders, told apart by `kind`.
    Param {
        kind: i64,
        id: i64,
    },
    Var(Var),
    Func {
        id: Oid,
        args: Vec<Expr>,
        /// Called with `VARIADIC array`.
        variadic: bool,
        set: bool,
    },
    Op {
        id: Oid,
        args: Vec<Expr>,
    },
    NullIf {
        args: Vec<Expr>,
    },
    /// `IS DISTINCT FROM`.
    Distinct {
        args: Vec<Expr>,
    },
    /// `left op ANY (right)`, or `ALL`.
    ScalarArray {
        id: Oid,
        any: bool,
        left: Box<Expr>,
        right: Box<Expr>,
    },
    And(Vec<Expr>),
    Or(Vec<Expr>),
    Not(Box<Expr>),
    Aggregate {
        id: Oid,
        direct: Vec<Expr>,
        args: Vec<Expr>,
        filtered: bool,
        up: u32,
        /// Tells apart what the other fields leave out (order, DISTINCT, the filter itself).
        shape: u64,
    },
    Window {
        id: Oid,
        args: Vec<Expr>,
        filtered: bool,
        window: u32,
        shape: u64,
    },
    Case {
        arg: Option<Box<Expr>>,
        whens: Vec<(Expr, Expr)>,
        default: Option<Box<Expr>>,
    },
    /// The `arg` of the CASE around it.
    CaseTest,
    Coalesce(Vec<Expr>),
    /// `GREATEST`, `LEAST`.
    MinMax(Vec<Expr>),
    IsNull {
        arg: Box<Expr>,
        /// `IS NOT NULL`.
        negated: bool,
        /// The argument is a row: the test looks at its fields.
        row: bool,
    },
    Truth {
        arg: Box<Expr>,
        test: TruthTest,
    },
    SubLink {
        kind: SubLinkKind,
        test: Option<Box<Expr>>,
        query: Box<Query>,
    },
    Array {
        elements: Vec<Expr>,
        /// The elements are arrays themselves.
        nested: bool,
    },
    Row(Vec<Expr>),
    Subscript {
        array: Box<Expr>,
        /// Bounds that are given.
        indexes: Vec<Expr>,
        slice: bool,
        assigns: bool,
        shape: u64,
    },
    Field {
        arg: Box<Expr>,
        shape: u64,
    },
    /// A change of type that is null exactly where its argument is.
    Convert {
        arg: Box<Expr>,
        shape: u64,
    },
    /// A cast to a domain, which checks the domain's constraints.
    ToDomain {
        arg: Box<Expr>,
        domain: Oid,
    },
    /// `CURRENT_DATE` and its kin.
    SqlValue {
        op: i64,
    },
    Grouping,
    /// `DEFAULT` in VALUES or SET.
    Default,
    /// Whatever else there is; may be null.
    Other(Vec<Expr>),
}

/// A column of a range table entry: `rel` counts from 1, `up` query levels outwards.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Var {
    pub(crate) rel: usize,
    /// 0 is the whole row, below are system columns.
    pub(crate) column: i16,
    pub(crate) up: u32,
    /// `OLD.x` or `NEW.x` in RETURNING (Postgres 18).
    pub(crate) old_or_new: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum TruthTest {
    True,
    NotTrue,
    False,
    NotFalse,
    Unknown,
    NotUnknown,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum SubLinkKind {
    Exists,
    All,
    Any,
    Scalar,
    Array,
    Other,
}

/// `PARAM_SUBLINK`: a column of the subquery that a sublink's test compares with.
pub(crate) const PARAM_SUBLINK: i64 = 2;

impl Expr {
    pub(crate) fn is_null_const(&self) -> bool {
        matches!(self, Expr::Const { bytes: None, .. })
    }

    /// A boolean constant.
    pub(crate) fn as_bool(&self) -> Option<bool> {
        const BOOL: Oid = 16;
        match self {
            Expr::Const { type_oid: BOOL, bytes: Some(bytes) } => Some(bytes.first() == Some(&1)),
            _ => None,
        }
    }

    /// The text of a text constant.
    pub(crate) fn as_text(&self) -> Option<&str> {
        const TEXT: Oid = 25;
        match self {
            // Constants of the parser have the long, uncompressed header of four bytes.
            Expr::Const { type_oid: TEXT, bytes: Some(bytes) } => std::str::from_utf8(bytes.get(4..)?).ok(),
            _ => None,
        }
    }

    /// The expressions directly inside, a sublink's query left out.
    pub(crate) fn children(&self) -> Vec<&Expr> {
        match self {
            Expr::Const { .. }
            | Expr::Param { .. }
            | Expr::Var(_)
            | Expr::CaseTest
            | Expr::SqlValue { .. }
            | Expr::Grouping
            | Expr::Default => Vec::new(),
            Expr::Func { args, .. }
            | Expr::Op { args, .. }
            | Expr::NullIf { args }
            | Expr::Distinct { args }
            | Expr::Window { args, .. }
            | Expr::And(args)
            | Expr::Or(args)
            | Expr::Coalesce(args)
            | Expr::MinMax(args)
            | Expr::Array { elements: args, .. }
            | Expr::Row(args)
            | Expr::Other(args) => args.iter().collect(),
            Expr::Aggregate { direct, args, .. } => direct.iter().chain(args).collect(),
            Expr::ScalarArray { left, right, .. } => vec![left, right],
            Expr::Not(arg)
            | Expr::IsNull { arg, .. }
            | Expr::Truth { arg, .. }
            | Expr::Field { arg, .. }
            | Expr::Convert { arg, .. }
            | Expr::ToDomain { arg, .. } => vec![arg],
            Expr::Case { arg, whens, default } => {
                let branches = whens.iter().flat_map(|(when, then)| [when, then]);
                arg.iter().chain(default).map(AsRef::as_ref).chain(branches).collect()
            }
            Expr::SubLink { test, .. } => test.iter().map(AsRef::as_ref).collect(),
            Expr::Subscript { array, indexes, .. } => {
                std::iter::once(array.as_ref()).chain(indexes).collect()
            }
        }
    }

    /// Whether `found` holds for this expression or one inside it.
    pub(crate) fn any(&self, found: &mut dyn FnMut(&Expr) -> bool) -> bool {
        found(self) || self.children().into_iter().any(|child| child.any(found))
    }
}
