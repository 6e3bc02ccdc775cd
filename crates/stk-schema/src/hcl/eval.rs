//! Evaluating expressions: literals, operators, conditionals, `for`, calls and traversals.
//!
//! Evaluation knows nothing of tables: a reference stays its segments until `registry` finds the block.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;

use hcl_edit::expr::{
    BinaryOp, BinaryOperator, Expression, ForExpr, FuncCall, ObjectKey, Traversal, TraversalOperator,
    UnaryOperator,
};
use hcl_edit::{Number, Span};
use indexmap::IndexMap;

use super::functions;
use super::registry::{Kind, Registry};
use super::source::Source;
use super::value::Value;
use crate::diagnostic::{Diagnostic, code};
use crate::model::type_words;

/// What is the same in all files: variables, locals, the blocks found so far, and all diagnostics.
pub(super) struct Globals<'a> {
    pub variables: HashMap<String, Value>,
    pub locals: HashMap<&'a str, (&'a Expression, &'a Source<'a>)>,
    pub local_values: RefCell<HashMap<String, Local>>,
    pub registry: RefCell<Registry>,
    pub diagnostics: RefCell<Vec<Diagnostic>>,
    /// What evaluation may still cost, so that no file can hold up or fill the process that reads it.
    pub budget: Cell<usize>,
}

/// Values and bytes that evaluating all files of an alias may make: far more than any real schema does.
pub(super) const BUDGET: usize = 4_000_000;

/// How far a local has come.
#[derive(Clone)]
pub(super) enum Local {
    Running,
    Done(Result<Value, Diagnostic>),
}

impl Globals<'_> {
    pub fn report(&self, diagnostic: Diagnostic) {
        self.diagnostics.borrow_mut().push(diagnostic);
    }
}

/// Where an expression stands: its file, and what `each` and the variables of a `for` are there.
#[derive(Clone)]
pub(super) struct Scope<'a> {
    pub source: &'a Source<'a>,
    pub globals: &'a Globals<'a>,
    bindings: Vec<(String, Value)>,
}

/// What a traversal may start with, beside the kinds of objects.
const ROOTS: [&str; 5] = ["var", "local", "each", "column", "role"];

