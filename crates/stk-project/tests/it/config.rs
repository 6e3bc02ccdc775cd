//! `config/*.yaml`.

use insta::assert_snapshot;
use stk_contract::config::{SameSite, SchemaEngine, Ssl};

use crate::{files, good, project, report};

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
    ])), @"");
}

#[test]
fn credentials_are_reported_and_never_repeated() {
    let bad = project(&[
        (
            "config/databases.yaml",
            "main: { url: \"postgres://app:hunter2@db/app\", migrate: ${M}, pol: { max: hunter2 } }\n",
        ),
        ("config/auth.yaml", "jwt: { secret: hunter2 }\nroles: [admin, sk_live_hunter2hunter2]\n"),
        (
            "config/storage.yaml",
            "accessKeyId: AKIAHUNTER2HUNTER2X\nsecretAccessKey: |\n  -----BEGIN PRIVATE KEY-----\n  hunter2\n  -----END PRIVATE KEY-----\nregion: 'ghp_hunter2hunter2hunter2'\n",
        ),
        ("config/http.yaml", "password: hunter2\ncors: [\n"),
    ]);
    let text = report(&bad);
    assert_snapshot!(text, @"");
    let shown = text.to_lowercase();
    // `pol: { max: hunter2 }` has no shape of a credential; everything else has.
    assert_eq!(shown.matches("hunter2").count(), shown.matches("pol: { max: hunter2 }").count());
}

#[test]
fn placeholders_stand_where_they_are_resolved() {
    assert_snapshot!(report(&project(&[
        ("config/databases.yaml", "main: { url: \"${DATABASE-URL}\", migrate: \"${A\" }\n"),
        ("config/storage.yaml", "region: ${REGION}\nendpoint: https://${}\n"),
    ])), @"");
}

#[test]
fn files_and_aliases_fit_together() {
    assert_snapshot!(report(&project(&[
        ("config/database.yaml", "a: b\n"),
        ("config/notes.txt", "a: b\n"),
        ("config/databases.yaml", "main: { url: \"${A}\" }\nother: { url: \"mysql://x\", migrate: \"${B}\" }\nthen: { url: \"${A}\", migrate: \"${B}\" }\n"),
        ("schema/reports.hcl", ""),
        ("schema/a-b.hcl", ""),
        ("schema/readme.md", ""),
    ])), @"");
    assert_snapshot!(report(&files(&[("base/main.hcl", ""), ("schema/main.hcl", ""), ("config/databases.yaml", "")])), @"");
    let older = good(&files(&[
        ("base/main.hcl", "x"),
        ("config/databases.yaml", "main: { url: \"${A}\", migrate: \"${B}\" }"),
        ("stk.config.json", "{"),
        ("README.md", "\u{0}"),
    ]));
    assert_eq!(
        (older.schema["main"].file.as_str(), older.schema["main"].text.as_str()),
        ("base/main.hcl", "x")
    );
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
")])), @"");
}

#[test]
fn lists_of_addresses_are_exact() {
    assert_snapshot!(report(&project(&[
        ("config/egress.yaml", "hosts: [\"https://a.com\", \"*.com\", \"a..b\", \"ok.example.com:99999\", 10]\n"),
        ("config/http.yaml", "cors: { origins: [\"*\", \"https://a.com/\", \"a.com\"] }\n"),
        ("config/storage.yaml", "buckets: { AB: {}, ok-bucket: { allowedTypes: [png], maxFileSize: 5 } }\n"),
    ])), @"");
}

#[test]
fn yaml_past_what_is_needed_is_refused() {
    assert_snapshot!(report(&project(&[
        ("config/limits.yaml", "body: &a 1MB\nresponse: *a\ntimeout: !!str 1s\nbody: 2MB\n? [x]\n: 1\n"),
        ("config/http.yaml", "cors: { origins: [] }\n---\na: b\n"),
        ("config/egress.yaml", "hosts: [a\n"),
        ("config/storage.yaml", "- a\n"),
    ])), @"");
}
