//! From the tree of a header to the contract's [`LogicSpec`].

use std::collections::BTreeMap;

use stk_contract::manifest::{Isolate, Isolation};
use stk_contract::{Access, CacheSpec, DeclaredType, LogicSpec, Returns, Vary};

use crate::code::Code;
use crate::config::ConfigRead;
use crate::findings::Findings;
use crate::header::table::{CACHE, HEADER, SHAPE};
use crate::header::{params, returns, script, sql, ts_type};
use crate::js::{self, Declared, Handler, Script, Scripts};
use crate::shape::{Fields, ShapeCheck, ShapeCodes};
use crate::sql::Compiled;
use crate::text::Position;
use crate::yaml::Node;

static CODES: ShapeCodes = ShapeCodes {
    unknown_key: Code::HeaderUnknownKey,
    missing_key: Code::HeaderMissingKey,
    wrong_type: Code::HeaderWrongType,
    invalid_value: Code::HeaderInvalidValue,
    secrets: false,
};

const VARY: [(&str, Vary); 2] = [("user", Vary::User), ("shared", Vary::Shared)];
const ISOLATE: [(&str, Isolate); 2] = [("fresh", Isolate::Fresh), ("reuse", Isolate::Reuse)];
const ISOLATION: [(&str, Isolation); 3] = [
    ("read_committed", Isolation::ReadCommitted),
    ("repeatable_read", Isolation::RepeatableRead),
    ("serializable", Isolation::Serializable),
];

/// What a header is checked against besides its own code.
pub(crate) struct Surroundings<'a> {
    pub config: &'a ConfigRead,
    /// Aliases that have a file under `schema/`.
    pub schema: Vec<&'a str>,
}

impl Surroundings<'_> {
    /// What to do about an alias that there is not.
    pub(crate) fn alias_hint(&self, alias: &str) -> String {
        let aliases = self.config.aliases.iter().flat_map(BTreeMap::keys).map(String::as_str);
        match crate::findings::nearest(alias, aliases) {
            Some(near) => format!("did you mean `{near}`?"),
            None => format!("add `{alias}: {{ url: ${{DATABASE_URL}} }}` there"),
        }
    }
}

/// The code that a header speaks of.
pub(crate) enum Body<'a> {
    Sql(&'a Compiled),
    Script {
        file: &'a str,
        script: &'a Script,
        handler: &'a Handler,
        scripts: &'a Scripts,
        /// Callers see its type.
        callable: bool,
    },
    Wasm,
}

/// Findings of one logic, by the file that they are in: a twin holds the header of another.
pub(crate) struct LogicFindings<'f> {
    pub header: &'f mut Findings,
    pub body: &'f mut Findings,
}

/// Reads the header. Without one, or with one that can not be read (`readable` is false then), everything has its
/// default.
pub(crate) fn read(
    root: Option<&Node>,
    body: &Body<'_>,
    readable: bool,
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
    let (returns, result) = returned(fields, body, findings);
    let spec = LogicSpec {
        description: fields.owned("description"),
        target: fields.owned("target").unwrap_or_else(|| "main".to_owned()),
        cache: cache(fields, &access),
        access,
        params: params.params.clone(),
        returns,
        invalidates: fields.texts("invalidates"),
        timeout_ms: fields.duration_ms("timeout"),
        isolate: fields.choice("isolate", &ISOLATE).unwrap_or(Isolate::Fresh),
        secrets: fields.texts("secrets"),
        types: types(fields, findings.header),
        result,
        isolation: fields.choice("isolation", &ISOLATION),
    };
    match body {
        Body::Sql(compiled) => sql::check(fields, &spec, &params, compiled, around, findings),
        Body::Script { script, handler, .. } => {
            script::check(&spec, &params, script, handler, readable, findings);
        }
        Body::Wasm => {}
    }
    check_rest(fields, &spec, body, around, findings.header);
    spec
}

