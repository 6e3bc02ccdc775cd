//! URLs of the WHATWG standard, and the form encoding of queries.

use rquickjs::function::Opt;
use rquickjs::{Array, Ctx, Result};
use url::{Url, form_urlencoded, quirks};

use super::Registry;

pub(super) fn register(registry: &Registry<'_, '_>) -> Result<()> {
    registry.add("parse", |input: String, base: Opt<String>| parse(&input, base.0.as_deref()))?;
    registry.add("set", |href: String, part: usize, value: String| set(&href, part, &value))?;
    registry.add("parseQuery", parse_query)?;
    registry.add("writeQuery", |pairs: Vec<String>| -> String {
        let mut out = form_urlencoded::Serializer::new(String::new());
        for pair in pairs.chunks_exact(2) {
            out.append_pair(&pair[0], &pair[1]);
        }
        out.finish()
    })
}

/// `name, value, name, value, …`. Written straight into the realm, whose memory has a limit.
fn parse_query<'js>(ctx: Ctx<'js>, text: String) -> Result<Array<'js>> {
    let out = Array::new(ctx)?;
    for (at, (name, value)) in form_urlencoded::parse(text.as_bytes()).enumerate() {
        out.set(2 * at, &*name)?;
        out.set(2 * at + 1, &*value)?;
    }
    Ok(out)
}

/// In the order that `url.js` knows.
fn parts(url: &Url) -> Vec<String> {
    let borrowed = [
        quirks::href(url),
        quirks::protocol(url),
        quirks::username(url),
        quirks::password(url),
        quirks::host(url),
        quirks::hostname(url),
        quirks::port(url),
        quirks::pathname(url),
        quirks::search(url),
        quirks::hash(url),
    ];
    let mut parts: Vec<String> = borrowed.into_iter().map(str::to_owned).collect();
    parts.push(origin(url));
    parts
}

/// Of a blob's URL, that of the page which made it: pages of the web only.
fn origin(url: &Url) -> String {
    if url.scheme() != "blob" {
        return quirks::origin(url);
    }
    match Url::parse(url.path()) {
        Ok(inner) if matches!(inner.scheme(), "http" | "https") => quirks::origin(&inner),
        _ => "null".to_owned(),
    }
}

fn parse(input: &str, base: Option<&str>) -> Option<Vec<String>> {
    let url = match base {
        Some(base) => Url::parse(base).ok()?.join(input).ok()?,
        None => Url::parse(input).ok()?,
    };
    Some(parts(&url))
}

/// `None` where the value is refused: the URL stays as it is.
fn set(href: &str, part: usize, value: &str) -> Option<Vec<String>> {
    let mut url = Url::parse(href).ok()?;
    match part {
        1 => quirks::set_protocol(&mut url, value).ok()?,
        2 => quirks::set_username(&mut url, value).ok()?,
        3 => quirks::set_password(&mut url, value).ok()?,
        4 => quirks::set_host(&mut url, value).ok()?,
        5 => quirks::set_hostname(&mut url, value).ok()?,
        6 => quirks::set_port(&mut url, value).ok()?,
        7 => quirks::set_pathname(&mut url, value),
        8 => quirks::set_search(&mut url, value),
        9 => quirks::set_hash(&mut url, value),
        _ => return None,
    }
    Some(parts(&url))
}
