//! The input of an operation: a JSON object of known keys.

use std::borrow::Cow;

use stk_contract::ErrorCode;

use crate::json;
use crate::run::OperationFault;

type Fault = OperationFault;

/// The members that are left to be read.
#[derive(Debug)]
pub(super) struct Input<'a> {
    operation: &'a str,
    members: Vec<(Cow<'a, str>, &'a str)>,
}

impl<'a> Input<'a> {
    pub(super) fn parse(operation: &'a str, bytes: &'a [u8]) -> Result<Input<'a>, Fault> {
        let raw = json::check(bytes).map_err(|fault| {
            // The one fault of JSON that a value of the caller's can bring about.
            let code = if fault.code() == ErrorCode::InvalidString {
                ErrorCode::InvalidString
            } else {
                ErrorCode::LogicFailed
            };
            OperationFault::new(code, format!("`{operation}`: {fault}"))
        })?;
        if !raw.starts_with('{') {
            return Err(OperationFault::misuse(format!("`{operation}` takes an object")));
        }
        Ok(Input { operation, members: json::members(raw) })
    }

    /// A required string.
    pub(super) fn text(&mut self, key: &str) -> Result<Cow<'a, str>, Fault> {
        self.optional_text(key)?.ok_or_else(|| self.wrong(key, "is missing"))
    }

    /// A string; null counts as absent.
    pub(super) fn optional_text(&mut self, key: &str) -> Result<Option<Cow<'a, str>>, Fault> {
        match self.optional(key) {
            None => Ok(None),
            Some(raw) if raw.starts_with('"') => Ok(Some(json::text_of(raw))),
            Some(_) => Err(self.wrong(key, "must be a string")),
        }
    }

    /// A whole number that is not negative; null counts as absent.
    pub(super) fn optional_number(&mut self, key: &str) -> Result<Option<u64>, Fault> {
        let Some(raw) = self.optional(key) else { return Ok(None) };
        let number = raw.parse::<u64>().map_err(|_| self.wrong(key, "must be a whole number"))?;
        Ok(Some(number))
    }

    pub(super) fn number(&mut self, key: &str) -> Result<u64, Fault> {
        self.optional_number(key)?.ok_or_else(|| self.wrong(key, "is missing"))
    }

    /// Any value as its JSON; null counts as absent.
    pub(super) fn optional(&mut self, key: &str) -> Option<&'a str> {
        let place = self.members.iter().position(|(found, _)| found == key)?;
        let (_, raw) = self.members.swap_remove(place);
        (raw != "null").then_some(raw)
    }

    /// Refuses what was not read.
    pub(super) fn done(self) -> Result<(), Fault> {
        match self.members.iter().find(|(_, raw)| *raw != "null") {
            Some((key, _)) => Err(self.wrong(key, "is unknown")),
            None => Ok(()),
        }
    }

    pub(super) fn wrong(&self, key: &str, what: &str) -> Fault {
        OperationFault::misuse(format!("`{}`: `{key}` {what}", self.operation))
    }
}
