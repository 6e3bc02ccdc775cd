//! `config/*.yaml`.

use insta::assert_snapshot;
use stk_contract::config::{SameSite, SchemaEngine, Ssl};

use crate::{good, project, report};

const FULL: [(&str, &str); 6] = [
    (
        "config/databases.yaml",
        "main: { url: ${DATABASE_URL}, migrate: ${MIGRATE_URL}, pool: { max: 20, acquire: 1s }, \
         statement_timeout: 5s, ssl: verify-full, rls: true, engine: atlas }\n",
    ),
    (
        "config/auth.yaml",
        "jwt: { secret: ${JWT_SECRET}, expiresIn: 5m, refreshExpiresIn: 10d }\n\
         issuers:\n  - { name: acme, issuer: \"https://id.example.com/\", audience: shop, \
         jwks: \"http://localhost:9000/jwks\", claims: { id: uid, email: mail, roles: app.roles } }\n\
         providers:\n  google: { enabled: true, clientId: ${G_ID}, clientSecret: ${G_SECRET}, scopes: [email] }\n  \
         corp: { enabled: false, clientId: corp, clientSecret: ${C_SECRET}, issuer: https://corp.example.com }\n\
         emailPassword: { enabled: true, requireEmailVerification: false, passwordMinLength: 12 }\n\
         session: { secure: false, httpOnly: false, sameSite: strict }\n\
         roles: [ { name: admin, description: All }, user ]\ndefaultRole: user\n\
         redirects: [ \"https://shop.example.com/auth\", \"myapp://auth\" ]\n",
    ),
    (
        "config/storage.yaml",
        "endpoint: https://${S3_HOST}\naccessKeyId: ${S3_KEY}\nsecretAccessKey: ${S3_SECRET}\n\
         buckets: { avatars: { public: true, maxFileSize: 5MB, allowedTypes: [image/png, image/*], ttl: 24h } }\n\
         defaults: { region: eu-1 }\n",
    ),
    ("config/egress.yaml", "hosts: [api.stripe.com, \"*.Example.com\", localhost:8080]\n"),
    ("config/http.yaml", "cors: { origins: [\"https://shop.example.com\", \"http://localhost:5173\"] }\n"),
    (
        "config/limits.yaml",
        "{ body: 2MB, timeout: 20s, response: 16MiB, rows: 5, memory: 32MB, concurrency: 7 }\n",
    ),
];

#[test]
fn every_key_is_read() {
    let checked = good(&project(&FULL));
    let config = checked.config;
    let main = &config.databases["main"];
    assert_eq!((main.pool_max, main.pool_acquire_ms, main.statement_timeout_ms), (20, 1000, 5000));
    assert_eq!((main.ssl, main.rls, main.engine), (Ssl::VerifyFull, true, SchemaEngine::Atlas));
    assert_eq!(main.url.0, "${DATABASE_URL}");
    let auth = config.auth;
    let jwt = auth.jwt.unwrap();
    assert_eq!((jwt.secret.unwrap().0.as_str(), jwt.expires_in_ms), ("${JWT_SECRET}", 300_000));
    assert_eq!(jwt.refresh_expires_in_ms, 864_000_000);
    let issuer = &auth.issuers[0];
    assert_eq!((issuer.name.as_str(), issuer.issuer.as_str()), ("acme", "https://id.example.com/"));
    assert_eq!((issuer.claim_id.as_str(), issuer.claim_roles.as_deref()), ("uid", Some("app.roles")));
    assert_eq!((issuer.claim_email.as_deref(), issuer.raw_subject), (Some("mail"), false));
    assert!(auth.providers["google"].enabled && !auth.providers["corp"].enabled);
    assert_eq!(auth.providers["corp"].issuer.as_deref(), Some("https://corp.example.com"));
    assert_eq!(auth.email_password.map(|accounts| accounts.password_min_length), Some(12));
    assert_eq!((auth.session.secure, auth.session.same_site), (false, SameSite::Strict));
    assert_eq!(auth.roles.iter().map(|role| role.name.as_str()).collect::<Vec<_>>(), ["admin", "user"]);
    assert_eq!((auth.default_role.as_deref(), auth.redirects.len()), (Some("user"), 2));
    let storage = config.storage.unwrap();
    assert_eq!(
        (storage.region.as_str(), storage.secret_access_key.unwrap().0.as_str()),
        ("eu-1", "${S3_SECRET}")
    );
    let bucket = &storage.buckets["avatars"];
    assert_eq!(
        (bucket.public, bucket.max_file_bytes, bucket.ttl_ms),
        (true, Some(5_000_000), Some(86_400_000))
    );
    assert_eq!(config.egress, ["api.stripe.com", "*.example.com", "localhost:8080"]);
    assert_eq!(config.cors_origins, ["https://shop.example.com", "http://localhost:5173"]);
    assert_eq!((config.limits.body_bytes, config.limits.response_bytes), (2_000_000, 16 << 20));
    assert_eq!((config.limits.rows, config.limits.concurrency, config.limits.timeout_ms), (5, 7, 20_000));
    let secrets: Vec<&str> = checked.secrets.iter().map(String::as_str).collect();
    assert_eq!(
        secrets,
        ["C_SECRET", "DATABASE_URL", "G_ID", "G_SECRET", "JWT_SECRET", "S3_HOST", "S3_KEY", "S3_SECRET"]
    );
    assert_eq!(checked.hub_secrets.into_iter().collect::<Vec<_>>(), ["MIGRATE_URL"]);
    let used = &checked.secret_uses["JWT_SECRET"];
    assert_eq!((used.file.as_str(), used.position.line, used.position.column), ("config/auth.yaml", 1, 16));
}

