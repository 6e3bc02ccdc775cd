//! From the tree of a header to the contract's [`LogicSpec`], and what the SQL must keep to because of it.

use std::collections::BTreeMap;

use stk_contract::manifest::{Isolate, Isolation};
use stk_contract::{Access, Bind, CacheSpec, LogicSpec, Returns, Vary};

use crate::code::Code;
use crate::config::ConfigRead;
use crate::findings::Findings;
use crate::header::params::{self, Params, RESERVED};
use crate::header::table::{CACHE, HEADER, SHAPE};
use crate::header::ts_type;
use crate::shape::{Fields, ShapeCheck, ShapeCodes};
use crate::sql::{Compiled, Verb};
use crate::text::Position;
use crate::yaml::Node;

static CODES: ShapeCodes = ShapeCodes {
    unknown_key: Code::HeaderUnknownKey,
    missing_key: Code::HeaderMissingKey,
    wrong_type: Code::HeaderWrongType,
    invalid_value: Code::HeaderInvalidValue,
    secrets: false,
};

const RETURNS: [(&str, Returns); 5] = [
    ("one", Returns::One),
    ("optional", Returns::Optional),
    ("many", Returns::Many),
    ("value", Returns::Value),
    ("none", Returns::None),
];
const VARY: [(&str, Vary); 2] = [("user", Vary::User), ("shared", Vary::Shared)];
const ISOLATE: [(&str, Isolate); 2] = [("fresh", Isolate::Fresh), ("reuse", Isolate::Reuse)];
const ISOLATION: [(&str, Isolation); 3] = [
    ("read_committed", Isolation::ReadCommitted),
    ("repeatable_read", Isolation::RepeatableRead),
    ("serializable", Isolation::Serializable),
];

/// What a header is checked against besides its own SQL.
pub(crate) struct Surroundings<'a> {
    pub config: &'a ConfigRead,
    /// Aliases that have a file under `schema/`.
    pub schema: Vec<&'a str>,
}

/// Findings of one logic, by the file that they are in: a twin holds the header of another.
pub(crate) struct LogicFindings<'f> {
    pub header: &'f mut Findings,
    pub sql: &'f mut Findings,
}

/// Reads the header. Without one, or with one that can not be read, everything has its default.
pub(crate) fn read(
    root: Option<&Node>,
    compiled: &Compiled,
    around: &Surroundings<'_>,
    findings: &mut LogicFindings<'_>,
) -> LogicSpec {
    if let Some(root) = root {
        ShapeCheck::new(&CODES, findings.header).check(
            root,
            &SHAPE,
            if root.map().is_some() { "" } else { "the header" },
        );
    }
    let fields = Fields::of(root, &HEADER);
    let access = access(fields, around, findings.header);
    let params = params::read(fields.node("params"), findings.header);
    check_uses(&params, compiled, findings);
    let spec = LogicSpec {
        description: fields.owned("description"),
        target: fields.owned("target").unwrap_or_else(|| "main".to_owned()),
        cache: cache(fields, &access),
        access,
        params: params.params,
        returns: fields.choice("returns", &RETURNS).unwrap_or(Returns::Many),
        invalidates: fields.texts("invalidates"),
        timeout_ms: fields.duration_ms("timeout"),
        isolate: fields.choice("isolate", &ISOLATE).unwrap_or(Isolate::Fresh),
        secrets: fields.texts("secrets"),
        types: types(fields, findings.header),
        isolation: fields.choice("isolation", &ISOLATION),
    };
    check_target(fields, &spec.target, around, findings);
    check_cache(fields, &spec, compiled, findings);
    check_rest(fields, &spec, compiled, around, findings.header);
    spec
}

fn access(fields: Fields<'_>, around: &Surroundings<'_>, findings: &mut Findings) -> Access {
    let Some(node) = fields.node("access") else { return Access::Authenticated };
    if let Some(word) = node.text() {
        return match word {
            "public" => Access::Public,
            "authenticated" => Access::Authenticated,
            role => {
                check_role(role, node.at, true, around, findings);
                Access::Roles(vec![role.to_owned()])
            }
        };
    }
    let mut roles: Vec<String> = Vec::new();
    for item in node.list().unwrap_or_default() {
        let Some(role) = item.text() else { continue };
        if matches!(role, "public" | "authenticated") {
            let message = format!("`{role}` stands by itself, not in a list of roles");
            findings.add(Code::HeaderInvalidValue, item.at, message);
        } else if roles.iter().any(|known| known == role) {
            findings.add(Code::HeaderInvalidValue, item.at, format!("role `{role}` stands twice"));
        } else {
            check_role(role, item.at, false, around, findings);
            roles.push(role.to_owned());
        }
    }
    if node.list().is_some_and(<[Node]>::is_empty) {
        findings
            .add(Code::HeaderInvalidValue, node.at, "an empty list of roles lets nobody call")
            .hint("a logic that only other logic may call has a name that starts with `_`");
    }
    Access::Roles(roles)
}

