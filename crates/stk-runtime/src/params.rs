//! Params of a call: from the body or the query to typed values, every wrong one named at once.

pub(crate) mod decimal;
pub(crate) mod encode;
pub(crate) mod query;
pub(crate) mod untyped;
pub(crate) mod value;

mod checks;
mod object;

use std::borrow::Cow;

use stk_contract::manifest::{Items, ParamType};
use stk_contract::problem::{ParamError, ParamErrorCode};
use stk_contract::{LogicSpec, Param};

use crate::json;
use checks::CompiledChecks;
use value::{Input, Value};

/// Errors of one call that are named; more say nothing new.
const ERRORS_MAX: usize = 50;

/// The params of one logic, compiled.
#[derive(Debug)]
pub(crate) struct Params {
    params: Box<[CompiledParam]>,
}

#[derive(Debug)]
struct CompiledParam {
    name: Box<str>,
    is_required: bool,
    default: Option<Value<'static>>,
    kind: Kind,
}

/// A type with its checks.
#[derive(Debug)]
struct Kind {
    of: ParamType,
    /// Of an array.
    items: Option<Box<Kind>>,
    checks: Option<Box<CompiledChecks>>,
}

/// What is wrong with params. Bounded.
#[derive(Debug, Default)]
pub(crate) struct Errors(Vec<ParamError>);

impl Errors {
    pub(crate) fn push(&mut self, pointer: String, code: ParamErrorCode, detail: impl Into<String>) {
        let is_new = self.0.iter().all(|error| error.pointer != pointer);
        if is_new && self.0.len() < ERRORS_MAX {
            self.0.push(ParamError { pointer, code, detail: detail.into() });
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(crate) fn into_vec(self) -> Vec<ParamError> {
        self.0
    }
}

impl Params {
    /// Fails with a reason where a default or a check is not what the project's check lets through.
    pub(crate) fn compile(spec: &LogicSpec) -> Result<Params, String> {
        let compile = |(name, param): (&String, &Param)| {
            let kind = Kind::compile(&Items { kind: param.kind.clone(), checks: param.checks.clone() })
                .map_err(|reason| format!("param `{name}`: {reason}"))?;
            let default = param.default.as_ref().map(|text| default_of(&kind, text)).transpose();
            Ok(CompiledParam {
                name: name.as_str().into(),
                is_required: param.required,
                default: default.map_err(|reason| format!("default of param `{name}`: {reason}"))?,
                kind,
            })
        };
        Ok(Params { params: spec.params.iter().map(compile).collect::<Result<_, String>>()? })
    }

    pub(crate) fn index(&self, name: &str) -> Option<usize> {
        self.params.iter().position(|param| *param.name == *name)
    }

    pub(crate) fn name(&self, index: usize) -> &str {
        &self.params[index].name
    }

    /// One value a param, in the order of the file. Where `errors` gained any, the values are of no use.
    pub(crate) fn read<'a>(
        &'a self,
        given: &[(Cow<'_, str>, Input<'a>)],
        errors: &mut Errors,
    ) -> Vec<Value<'a>> {
        for (name, _) in given {
            if self.index(name).is_none() {
                errors.push(pointer(name), ParamErrorCode::Unknown, "there is no such param");
            }
        }
        let value = |param: &'a CompiledParam| {
            let input = given.iter().find(|(name, _)| **name == *param.name).map(|(_, input)| *input);
            param.read(input, errors)
        };
        self.params.iter().map(value).collect()
    }
}

impl CompiledParam {
    fn read<'a>(&'a self, input: Option<Input<'a>>, errors: &mut Errors) -> Value<'a> {
        let refusal = match input {
            Some(input) if !input.is_null() => {
                return self.kind.read(input, &|| pointer(&self.name), errors);
            }
            Some(_) if self.is_required => (ParamErrorCode::Null, "may not be null"),
            None if self.is_required => (ParamErrorCode::Missing, "is required"),
            Some(_) => return Value::Null,
            None => return self.default.as_ref().map_or(Value::Null, Value::clone),
        };
        errors.push(pointer(&self.name), refusal.0, refusal.1);
        Value::Null
    }
}

impl Kind {
    fn compile(items: &Items) -> Result<Kind, String> {
        let inner = match &items.kind {
            ParamType::Array(items) => Some(Box::new(Kind::compile(items)?)),
            _ => None,
        };
        let checks = CompiledChecks::compile(&items.kind, &items.checks)?.map(Box::new);
        Ok(Kind { of: items.kind.clone(), items: inner, checks })
    }

    /// A value that is not null.
    fn read<'a>(&self, input: Input<'a>, pointer: &dyn Fn() -> String, errors: &mut Errors) -> Value<'a> {
        let value = match &self.items {
            Some(items) => value::array(input).map(|raw| items.read_elements(raw, pointer, errors)),
            None => value::scalar(&self.of, input),
        };
        match value {
            Ok(value) => {
                let refusal = self.checks.as_ref().and_then(|checks| checks.refuse(&value));
                if let Some((code, detail)) = refusal {
                    errors.push(pointer(), code, detail);
                }
                value
            }
            Err(misfit) => {
                errors.push(pointer(), misfit.code, misfit.detail);
                Value::Null
            }
        }
    }

    fn read_elements<'a>(
        &self,
        raw: &'a str,
        pointer: &dyn Fn() -> String,
        errors: &mut Errors,
    ) -> Value<'a> {
        let element = |(index, raw): (usize, &'a str)| match Input::Json(raw) {
            input if input.is_null() => Value::Null,
            input => self.read(input, &|| format!("{}/{index}", pointer()), errors),
        };
        Value::Array { values: json::elements(raw).enumerate().map(element).collect(), json: raw.into() }
    }
}

/// The default's JSON text, as a value that owns all it holds.
fn default_of(kind: &Kind, text: &str) -> Result<Value<'static>, String> {
    let raw = json::check(text.as_bytes()).map_err(|fault| fault.to_string())?;
    if raw == "null" {
        return Ok(Value::Null);
    }
    let mut errors = Errors::default();
    let value = kind.read(Input::Json(raw), &String::new, &mut errors);
    match errors.0.first() {
        Some(error) => Err(error.detail.clone()),
        None => Ok(value.into_owned()),
    }
}

/// JSON Pointer (RFC 6901) to a param.
pub(crate) fn pointer(name: &str) -> String {
    format!("/{}", name.replace('~', "~0").replace('/', "~1"))
}