impl<'a> Scope<'a> {
    pub fn new(source: &'a Source<'a>, globals: &'a Globals<'a>) -> Scope<'a> {
        Scope { source, globals, bindings: Vec::new() }
    }

    pub fn bind(&self, name: &str, value: Value) -> Scope<'a> {
        let mut scope = self.clone();
        scope.bindings.push((name.to_owned(), value));
        scope
    }

    pub fn fault(&self, code: &'static str, node: &impl Span, message: impl Into<String>) -> Diagnostic {
        Diagnostic::new(code, &self.source.at(node.span()), message)
    }

    /// Takes `cost` from the budget.
    pub fn spend(&self, cost: usize, node: &impl Span) -> Result<(), Diagnostic> {
        let budget = &self.globals.budget;
        match budget.get().checked_sub(cost) {
            Some(left) => {
                budget.set(left);
                Ok(())
            }
            None => {
                budget.set(0);
                Err(self.fault(code::TOO_LARGE, node, "the expressions of this schema make too many values"))
            }
        }
    }

    pub fn eval(&self, expr: &Expression) -> Result<Value, Diagnostic> {
        self.spend(1, expr)?;
        Ok(match expr {
            Expression::Null(_) => Value::Null,
            Expression::Bool(value) => Value::Bool(*value.value()),
            Expression::Number(value) => Value::Number(*value.value()),
            Expression::String(text) => Value::String(text.value().clone()),
            Expression::Array(items) => {
                Value::List(items.iter().map(|item| self.eval(item)).collect::<Result<_, _>>()?)
            }
            Expression::Object(entries) => {
                let mut map = IndexMap::new();
                for (key, value) in entries {
                    let key = match key {
                        ObjectKey::Ident(ident) => ident.as_str().to_owned(),
                        ObjectKey::Expression(expr) => self.text(expr)?,
                    };
                    map.insert(key, self.eval(value.expr())?);
                }
                Value::Map(map)
            }
            Expression::StringTemplate(template) => self.template_value(template)?,
            Expression::HeredocTemplate(heredoc) => Value::String(self.template(&heredoc.template)?),
            Expression::Parenthesis(inner) => self.eval(inner.inner())?,
            Expression::Variable(ident) => self.word(ident.as_str()),
            Expression::Conditional(conditional) => {
                let branch = if self.truth(&conditional.cond_expr)? {
                    &conditional.true_expr
                } else {
                    &conditional.false_expr
                };
                self.eval(branch)?
            }
            Expression::FuncCall(call) => self.call(call)?,
            Expression::Traversal(traversal) => self.traverse(traversal)?,
            Expression::UnaryOp(unary) => match unary.operator.value() {
                UnaryOperator::Not => Value::Bool(!self.truth(&unary.expr)?),
                UnaryOperator::Neg => Value::Number(-self.number(&unary.expr)?),
            },
            Expression::BinaryOp(binary) => self.binary(binary)?,
            Expression::ForExpr(for_expr) => self.for_each(for_expr)?,
        })
    }

    pub fn text(&self, expr: &Expression) -> Result<String, Diagnostic> {
        let value = self.eval(expr)?;
        value.text().ok_or_else(|| self.expected(expr, "a string", &value))
    }

    pub fn truth(&self, expr: &Expression) -> Result<bool, Diagnostic> {
        match self.eval(expr)? {
            Value::Bool(value) => Ok(value),
            other => Err(self.expected(expr, "a bool", &other)),
        }
    }

    fn number(&self, expr: &Expression) -> Result<Number, Diagnostic> {
        match self.eval(expr)? {
            Value::Number(value) => Ok(value),
            other => Err(self.expected(expr, "a number", &other)),
        }
    }

    pub fn expected(&self, node: &impl Span, what: &str, found: &Value) -> Diagnostic {
        self.fault(code::INVALID_VALUE, node, format!("expected {what}, found {}", found.kind()))
    }

    fn word(&self, name: &str) -> Value {
        let bound = self.bindings.iter().rev().find(|(bound, _)| bound == name);
        bound.map_or_else(|| Value::Word(name.to_owned()), |(_, value)| value.clone())
    }

    fn call(&self, call: &FuncCall) -> Result<Value, Diagnostic> {
        let name = call.name.name.as_str();
        let mut arguments = call.args.iter().map(|arg| self.eval(arg)).collect::<Result<Vec<_>, _>>()?;
        if call.args.expand_final()
            && let Some(Value::List(last)) = arguments.pop()
        {
            arguments.extend(last);
        }
        if functions::NAMES.contains(&name) {
            self.spend(functions::cost(name, &arguments), call)?;
            let result = functions::call(name, arguments);
            return result.map_err(|message| self.fault(code::INVALID_VALUE, call, message));
        }
        if type_words().any(|word| word == name) {
            return Ok(Value::Call(name.to_owned(), arguments));
        }
        let known = functions::NAMES.iter().copied().chain(type_words());
        Err(self
            .fault(code::UNKNOWN_FUNCTION, call, format!("there is no function or type `{name}`"))
            .nearest(name, known))
    }

    fn traverse(&self, traversal: &Traversal) -> Result<Value, Diagnostic> {
        let operators: Vec<&TraversalOperator> =
            traversal.operators.iter().map(|operator| operator.value()).collect();
        let Expression::Variable(root) = &traversal.expr else {
            return self.follow(self.eval(&traversal.expr)?, &operators, traversal);
        };
        let root = root.as_str();
        let bound = self.bindings.iter().rev().find(|(bound, _)| bound == root);
        match (root, bound, operators.split_first()) {
            (_, Some((_, value)), _) => self.follow(value.clone(), &operators, traversal),
            ("var", _, Some((TraversalOperator::GetAttr(name), rest))) => {
                let value = self.variable(name.as_str(), traversal)?;
                self.follow(value, rest, traversal)
            }
            ("local", _, Some((TraversalOperator::GetAttr(name), rest))) => {
                let value = self.local(name.as_str(), traversal)?;
                self.follow(value, rest, traversal)
            }
            ("column" | "role", ..) => {
                self.follow(Value::Reference(vec![root.to_owned()]), &operators, traversal)
            }
            _ if Kind::parse(root).is_some() => {
                self.follow(Value::Reference(vec![root.to_owned()]), &operators, traversal)
            }
            ("each", ..) => Err(self.fault(
                code::UNKNOWN_REFERENCE,
                traversal,
                "`each` stands only in a block that has `for_each`",
            )),
            _ => Err(self
                .fault(code::UNKNOWN_REFERENCE, traversal, format!("`{root}` is not known here"))
                .nearest(root, ROOTS.into_iter().chain(Kind::ALL.map(Kind::as_str)))),
        }
    }

    fn variable(&self, name: &str, node: &impl Span) -> Result<Value, Diagnostic> {
        let variables = &self.globals.variables;
        variables.get(name).cloned().ok_or_else(|| {
            self.fault(code::UNKNOWN_REFERENCE, node, format!("there is no variable `{name}`"))
                .nearest(name, variables.keys().map(String::as_str))
        })
    }

    /// The value of a local, evaluated on first use. A local that needs itself is a fault.
    pub fn local(&self, name: &str, node: &impl Span) -> Result<Value, Diagnostic> {
        let known = self.globals.local_values.borrow().get(name).cloned();
        match known {
            Some(Local::Done(result)) => {
                self.spend(result.as_ref().map_or(0, Value::weight), node)?;
                return result;
            }
            Some(Local::Running) => {
                let message = format!("the local `{name}` needs itself");
                return Err(self.fault(code::UNKNOWN_REFERENCE, node, message));
            }
            None => {}
        }
        let Some((expr, source)) = self.globals.locals.get(name).copied() else {
            return Err(self
                .fault(code::UNKNOWN_REFERENCE, node, format!("there is no local `{name}`"))
                .nearest(name, self.globals.locals.keys().copied()));
        };
        self.globals.local_values.borrow_mut().insert(name.to_owned(), Local::Running);
        let result = Scope::new(source, self.globals).eval(expr);
        self.globals.local_values.borrow_mut().insert(name.to_owned(), Local::Done(result.clone()));
        result
    }

    fn follow(
        &self,
        mut value: Value,
        operators: &[&TraversalOperator],
        node: &impl Span,
    ) -> Result<Value, Diagnostic> {
        for (index, operator) in operators.iter().enumerate() {
            let key = match operator {
                TraversalOperator::GetAttr(name) => Value::from(name.as_str()),
                TraversalOperator::Index(expr) => self.eval(expr)?,
                TraversalOperator::LegacyIndex(at) => Value::Number((*at.value()).into()),
                TraversalOperator::AttrSplat(_) | TraversalOperator::FullSplat(_) => {
                    let items = match value {
                        Value::List(items) => items,
                        Value::Null => Vec::new(),
                        single => vec![single],
                    };
                    let rest = &operators[index + 1..];
                    let items = items.into_iter().map(|item| self.follow(item, rest, node));
                    return Ok(Value::List(items.collect::<Result<_, _>>()?));
                }
            };
            value = self.step(value, &key, node)?;
        }
        Ok(value)
    }

    fn step(&self, value: Value, key: &Value, node: &impl Span) -> Result<Value, Diagnostic> {
        let missing = |what: String| self.fault(code::UNKNOWN_REFERENCE, node, what);
        match (value, key) {
            (Value::Reference(mut segments), key) => {
                segments.push(key.text().ok_or_else(|| self.expected(node, "a name", key))?);
                Ok(Value::Reference(segments))
            }
            (Value::Map(mut entries), key) => {
                let name = key.text().ok_or_else(|| self.expected(node, "a key", key))?;
                match entries.swap_remove(&name) {
                    Some(value) => Ok(value),
                    None => Err(missing(format!("there is no `{name}` in this map"))
                        .nearest(&name, entries.keys().map(String::as_str))),
                }
            }
            (Value::List(mut items), key) => {
                let at = key.integer().and_then(|at| usize::try_from(at).ok());
                match at.filter(|at| *at < items.len()) {
                    Some(at) => Ok(items.swap_remove(at)),
                    None => Err(missing(format!("the list has {} items, no item {key}", items.len()))),
                }
            }
            (other, _) => Err(missing(format!("{} has no parts", other.kind()))),
        }
    }

    fn binary(&self, binary: &BinaryOp) -> Result<Value, Diagnostic> {
        use BinaryOperator as Op;
        let (left, right) = (&binary.lhs_expr, &binary.rhs_expr);
        let numbers = || Ok((self.number(left)?, self.number(right)?));
        let order = |a: Number, b: Number| a.as_f64().partial_cmp(&b.as_f64());
        Ok(match *binary.operator.value() {
            Op::Eq => Value::Bool(self.eval(left)? == self.eval(right)?),
            Op::NotEq => Value::Bool(self.eval(left)? != self.eval(right)?),
            Op::And => Value::Bool(self.truth(left)? && self.truth(right)?),
            Op::Or => Value::Bool(self.truth(left)? || self.truth(right)?),
            Op::Less => numbers().map(|(a, b)| Value::Bool(order(a, b).is_some_and(|o| o.is_lt())))?,
            Op::LessEq => numbers().map(|(a, b)| Value::Bool(order(a, b).is_some_and(|o| o.is_le())))?,
            Op::Greater => numbers().map(|(a, b)| Value::Bool(order(a, b).is_some_and(|o| o.is_gt())))?,
            Op::GreaterEq => numbers().map(|(a, b)| Value::Bool(order(a, b).is_some_and(|o| o.is_ge())))?,
            operator @ (Op::Plus | Op::Minus | Op::Mul | Op::Div | Op::Mod) => {
                let (a, b) = numbers()?;
                let message = format!("`{a} {} {b}` is not a number", operator.as_str());
                let result = arithmetic(operator, a, b);
                Value::Number(result.ok_or_else(|| self.fault(code::INVALID_VALUE, binary, message))?)
            }
        })
    }

    fn for_each(&self, for_expr: &ForExpr) -> Result<Value, Diagnostic> {
        let intro = &for_expr.intro;
        let collection = self.eval(&intro.collection_expr)?;
        let Some(entries) = entries(&collection) else {
            return Err(self.expected(&intro.collection_expr, "a list or a map", &collection));
        };
        let (mut list, mut map) = (Vec::new(), IndexMap::<String, Value>::new());
        for (key, value) in entries {
            let mut scope = self.bind(intro.value_var.as_str(), value);
            if let Some(key_var) = &intro.key_var {
                scope = scope.bind(key_var.as_str(), key);
            }
            if let Some(condition) = &for_expr.cond
                && !scope.truth(&condition.expr)?
            {
                continue;
            }
            let value = scope.eval(&for_expr.value_expr)?;
            match &for_expr.key_expr {
                None => list.push(value),
                Some(key) if for_expr.grouping => {
                    match map.entry(scope.text(key)?).or_insert_with(|| Value::List(Vec::new())) {
                        Value::List(group) => group.push(value),
                        _ => unreachable!("only lists are inserted under `grouping`"),
                    }
                }
                Some(key) => {
                    map.insert(scope.text(key)?, value);
                }
            }
        }
        Ok(if for_expr.key_expr.is_some() { Value::Map(map) } else { Value::List(list) })
    }
}