#[test]
fn unknown_keys_and_wrong_types_name_their_place() {
    assert_snapshot!(report(&project(&[
        ("config/databases.yaml", "main:\n  url: ${DATABASE_URL}\n  migrate: ${M}\n  pool: { mx: 10, acquire: 2 }\n  ssl: requires\n  rls: yes\n"),
        ("config/limits.yaml", "body: 1000\ntimeout: 0s\nrows: 1.5\nresponse: [1MB]\nmemory:\nconcurency: 1\n"),
    ])), @r#"
    config/databases.yaml:4:11 error config.unknown_key
      unknown key `mx` in `main.pool`
      hint: did you mean `max`?
      |   pool: { mx: 10, acquire: 2 }
      |           ^
    config/databases.yaml:4:28 error config.wrong_type
      `main.pool.acquire` must be a duration, such as `500ms`, `10s`, `5m`, `2h` or `30d`, not a number
      hint: add a unit
      |   pool: { mx: 10, acquire: 2 }
      |                            ^
    config/databases.yaml:5:8 error config.invalid_value
      `main.ssl` must be one of `disable`, `prefer`, `require`, `verify-full`, not `requires`
      hint: did you mean `require`?
      |   ssl: requires
      |        ^
    config/databases.yaml:6:8 error config.wrong_type
      `main.rls` must be true or false, not text
      |   rls: yes
      |        ^
    config/limits.yaml:1:7 error config.wrong_type
      `body` must be a size, such as `100KB` or `5MiB`, not a number
      hint: add a unit
      | body: 1000
      |       ^
    config/limits.yaml:2:10 error config.invalid_value
      `timeout` must be a duration, such as `500ms`, `10s`, `5m`, `2h` or `30d`, not `0s`
      | timeout: 0s
      |          ^
    config/limits.yaml:3:7 error config.wrong_type
      `rows` must be a whole number from 1 to 1000000000, not a number
      | rows: 1.5
      |       ^
    config/limits.yaml:4:11 error config.wrong_type
      `response` must be a size, such as `100KB` or `5MiB`, not a list
      | response: [1MB]
      |           ^
    config/limits.yaml:5:1 error config.wrong_type
      `memory` must be a size, such as `100KB` or `5MiB`, not nothing
      hint: give it a value, or leave the key out
      | memory:
      | ^
    config/limits.yaml:6:1 error config.unknown_key
      unknown key `concurency`
      hint: did you mean `concurrency`?
      | concurency: 1
      | ^
    "#);
}

#[test]
fn auth_is_consistent_in_itself() {
    assert_snapshot!(report(&project(&[("config/auth.yaml", "\
jwt: { secret: ${JWT_SECRET} }
issuers:
  - { name: acme, issuer: \"http://id.example.com/\", audience: shop, jwks: nowhere, subject: raw }
  - { name: acme, issuer: \"https://id.example.com/\", audience: shop, jwks: \"https://id.example.com/jwks\" }
  - { name: two, issuer: \"https://id.example.com/\", audience: shop, jwks: \"https://id.example.com/jwks\" }
  - { name: a:b, audience: 42 }
providers: { corp: { clientId: x, clientSecret: \"${X}\" } }
roles: [admin, admin, public, { name: user, descripton: x }, \"a b\"]
defaultRole: usr
session: { secure: false, sameSite: none }
redirects: [\"https://*.example.com\", \"http://example.com/auth\", \"https://a.example.com/#x\"]
")])), @r#"
    config/auth.yaml:3:27 error config.insecure_url
      `http://id.example.com/` is not https
      hint: http is accepted for `localhost` and `127.0.0.1` only
      |   - { name: acme, issuer: "http://id.example.com/", audience: shop, jwks: nowhere, subject: raw }
      |                           ^
    config/auth.yaml:3:75 error config.invalid_value
      `nowhere` is not an address such as `https://id.example.com/`
      |   - { name: acme, issuer: "http://id.example.com/", audience: shop, jwks: nowhere, subject: raw }
      |                                                                           ^
    config/auth.yaml:3:93 error config.raw_subject
      only one source of tokens may have raw subjects, and the project's own tokens have them already
      hint: leave `subject` out: ids of its users are then `acme:SUBJECT`
      |   - { name: acme, issuer: "http://id.example.com/", audience: shop, jwks: nowhere, subject: raw }
      |                                                                                             ^
    config/auth.yaml:4:5 error config.duplicate
      two issuers are named `acme`, so their users' ids could be the same
      |   - { name: acme, issuer: "https://id.example.com/", audience: shop, jwks: "https://id.example.com/jwks" }
      |     ^
    config/auth.yaml:5:5 error config.duplicate
      two entries have the issuer `https://id.example.com/` and the same audience
      |   - { name: two, issuer: "https://id.example.com/", audience: shop, jwks: "https://id.example.com/jwks" }
      |     ^
    config/auth.yaml:6:5 error config.missing_key
      `issuer` of an item of `issuers` is missing
      |   - { name: a:b, audience: 42 }
      |     ^
    config/auth.yaml:6:5 error config.missing_key
      `jwks` of an item of `issuers` is missing
      |   - { name: a:b, audience: 42 }
      |     ^
    config/auth.yaml:6:13 error config.invalid_value
      `a:b` is not a name: letters, digits and `_`, not starting with a digit, at most 63 bytes
      |   - { name: a:b, audience: 42 }
      |             ^
    config/auth.yaml:6:28 error config.wrong_type
      `audience` of an item of `issuers` must be text, not a number
      hint: put it in quotes
      |   - { name: a:b, audience: 42 }
      |                            ^
    config/auth.yaml:7:14 error config.missing_key
      `issuer` of `providers.corp` is missing
      hint: only google and github need none
      | providers: { corp: { clientId: x, clientSecret: "${X}" } }
      |              ^
    config/auth.yaml:8:16 error config.role
      role `admin` stands twice
      | roles: [admin, admin, public, { name: user, descripton: x }, "a b"]
      |                ^
    config/auth.yaml:8:23 error config.role
      `public` is an access rule and can not be a role
      | roles: [admin, admin, public, { name: user, descripton: x }, "a b"]
      |                       ^
    config/auth.yaml:8:45 error config.unknown_key
      unknown key `descripton` in an item of `roles`
      hint: did you mean `description`?
      | roles: [admin, admin, public, { name: user, descripton: x }, "a b"]
      |                                             ^
    config/auth.yaml:8:62 error config.invalid_value
      `a b` is not the name of a role: letters, digits, `_`, `-`, `.` and `:`, at most 63
      | roles: [admin, admin, public, { name: user, descripton: x }, "a b"]
      |                                                              ^
    config/auth.yaml:9:14 error config.unknown_role
      there is no role `usr` in `roles`
      hint: did you mean `user`?
      | defaultRole: usr
      |              ^
    config/auth.yaml:10:37 error config.invalid_value
      browsers refuse `sameSite: none` without `secure: true`
      | session: { secure: false, sameSite: none }
      |                                     ^
    config/auth.yaml:11:13 error config.invalid_value
      `https://*.example.com` is not an address to return to
      hint: redirects match exactly: a whole address, no wildcard and no `#`
      | redirects: ["https://*.example.com", "http://example.com/auth", "https://a.example.com/#x"]
      |             ^
    config/auth.yaml:11:38 error config.insecure_url
      `http://example.com/auth` is not https
      hint: http is accepted for `localhost` and `127.0.0.1` only
      | redirects: ["https://*.example.com", "http://example.com/auth", "https://a.example.com/#x"]
      |                                      ^
    config/auth.yaml:11:65 error config.invalid_value
      `https://a.example.com/#x` is not an address to return to
      hint: redirects match exactly: a whole address, no wildcard and no `#`
      | redirects: ["https://*.example.com", "http://example.com/auth", "https://a.example.com/#x"]
      |                                                                 ^
    "#);
}

#[test]
fn lists_of_addresses_are_exact() {
    assert_snapshot!(report(&project(&[
        ("config/egress.yaml", "hosts: [\"https://a.com\", \"*.com\", \"a..b\", \"ok.example.com:99999\", 10]\n"),
        ("config/http.yaml", "cors: { origins: [\"*\", \"https://a.com/\", \"a.com\"] }\n"),
        ("config/storage.yaml", "buckets: { AB: {}, ok-bucket: { allowedTypes: [png], maxFileSize: 5 } }\n"),
    ])), @r#"
    config/egress.yaml:1:9 error config.invalid_value
      `https://a.com` is not a host
      hint: write `api.example.com`, or `*.example.com`: no scheme, no path
      | hosts: ["https://a.com", "*.com", "a..b", "ok.example.com:99999", 10]
      |         ^
    config/egress.yaml:1:26 error config.invalid_value
      `*.com` is not a host
      hint: write `api.example.com`, or `*.example.com`: no scheme, no path
      | hosts: ["https://a.com", "*.com", "a..b", "ok.example.com:99999", 10]
      |                          ^
    config/egress.yaml:1:35 error config.invalid_value
      `a..b` is not a host
      hint: write `api.example.com`, or `*.example.com`: no scheme, no path
      | hosts: ["https://a.com", "*.com", "a..b", "ok.example.com:99999", 10]
      |                                   ^
    config/egress.yaml:1:43 error config.invalid_value
      `ok.example.com:99999` is not a host
      hint: write `api.example.com`, or `*.example.com`: no scheme, no path
      | hosts: ["https://a.com", "*.com", "a..b", "ok.example.com:99999", 10]
      |                                           ^
    config/egress.yaml:1:67 error config.wrong_type
      an item of `hosts` must be text, not a number
      hint: put it in quotes
      | hosts: ["https://a.com", "*.com", "a..b", "ok.example.com:99999", 10]
      |                                                                   ^
    config/http.yaml:1:19 error config.invalid_value
      `*` is not an origin
      hint: write `https://shop.example.com`: scheme, host and port, no path and no wildcard
      | cors: { origins: ["*", "https://a.com/", "a.com"] }
      |                   ^
    config/http.yaml:1:24 error config.invalid_value
      `https://a.com/` is not an origin
      hint: write `https://shop.example.com`: scheme, host and port, no path and no wildcard
      | cors: { origins: ["*", "https://a.com/", "a.com"] }
      |                        ^
    config/http.yaml:1:42 error config.invalid_value
      `a.com` is not an origin
      hint: write `https://shop.example.com`: scheme, host and port, no path and no wildcard
      | cors: { origins: ["*", "https://a.com/", "a.com"] }
      |                                          ^
    config/storage.yaml:1:12 error config.invalid_value
      `AB` is not the name of a bucket: 3 to 63 lower-case letters, digits, `-` and `.`
      | buckets: { AB: {}, ok-bucket: { allowedTypes: [png], maxFileSize: 5 } }
      |            ^
    config/storage.yaml:1:48 error config.invalid_value
      `png` is not a media type
      hint: write `image/png` or `image/*`
      | buckets: { AB: {}, ok-bucket: { allowedTypes: [png], maxFileSize: 5 } }
      |                                                ^
    config/storage.yaml:1:67 error config.wrong_type
      `buckets.ok-bucket.maxFileSize` must be a size, such as `100KB` or `5MiB`, not a number
      hint: add a unit
      | buckets: { AB: {}, ok-bucket: { allowedTypes: [png], maxFileSize: 5 } }
      |                                                                   ^
    "#);
}

#[test]
fn yaml_past_what_is_needed_is_refused() {
    assert_snapshot!(report(&project(&[
        ("config/limits.yaml", "body: &a 1MB\nresponse: *a\ntimeout: !!str 1s\nbody: 2MB\n? [x]\n: 1\n"),
        ("config/http.yaml", "cors: { origins: [] }\n---\na: b\n"),
        ("config/egress.yaml", "hosts: [a\n"),
        ("config/storage.yaml", "- a\n"),
    ])), @r#"
    config/egress.yaml:1:10 error yaml.syntax
      this is not valid YAML: while parsing a flow sequence, expected ',' or ']'
      | hosts: [a
      |          ^
    config/http.yaml:2:1 error yaml.documents
      a second YAML document begins here; one is read
      | ---
      | ^
    config/limits.yaml:1:7 error yaml.anchor
      anchors (`&name`) are not allowed
      hint: write it out, or put a text that starts with `&` in quotes
      | body: &a 1MB
      |       ^
    config/limits.yaml:2:11 error yaml.alias
      aliases (`*name`) are not allowed
      hint: write it out, or put a text that starts with `*` in quotes
      | response: *a
      |           ^
    config/limits.yaml:3:10 error yaml.tag
      tags (`!name`) are not allowed
      hint: put a text that starts with `!` in quotes
      | timeout: !!str 1s
      |          ^
    config/limits.yaml:4:1 error yaml.duplicate_key
      `body` stands twice in this mapping, first in line 1
      | body: 2MB
      | ^
    config/limits.yaml:5:3 error yaml.key
      a key must be plain text
      | ? [x]
      |   ^
    config/storage.yaml:1:1 error config.wrong_type
      the file must be a mapping, not a list
      | - a
      | ^
    "#);
}
