//! `config/auth.yaml`: whose tokens are good, the closed list of roles, and the project's own accounts.

mod table;

use stk_contract::config::{Auth, EmailPassword, Issuer, Jwt, Provider, Role, SameSite, Session, Template};

use crate::code::Code;
use crate::config::Document;
use crate::config::urls::Url;
use crate::shape::Fields;
use crate::yaml::Node;

pub(super) use table::SHAPE;
use table::{AUTH, ISSUER, PROVIDER, ROLE};

/// Providers whose addresses we know.
const WELL_KNOWN: [&str; 2] = ["google", "github"];

const SAME_SITE: [(&str, SameSite); 3] =
    [("strict", SameSite::Strict), ("lax", SameSite::Lax), ("none", SameSite::None)];

pub(super) fn read(document: &mut Document<'_>) -> Auth {
    let fields = Fields::of(Some(document.root), &AUTH);
    let auth = Auth {
        jwt: fields.object("jwt").map(jwt),
        issuers: issuers(document, fields.list("issuers")),
        providers: providers(document, fields),
        email_password: fields.object("emailPassword").map(email_password),
        session: session(document, fields),
        roles: roles(document, fields.list("roles")),
        default_role: fields.owned("defaultRole"),
        redirects: redirects(document, fields.list("redirects")),
    };
    check_default_role(document, fields, &auth);
    check_raw_subjects(document, fields, &auth);
    auth
}

fn jwt(fields: Fields<'_>) -> Jwt {
    Jwt {
        secret: fields.template("secret"),
        expires_in_ms: fields.duration_ms("expiresIn").unwrap_or(15 * 60_000),
        refresh_expires_in_ms: fields.duration_ms("refreshExpiresIn").unwrap_or(30 * 86_400_000),
    }
}

fn issuers(document: &mut Document<'_>, nodes: &[Node]) -> Vec<Issuer> {
    let mut issuers: Vec<Issuer> = Vec::new();
    for node in nodes {
        let fields = Fields::of(Some(node), &ISSUER);
        for key in ["issuer", "jwks"] {
            check_address(document, fields.node(key));
        }
        let claims = fields.object("claims");
        let claim = |name: &str| claims.and_then(|claims| claims.owned(name));
        let issuer = Issuer {
            name: fields.owned("name").unwrap_or_default(),
            issuer: fields.owned("issuer").unwrap_or_default(),
            audience: fields.owned("audience").unwrap_or_default(),
            jwks: fields.owned("jwks").unwrap_or_default(),
            claim_id: claim("id").unwrap_or_else(|| "sub".to_owned()),
            claim_email: claim("email"),
            claim_roles: claim("roles"),
            raw_subject: fields.text("subject") == Some("raw"),
        };
        if !issuer.name.is_empty() && issuers.iter().any(|other| other.name == issuer.name) {
            let message =
                format!("two issuers are named `{}`, so their users' ids could be the same", issuer.name);
            document.findings.add(Code::ConfigDuplicate, node.at, message);
        }
        let same = |other: &Issuer| other.issuer == issuer.issuer && other.audience == issuer.audience;
        if !issuer.issuer.is_empty() && issuers.iter().any(same) {
            let message = format!("two entries have the issuer `{}` and the same audience", issuer.issuer);
            document.findings.add(Code::ConfigDuplicate, node.at, message);
        }
        issuers.push(issuer);
    }
    issuers
}

/// https, or http on this machine.
fn check_address(document: &mut Document<'_>, node: Option<&Node>) {
    let Some((node, text)) = node.and_then(|node| Some((node, node.text()?))) else { return };
    if text.contains("${") || text.trim().is_empty() {
        return;
    }
    match Url::parse(text) {
        None => {
            let message = format!("`{text}` is not an address such as `https://id.example.com/`");
            document.findings.add(Code::ConfigInvalidValue, node.at, message);
        }
        Some(url) if !url.is_safe() => {
            document
                .findings
                .add(Code::ConfigInsecureUrl, node.at, format!("`{text}` is not https"))
                .hint("http is accepted for `localhost` and `127.0.0.1` only");
        }
        Some(_) => {}
    }
}

fn providers(
    document: &mut Document<'_>,
    fields: Fields<'_>,
) -> std::collections::BTreeMap<String, Provider> {
    let mapping = fields.node("providers").and_then(Node::map);
    let mut providers = std::collections::BTreeMap::new();
    for entry in mapping.into_iter().flat_map(|mapping| mapping.entries()) {
        let fields = Fields::of(Some(&entry.value), &PROVIDER);
        check_address(document, fields.node("issuer"));
        if fields.node("issuer").is_none() && !WELL_KNOWN.contains(&entry.key.as_str()) {
            document
                .findings
                .add(
                    Code::ConfigMissingKey,
                    entry.key_at,
                    format!("`issuer` of `providers.{}` is missing", entry.key),
                )
                .hint(format!("only {} need none", WELL_KNOWN.join(" and ")));
        }
        let provider = Provider {
            enabled: fields.bool("enabled").unwrap_or(true),
            client_id: fields.template("clientId").unwrap_or(Template(String::new())),
            client_secret: fields.template("clientSecret").unwrap_or(Template(String::new())),
            scopes: fields.texts("scopes"),
            issuer: fields.owned("issuer"),
        };
        providers.insert(entry.key.clone(), provider);
    }
    providers
}