fn check_role(role: &str, at: Position, words: bool, around: &Surroundings<'_>, findings: &mut Findings) {
    let roles = &around.config.config.auth.roles;
    if !around.config.roles_known || roles.iter().any(|known| known.name == role) {
        return;
    }
    let known = roles.iter().map(|role| role.name.as_str());
    let words = if words { ["public", "authenticated"].as_slice() } else { &[] };
    let near = crate::findings::nearest(role, known.chain(words.iter().copied()));
    findings
        .add(Code::AccessUnknownRole, at, format!("there is no role `{role}` in `config/auth.yaml`"))
        .hint(match near {
            Some(near) => format!("did you mean `{near}`?"),
            None => format!("add it there: `roles: [{role}]`"),
        });
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
            findings.sql.add(Code::ParamUndeclared, used.at, format!("param `:{name}` is not declared"));
        match crate::findings::nearest(name, known()) {
            Some(near) => finding.hint(format!("did you mean `:{near}`?")),
            None => finding.hint(format!("add it to `params:` of the header: `{name}: {{ type: string }}`")),
        }
    }
}

fn cache(fields: Fields<'_>, access: &Access) -> Option<CacheSpec> {
    let vary = if *access == Access::Public { Vary::Shared } else { Vary::User };
    if let Some(ttl_ms) = fields.duration_ms("cache") {
        return Some(CacheSpec { ttl_ms, swr_ms: 0, vary, tags: Vec::new() });
    }
    let node = fields.node("cache")?;
    node.map()?;
    let cache = Fields::of(Some(node), &CACHE);
    Some(CacheSpec {
        ttl_ms: cache.duration_ms("ttl").unwrap_or(1),
        swr_ms: cache.duration_ms("swr").unwrap_or(0),
        vary: cache.choice("vary", &VARY).unwrap_or(vary),
        tags: cache.texts("tags"),
    })
}

fn types(fields: Fields<'_>, findings: &mut Findings) -> BTreeMap<String, String> {
    let mut types = BTreeMap::new();
    for entry in fields.node("types").and_then(Node::map).into_iter().flat_map(|mapping| mapping.entries()) {
        let Some(text) = entry.value.text() else { continue };
        if let Err(problem) = ts_type::check(text) {
            let message = format!("`{text}` is not a TypeScript type: {problem}");
            findings.add(Code::HeaderInvalidValue, entry.value.at, message);
        }
        types.insert(entry.key.clone(), text.to_owned());
    }
    types
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
            findings.sql.add(Code::LogicUnknownAlias, Position::WHOLE_FILE, message)
        }
    };
    match crate::findings::nearest(target, aliases.keys().map(String::as_str)) {
        Some(near) => finding.hint(format!("did you mean `{near}`?")),
        None => finding.hint(format!("add `{target}: {{ url: ${{DATABASE_URL}} }}` there")),
    }
}

fn check_cache(fields: Fields<'_>, spec: &LogicSpec, compiled: &Compiled, findings: &mut LogicFindings<'_>) {
    let Some(cache) = &spec.cache else { return };
    if let Some(node) = fields.node("invalidates") {
        findings
            .header
            .add(
                Code::CacheInvalidates,
                node.at,
                "a cached logic can not invalidate: most calls would not run it",
            )
            .hint("leave out `cache` or `invalidates`");
    }
    if let Some((_, at)) = compiled.verbs.iter().find(|(verb, _)| *verb == Verb::Write) {
        findings
            .sql
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
                .sql
                .add(Code::CacheIdentity, uses.first().copied().unwrap_or_default(), message)
                .hint("write `cache: { ttl: …, vary: user }`");
        }
    }
}

fn check_rest(
    fields: Fields<'_>,
    spec: &LogicSpec,
    compiled: &Compiled,
    around: &Surroundings<'_>,
    findings: &mut Findings,
) {
    for key in ["isolate", "secrets"] {
        if let Some(node) = fields.node(key) {
            findings.add(Code::HeaderIdleKey, node.at, format!("`{key}` means nothing for SQL"));
        }
    }
    if let Some(node) = fields.node("isolation")
        && compiled.whole
        && compiled.statements.len() == 1
    {
        findings
            .add(
                Code::IsolationSingle,
                node.at,
                "`isolation` is for several statements, and the file has one",
            )
            .hint("remove it");
    }
    let limit = around.config.config.limits.timeout_ms;
    if let (Some(timeout), Some(node)) = (spec.timeout_ms, fields.node("timeout"))
        && timeout > limit
    {
        let message = format!("the limit of {limit} ms in `config/limits.yaml` ends a call sooner than this");
        findings.add(Code::TimeoutOverLimit, node.at, message);
    }
}
