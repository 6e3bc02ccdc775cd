//! What an SQL file must keep to because of its header.

use stk_contract::{Bind, LogicSpec, Vary};

use super::params::{Params, RESERVED};
use super::spec::{LogicFindings, Surroundings};
use crate::code::Code;
use crate::findings::nearest;
use crate::shape::Fields;
use crate::sql::{Compiled, Verb};
use crate::text::Position;

pub(super) fn check(
    fields: Fields<'_>,
    spec: &LogicSpec,
    params: &Params,
    compiled: &Compiled,
    around: &Surroundings<'_>,
    findings: &mut LogicFindings<'_>,
) {
    check_uses(params, compiled, findings);
    check_target(fields, &spec.target, around, findings);
    check_cache(spec, compiled, findings);
    if let Some(node) = fields.node("isolation")
        && compiled.whole
        && compiled.statements.len() == 1
    {
        let message = "`isolation` is for several statements, and the file has one";
        findings.header.add(Code::IsolationSingle, node.at, message).hint("remove it");
    }
}

/// Every declared param is used, every used one declared.
fn check_uses(params: &Params, compiled: &Compiled, findings: &mut LogicFindings<'_>) {
    if !compiled.whole {
        return;
    }
    let declared = |name: &str| params.declared.iter().any(|(known, _)| known == name);
    for (name, at) in &params.declared {
        if !compiled.uses.iter().any(|used| used.name == *name) {
            findings
                .header
                .add(
                    Code::ParamUnused,
                    *at,
                    format!("param `{name}` is declared, but the SQL does not use it"),
                )
                .hint(format!("write `:{name}` where its value goes, or remove it"));
        }
    }
    let known = || params.declared.iter().map(|(name, _)| name.as_str()).chain(RESERVED);
    for used in &compiled.uses {
        let name = &used.name;
        if declared(name) || RESERVED.contains(&name.as_str()) {
            continue;
        }
        let finding =
            findings.body.add(Code::ParamUndeclared, used.at, format!("param `:{name}` is not declared"));
        match nearest(name, known()) {
            Some(near) => finding.hint(format!("did you mean `:{near}`?")),
            None => finding.hint(format!("add it to `params:` of the header: `{name}: {{ type: string }}`")),
        }
    }
}

fn check_target(
    fields: Fields<'_>,
    target: &str,
    around: &Surroundings<'_>,
    findings: &mut LogicFindings<'_>,
) {
    // Where its schema is there and its entry is not, that is reported at the schema, once.
    let Some(aliases) = &around.config.aliases else { return };
    if aliases.contains_key(target) || around.schema.contains(&target) {
        return;
    }
    let message = format!("there is no database `{target}` in `config/databases.yaml`");
    let finding = match fields.node("target") {
        Some(node) => findings.header.add(Code::LogicUnknownAlias, node.at, message),
        None => {
            let message = format!("{message}, which is the default of `target`");
            findings.body.add(Code::LogicUnknownAlias, Position::WHOLE_FILE, message)
        }
    };
    finding.hint(around.alias_hint(target));
}

fn check_cache(spec: &LogicSpec, compiled: &Compiled, findings: &mut LogicFindings<'_>) {
    let Some(cache) = &spec.cache else { return };
    if let Some((_, at)) = compiled.verbs.iter().find(|(verb, _)| *verb == Verb::Write) {
        findings
            .body
            .add(Code::CacheWrites, *at, "a cached logic can not write: most calls would not run it")
            .hint("leave out `cache`");
    }
    if cache.vary != Vary::Shared {
        return;
    }
    for statement in &compiled.statements {
        let identity = |(bind, _): &(&Bind, &Vec<Position>)| bind.is_identity();
        for (bind, uses) in statement.sql.binds.iter().zip(&statement.bind_uses).filter(identity) {
            let name = match bind {
                Bind::UserEmail => "user_email",
                Bind::UserRoles => "user_roles",
                _ => "user_id",
            };
            let message = format!("`:{name}` in a logic whose cached answer is shared by everybody");
            findings
                .body
                .add(Code::CacheIdentity, uses.first().copied().unwrap_or_default(), message)
                .hint("write `cache: { ttl: …, vary: user }`");
        }
    }
}
