//! Templates: `"${…}"`, `%{ if }`, `%{ for }` and the `~` that strips white space.

use hcl_edit::template::{Directive, Element, ForDirective, IfDirective, Strip, Template};

use super::eval::{Scope, entries};
use super::value::Value;
use crate::diagnostic::Diagnostic;

impl Scope<'_> {
    /// A quoted template; one that is a single `${…}` keeps its value's type.
    pub(super) fn template_value(&self, template: &Template) -> Result<Value, Diagnostic> {
        match template.as_single_element() {
            Some(Element::Interpolation(single)) => self.eval(&single.expr),
            _ => self.template(template).map(Value::String),
        }
    }

    pub(super) fn template(&self, template: &Template) -> Result<String, Diagnostic> {
        let mut out = String::new();
        let mut strip_next = false;
        for element in template {
            let (before, after) = strips(element);
            if before {
                out.truncate(out.trim_end().len());
            }
            let text = match element {
                Element::Literal(text) => text.value().clone(),
                Element::Interpolation(interpolation) => self.text(&interpolation.expr)?,
                Element::Directive(directive) => match directive.as_ref() {
                    Directive::If(directive) => self.template_if(directive)?,
                    Directive::For(directive) => self.template_for(directive)?,
                },
            };
            self.spend(text.len(), element)?;
            let literal = matches!(element, Element::Literal(_));
            out.push_str(if strip_next && literal { text.trim_start() } else { &text });
            strip_next = after;
        }
        Ok(out)
    }

    fn template_if(&self, directive: &IfDirective) -> Result<String, Diagnostic> {
        let (if_expr, endif) = (&directive.if_expr, directive.endif_expr.strip);
        let first_end = directive.else_expr.as_ref().map_or(endif, |other| other.strip);
        if self.truth(&if_expr.cond_expr)? {
            return Ok(inner(self.template(&if_expr.template)?, if_expr.strip, first_end));
        }
        match &directive.else_expr {
            Some(other) => Ok(inner(self.template(&other.template)?, other.strip, endif)),
            None => Ok(String::new()),
        }
    }

    fn template_for(&self, directive: &ForDirective) -> Result<String, Diagnostic> {
        let for_expr = &directive.for_expr;
        let collection = self.eval(&for_expr.collection_expr)?;
        let Some(entries) = entries(&collection) else {
            return Err(self.expected(&for_expr.collection_expr, "a list or a map", &collection));
        };
        let mut out = String::new();
        for (key, value) in entries {
            let mut scope = self.bind(for_expr.value_var.as_str(), value);
            if let Some(key_var) = &for_expr.key_var {
                scope = scope.bind(key_var.as_str(), key);
            }
            out.push_str(&inner(
                scope.template(&for_expr.template)?,
                for_expr.strip,
                directive.endfor_expr.strip,
            ));
        }
        Ok(out)
    }
}

/// Whether an element strips the white space before it, and after it.
fn strips(element: &Element) -> (bool, bool) {
    match element {
        Element::Literal(_) => (false, false),
        Element::Interpolation(interpolation) => {
            (interpolation.strip.strip_start(), interpolation.strip.strip_end())
        }
        Element::Directive(directive) => match directive.as_ref() {
            Directive::If(directive) => {
                (directive.if_expr.strip.strip_start(), directive.endif_expr.strip.strip_end())
            }
            Directive::For(directive) => {
                (directive.for_expr.strip.strip_start(), directive.endfor_expr.strip.strip_end())
            }
        },
    }
}

/// The text between two directives, stripped where they say so.
fn inner(text: String, opening: Strip, closing: Strip) -> String {
    let text = if opening.strip_end() { text.trim_start() } else { &text };
    let text = if closing.strip_start() { text.trim_end() } else { text };
    text.to_owned()
}
