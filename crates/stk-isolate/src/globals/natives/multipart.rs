//! Bodies of `multipart/form-data` (RFC 7578), taken apart.

use rquickjs::{Array, Ctx, Object, Result};

use super::{Bytes, Registry, array};

pub(super) fn register<'js>(registry: &Registry<'_, 'js>) -> Result<()> {
    registry.add(
        "parseMultipart",
        |ctx: Ctx<'js>, body: Bytes, media_type: String| -> Result<Option<Array<'js>>> {
            let Some(parts) = boundary(&media_type).and_then(|boundary| parse(&body.0, &boundary)) else {
                return Ok(None);
            };
            let out = Array::new(ctx.clone())?;
            for (at, part) in parts.into_iter().enumerate() {
                let object = Object::new(ctx.clone())?;
                object.set("name", part.name)?;
                object.set("filename", part.filename)?;
                object.set("type", part.media_type)?;
                object.set("data", array(ctx.clone(), part.data)?)?;
                out.set(at, object)?;
            }
            Ok(Some(out))
        },
    )
}

#[derive(Debug, PartialEq)]
struct Part<'a> {
    name: String,
    filename: Option<String>,
    media_type: String,
    data: &'a [u8],
}

fn boundary(media_type: &str) -> Option<String> {
    media_type.split(';').skip(1).find_map(|parameter| {
        let (name, value) = parameter.split_once('=')?;
        let value = value.trim().trim_matches('"');
        (name.trim().eq_ignore_ascii_case("boundary") && !value.is_empty() && value.len() <= 70)
            .then(|| value.to_owned())
    })
}

fn find(bytes: &[u8], wanted: &[u8]) -> Option<usize> {
    bytes.windows(wanted.len()).position(|window| window == wanted)
}

/// `None` where the body is not made as the RFC says.
fn parse<'a>(body: &'a [u8], boundary: &str) -> Option<Vec<Part<'a>>> {
    let delimiter = format!("--{boundary}");
    let between = format!("\r\n{delimiter}");
    let mut rest = body.strip_prefix(delimiter.as_bytes())?;
    let mut parts = Vec::new();
    loop {
        if rest.starts_with(b"--") {
            return Some(parts);
        }
        rest = rest.strip_prefix(b"\r\n")?;
        let end = find(rest, between.as_bytes())?;
        let part = &rest[..end];
        // A part without headers begins with the empty line.
        let split = if part.starts_with(b"\r\n") { 0 } else { find(part, b"\r\n\r\n")? };
        let (head, data) =
            if split == 0 { (&part[..0], &part[2..]) } else { (&part[..split], &part[split + 4..]) };
        parts.push(read_part(std::str::from_utf8(head).ok()?, data)?);
        rest = &rest[end + between.len()..];
    }
}

fn read_part<'a>(head: &str, data: &'a [u8]) -> Option<Part<'a>> {
    let mut name = None;
    let mut filename = None;
    let mut media_type = None;
    for line in head.split("\r\n") {
        let (field, value) = line.split_once(':')?;
        let value = value.trim();
        if field.eq_ignore_ascii_case("content-disposition") {
            name = Some(quoted(value, "name")?);
            filename = quoted(value, "filename");
        } else if field.eq_ignore_ascii_case("content-type") {
            media_type = Some(value.to_owned());
        }
    }
    let media_type = media_type.unwrap_or_else(|| "text/plain".to_owned());
    Some(Part { name: name?, filename, media_type, data })
}

/// A parameter of `form-data; name="…"`, its three escapes undone.
fn quoted(value: &str, parameter: &str) -> Option<String> {
    let opening = format!("; {parameter}=\"");
    let start = value.find(&opening)? + opening.len();
    let end = start + value[start..].find('"')?;
    Some(value[start..end].replace("%22", "\"").replace("%0D", "\r").replace("%0A", "\n"))
}

#[cfg(test)]
mod tests {
    use super::*;

    const BODY: &[u8] = b"--b\r\nContent-Disposition: form-data; name=\"a%22\"\r\n\r\none\r\ntwo\r\n\
        --b\r\ncontent-disposition: form-data; name=\"f\"; filename=\"x.bin\"\r\nContent-Type: a/b\r\n\r\n\0\r\n--\xff\r\n--b--\r\n";

    #[test]
    fn parts_keep_their_bytes_whatever_they_are() {
        let parts = parse(BODY, "b").unwrap();
        assert_eq!(
            parts,
            [
                Part {
                    name: "a\"".into(),
                    filename: None,
                    media_type: "text/plain".into(),
                    data: b"one\r\ntwo"
                },
                Part {
                    name: "f".into(),
                    filename: Some("x.bin".into()),
                    media_type: "a/b".into(),
                    data: b"\0\r\n--\xff"
                },
            ]
        );
        assert_eq!(parse(b"--b--", "b"), Some(Vec::new()));
    }

    #[test]
    fn what_is_cut_off_or_made_otherwise_is_refused() {
        for cut in 1..BODY.len() - 4 {
            assert_eq!(parse(&BODY[..cut], "b"), None, "cut at {cut}");
        }
        for body in [
            "",
            "--c--",
            "--b\r\n\r\nno name\r\n--b--",
            "--b\r\nContent-Disposition: form-data\r\n\r\nx\r\n--b--",
        ] {
            assert_eq!(parse(body.as_bytes(), "b"), None, "{body:?}");
        }
        assert_eq!(boundary("multipart/form-data"), None);
        assert_eq!(boundary("multipart/form-data; charset=x; Boundary=\"a b\""), Some("a b".to_owned()));
    }
}