/// Keys and values of a list or map; `None` for anything else.
pub(super) fn entries(collection: &Value) -> Option<Vec<(Value, Value)>> {
    match collection {
        Value::List(items) => Some(
            items.iter().enumerate().map(|(at, item)| (Value::Number(at.into()), item.clone())).collect(),
        ),
        Value::Map(entries) => {
            Some(entries.iter().map(|(key, value)| (key.as_str().into(), value.clone())).collect())
        }
        _ => None,
    }
}

fn arithmetic(operator: BinaryOperator, a: Number, b: Number) -> Option<Number> {
    use BinaryOperator as Op;
    if let (Some(a), Some(b)) = (a.as_i64(), b.as_i64()) {
        let whole = match operator {
            Op::Plus => a.checked_add(b),
            Op::Minus => a.checked_sub(b),
            Op::Mul => a.checked_mul(b),
            Op::Mod => a.checked_rem(b),
            _ => a.checked_div(b).filter(|quotient| quotient.checked_mul(b) == Some(a)),
        };
        if let Some(whole) = whole {
            return Some(whole.into());
        }
    }
    let (a, b) = (a.as_f64()?, b.as_f64()?);
    Number::from_f64(match operator {
        Op::Plus => a + b,
        Op::Minus => a - b,
        Op::Mul => a * b,
        Op::Mod => a % b,
        _ => a / b,
    })
}
