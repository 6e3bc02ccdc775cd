//! Which literals look like credentials, and how to show a text without them.
//!
//! It knows shapes, not meanings: a URL with a password in it, and the key formats of well-known services. What a
//! key must not hold at all (`clientSecret: hunter2`) the config's own tables say.

use std::borrow::Cow;
use std::sync::LazyLock;

use regex_lite::Regex;

/// Group 1, where a pattern has one, is the part that is secret.
const SHAPES: [&str; 12] = [
    // URL with a password; the user's name may be empty, as Redis has it.
    r"[A-Za-z][A-Za-z0-9+.\-]*://[^\s/?#@:]*:([^\s/?#@]+)@",
    // Password in a connection string, as a keyword or a query parameter.
    r"(?i)\bpassword\s*=\s*('[^']*'|[^\s&;,'\x22}]+)",
    r"\b(?:AKIA|ASIA)[0-9A-Z]{16}\b",
    r"\b(?:sk|rk)_(?:live|test)_[0-9A-Za-z]{4,}",
    r"\bwhsec_[0-9A-Za-z+/=]{16,}",
    r"\b(?:gh[pousr]_[0-9A-Za-z]{16,}|github_pat_[0-9A-Za-z_]{20,}|glpat-[0-9A-Za-z_\-]{16,})",
    r"\bxox[abeoprs]-[0-9A-Za-z\-]{10,}",
    r"\b(?:AIza[0-9A-Za-z_\-]{30,}|GOCSPX-[0-9A-Za-z_\-]{16,})",
    r"\bsk-[0-9A-Za-z_\-]{20,}",
    r"\b(?:npm_[0-9A-Za-z]{30,}|SG\.[0-9A-Za-z_\-]{16,}\.[0-9A-Za-z_\-]{16,}|dop_v1_[0-9a-f]{32,})",
    r"\beyJ[0-9A-Za-z_\-]{8,}\.[0-9A-Za-z_\-]{8,}\.[0-9A-Za-z_\-]*",
    r"-----BEGIN [A-Z ]*PRIVATE KEY",
];

/// A key of YAML whose value is secret whatever it looks like: for lines of a file that does not even parse.
const SECRET_KEYS: &str =
    r#"(?i)\b["']?(?:secret|client_?secret|secret_?access_?key|password)["']?\s*:\s*(.+)"#;

static PATTERNS: LazyLock<Vec<Regex>> = LazyLock::new(|| {
    SHAPES
        .iter()
        .chain([&SECRET_KEYS])
        .map(|shape| Regex::new(shape).expect("the patterns are constants that a test compiles"))
        .collect()
});

/// Whether a value holds a credential.
pub(crate) fn is_credential(text: &str) -> bool {
    PATTERNS[..SHAPES.len()].iter().any(|pattern| {
        pattern.captures_iter(text).any(|found| found.get(1).is_none_or(|part| is_literal(part.as_str())))
    })
}

/// The text with each credential replaced by `…`.
pub(crate) fn redact(text: &str) -> Cow<'_, str> {
    redact_all(text, &PATTERNS[..SHAPES.len()])
}

/// A line of YAML with each credential, and what stands at a key for one, replaced by `…`.
pub(crate) fn redact_line(line: &str) -> Cow<'_, str> {
    redact_all(line, &PATTERNS)
}

fn redact_all<'a>(text: &'a str, patterns: &[Regex]) -> Cow<'a, str> {
    let mut text = Cow::Borrowed(text);
    for pattern in patterns {
        let mut shown = String::new();
        let mut done = 0;
        for found in pattern.captures_iter(&text) {
            let Some(part) = found.get(1).or_else(|| found.get(0)) else { continue };
            if found.get(1).is_none_or(|part| is_literal(part.as_str())) {
                shown.push_str(&text[done..part.start()]);
                shown.push('…');
                done = part.end();
            }
        }
        if done > 0 {
            shown.push_str(&text[done..]);
            text = Cow::Owned(shown);
        }
    }
    text
}

/// Whether the line with this number stands inside a PEM private key.
pub(crate) fn inside_key_block<'a>(lines: impl Iterator<Item = &'a str>, number: u32) -> bool {
    let mut inside = false;
    for line in lines.take(number as usize) {
        if line.contains("-----BEGIN ") && line.contains("PRIVATE KEY") {
            inside = true;
        } else if inside && (line.contains("-----END ") || line.contains(": ")) {
            inside = false;
        }
    }
    inside
}

/// Whether anything but placeholders (and the punctuation around them) is there.
fn is_literal(text: &str) -> bool {
    let mut rest = text.trim_matches(|c: char| c.is_whitespace() || "'\"{},".contains(c));
    // Trimming took the brace that closes a placeholder at the end.
    while let Some(start) = rest.find("${") {
        if start > 0 {
            return true;
        }
        let length = rest.find('}').map_or(rest.len(), |end| end + 1);
        rest = &rest[length..];
    }
    rest.starts_with(|c: char| !c.is_whitespace() && !"'\"},#".contains(c))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn placeholders_are_no_credentials() {
        for text in [
            "${DATABASE_URL}",
            "postgres://app:${PASSWORD}@db/app",
            "postgres://${USER}:${PASSWORD}@db/app",
            "postgres://app@db:5432/app?sslmode=require",
            "https://id.example.com:8443/a@b",
            "host=db password=${PASSWORD}",
            "sk-short",
            "AKIA",
        ] {
            assert!(!is_credential(text), "{text}");
            assert_eq!(redact(text), text);
        }
    }

    #[test]
    fn known_shapes_are_credentials_and_never_shown() {
        for (text, shown) in [
            ("postgres://app:hunter2@db/app", "postgres://app:…@db/app"),
            ("postgres://app:x${PASSWORD}@db/app", "postgres://app:…@db/app"),
            ("redis://:hunter2@kv", "redis://:…@kv"),
            ("host=db password=hunter2 user=app", "host=db password=… user=app"),
            ("key: AKIAIOSFODNN7EXAMPLE # mine", "key: … # mine"),
            ("sk_live_4eC39HqLyjWDarjtT1zdp7dc", "…"),
            ("ghp_16C7e42F292c6912E7710c838347Ae178B4a", "…"),
            ("-----BEGIN RSA PRIVATE KEY-----", "…-----"),
            ("-----BEGIN PRIVATE KEY-----", "…-----"),
        ] {
            assert!(is_credential(text), "{text}");
            assert_eq!(redact(text), shown, "{text}");
        }
    }

    #[test]
    fn secret_keys_hide_their_value_in_a_line() {
        assert_eq!(redact_line("jwt: { secret: hunter2, [ }"), "jwt: { secret: …");
        assert_eq!(redact_line("clientSecret: 'hunter2'"), "clientSecret: …");
        assert_eq!(redact_line("  secret: ${JWT_SECRET}"), "  secret: ${JWT_SECRET}");
        assert_eq!(redact_line("jwt: { secret: ${JWT_SECRET} }"), "jwt: { secret: ${JWT_SECRET} }");
        let block =
            ["key: |", "  -----BEGIN PRIVATE KEY-----", "  MIIEvQ", "  -----END PRIVATE KEY-----", "a: b"];
        let inside: Vec<bool> = (1..=5).map(|line| inside_key_block(block.into_iter(), line)).collect();
        assert_eq!(inside, [false, true, true, false, false]);
    }
}