fn email_password(fields: Fields<'_>) -> EmailPassword {
    EmailPassword {
        enabled: fields.bool("enabled").unwrap_or(true),
        require_email_verification: fields.bool("requireEmailVerification").unwrap_or(true),
        password_min_length: fields.int("passwordMinLength").unwrap_or(8),
    }
}

fn session(document: &mut Document<'_>, fields: Fields<'_>) -> Session {
    let default = Session::default();
    let Some(session) = fields.object("session") else { return default };
    let read = Session {
        secure: session.bool("secure").unwrap_or(default.secure),
        http_only: session.bool("httpOnly").unwrap_or(default.http_only),
        same_site: session.choice("sameSite", &SAME_SITE).unwrap_or(default.same_site),
    };
    if let (SameSite::None, false, Some(node)) = (read.same_site, read.secure, session.node("sameSite")) {
        let message = "browsers refuse `sameSite: none` without `secure: true`";
        document.findings.add(Code::ConfigInvalidValue, node.at, message);
    }
    read
}

fn roles(document: &mut Document<'_>, nodes: &[Node]) -> Vec<Role> {
    let mut roles: Vec<Role> = Vec::new();
    for node in nodes {
        let fields = Fields::of(Some(node), &ROLE);
        let name_node = fields.node("name").unwrap_or(node);
        let Some(name) = name_node.text() else { continue };
        let problem = match name {
            "public" | "authenticated" => Some(format!("`{name}` is an access rule and can not be a role")),
            _ if roles.iter().any(|role| role.name == name) => Some(format!("role `{name}` stands twice")),
            _ => None,
        };
        match problem {
            Some(message) => {
                document.findings.add(Code::ConfigRole, name_node.at, message);
            }
            None => {
                let description = fields.owned("description");
                roles.push(Role { name: name.to_owned(), description });
            }
        }
    }
    roles
}

fn redirects(document: &mut Document<'_>, nodes: &[Node]) -> Vec<String> {
    let mut redirects = Vec::new();
    for node in nodes {
        let Some(text) = node.text().filter(|text| !text.contains("${") && !text.trim().is_empty()) else {
            continue;
        };
        let Some(url) = Url::parse(text).filter(|url| !text.contains('*') && !url.rest.contains('#')) else {
            document
                .findings
                .add(Code::ConfigInvalidValue, node.at, format!("`{text}` is not an address to return to"))
                .hint("redirects match exactly: a whole address, no wildcard and no `#`");
            continue;
        };
        if url.scheme == "http" && !url.is_safe() {
            document
                .findings
                .add(Code::ConfigInsecureUrl, node.at, format!("`{text}` is not https"))
                .hint("http is accepted for `localhost` and `127.0.0.1` only");
        }
        redirects.push(text.to_owned());
    }
    redirects
}

fn check_default_role(document: &mut Document<'_>, fields: Fields<'_>, auth: &Auth) {
    let Some(node) = fields.node("defaultRole") else { return };
    let Some(name) = node.text() else { return };
    if !auth.roles.iter().any(|role| role.name == name) {
        document
            .findings
            .add(Code::ConfigUnknownRole, node.at, format!("there is no role `{name}` in `roles`"))
            .nearest(name, auth.roles.iter().map(|role| role.name.as_str()));
    }
}

/// Our own tokens have raw subjects, so no issuer may have them beside; and no two issuers may.
fn check_raw_subjects(document: &mut Document<'_>, fields: Fields<'_>, auth: &Auth) {
    let accounts = auth.email_password.as_ref().is_some_and(|accounts| accounts.enabled)
        || auth.providers.values().any(|provider| provider.enabled);
    let mut taken = (auth.jwt.is_some() || accounts).then_some("the project's own tokens".to_owned());
    for (node, issuer) in fields.list("issuers").iter().zip(&auth.issuers) {
        if !issuer.raw_subject {
            continue;
        }
        if let Some(by) = &taken {
            let at = Fields::of(Some(node), &ISSUER).node("subject").map_or(node.at, |node| node.at);
            document
                .findings
                .add(
                    Code::ConfigRawSubject,
                    at,
                    format!("only one source of tokens may have raw subjects, and {by} have them already"),
                )
                .hint(format!("leave `subject` out: ids of its users are then `{}:SUBJECT`", issuer.name));
        }
        taken.get_or_insert_with(|| format!("those of issuer `{}`", issuer.name));
    }
}