/// What it answers, and the type of it where it is declared.
fn returned(
    fields: Fields<'_>,
    body: &Body<'_>,
    findings: &mut LogicFindings<'_>,
) -> (Returns, Option<DeclaredType>) {
    let node = fields.node("returns");
    if let Body::Sql(_) = body {
        return (returns::of_sql(node, findings.header), None);
    }
    let given = returns::of_code(node, findings.header);
    if given.none {
        return (Returns::None, None);
    }
    let nothing = Scripts::default();
    let (file, scripts) = match body {
        Body::Script { file, scripts, .. } => (*file, *scripts),
        _ => ("", &nothing),
    };
    if let Some((written, at)) = given.written {
        let declared = js::declared(&written, file, scripts);
        say_lost(&declared, at, findings.header);
        return (Returns::Value, declared.result);
    }
    let Body::Script { script, handler, callable, .. } = body else { return (Returns::Value, None) };
    let Some(declared) = js::result_of(handler, file, scripts) else {
        if *callable && node.is_none() && handler.not_function.is_none() {
            let hint = match file.ends_with(".ts") {
                true => {
                    "annotate what the handler returns, as in `: Promise<{ id: string }>`, or say it with `returns:`"
                }
                false => "say it in the header, as in `returns: { id: string }`",
            };
            findings
                .body
                .add(
                    Code::ResultUnknown,
                    script.text.position_of_byte(handler.at),
                    "nothing says what this logic answers, so callers see `unknown`",
                )
                .hint(hint);
        }
        return (Returns::Value, None);
    };
    let at = handler.returns.as_ref().map_or(handler.at, |(_, at)| *at);
    say_lost(&declared, script.text.position_of_byte(at), findings.body);
    (Returns::Value, declared.result)
}

fn say_lost(declared: &Declared, at: Position, findings: &mut Findings) {
    if let Some(why) = declared.lost.first() {
        let message = format!("a part of the result is `unknown` to callers: {why}");
        findings.add(Code::ResultLost, at, message);
    }
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

/// A database that is not there would be told by no call before the first.
fn check_query_aliases(fields: Fields<'_>, around: &Surroundings<'_>, findings: &mut Findings) {
    let entries =
        fields.node("queries").and_then(Node::map).into_iter().flat_map(|mapping| mapping.entries());
    for entry in entries {
        let aliases = around.config.aliases.as_ref();
        let known = aliases.is_none_or(|aliases| aliases.contains_key(&entry.key));
        if !known && !around.schema.contains(&entry.key.as_str()) {
            let message = format!("there is no database `{}` in `config/databases.yaml`", entry.key);
            findings.add(Code::LogicUnknownAlias, entry.key_at, message).hint(around.alias_hint(&entry.key));
        }
    }
}

/// Keys that mean nothing for the logic's engine.
fn idle_keys(body: &Body<'_>) -> (&'static str, &'static [&'static str]) {
    match body {
        Body::Sql(_) => ("SQL", &["isolate", "secrets", "queries"]),
        Body::Script { .. } => ("a script", &["target", "types", "isolation", "queries"]),
        Body::Wasm => ("WebAssembly", &["target", "types", "isolation", "isolate"]),
    }
}

fn check_rest(
    fields: Fields<'_>,
    spec: &LogicSpec,
    body: &Body<'_>,
    around: &Surroundings<'_>,
    findings: &mut Findings,
) {
    check_query_aliases(fields, around, findings);
    let (engine, idle) = idle_keys(body);
    for key in idle {
        if let Some(node) = fields.node(key) {
            findings.add(Code::HeaderIdleKey, node.at, format!("`{key}` means nothing for {engine}"));
        }
    }
    if let (Some(_), Some(node)) = (&spec.cache, fields.node("invalidates")) {
        findings
            .add(
                Code::CacheInvalidates,
                node.at,
                "a cached logic can not invalidate: most calls would not run it",
            )
            .hint("leave out `cache` or `invalidates`");
    }
    let limit = around.config.config.limits.timeout_ms;
    if let (Some(timeout), Some(node)) = (spec.timeout_ms, fields.node("timeout"))
        && timeout > limit
    {
        let message = format!("the limit of {limit} ms in `config/limits.yaml` ends a call sooner than this");
        findings.add(Code::TimeoutOverLimit, node.at, message);
    }
}
