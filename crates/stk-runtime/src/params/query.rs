//! Params in a query string: `name=value&…`, percent-encoded, each name once.

use std::borrow::Cow;

use stk_contract::ErrorCode;

/// Why a query string was refused: code and detail.
pub(crate) type QueryFault = (ErrorCode, String);

/// A name and its text, decoded.
pub(crate) type Pair<'a> = (Cow<'a, str>, Cow<'a, str>);

/// The parameters, in order.
pub(crate) fn parse(query: &str) -> Result<Vec<Pair<'_>>, QueryFault> {
    let mut pairs: Vec<Pair<'_>> = Vec::new();
    for pair in query.split('&').filter(|pair| !pair.is_empty()) {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        pairs.push((decode(name)?, decode(value)?));
    }
    let mut names: Vec<&str> = pairs.iter().map(|(name, _)| name.as_ref()).collect();
    names.sort_unstable();
    if let Some(twice) = names.windows(2).find(|pair| pair[0] == pair[1]) {
        return Err((ErrorCode::InvalidCall, format!("the query parameter `{}` stands twice", twice[0])));
    }
    Ok(pairs)
}

/// Undoes percent-encoding, and `+` for a space.
fn decode(text: &str) -> Result<Cow<'_, str>, QueryFault> {
    if !text.contains(['%', '+']) {
        return Ok(Cow::Borrowed(text));
    }
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&first, tail)) = rest.split_first() {
        rest = tail;
        bytes.push(match first {
            b'+' => b' ',
            b'%' => {
                let (digits, tail) = tail.split_at_checked(2).ok_or_else(not_encoded)?;
                rest = tail;
                let digit = |index: usize| char::from(digits[index]).to_digit(16);
                let byte = digit(0).zip(digit(1)).map(|(high, low)| (high << 4 | low) as u8);
                byte.ok_or_else(not_encoded)?
            }
            other => other,
        });
    }
    if bytes.contains(&0) {
        return Err((ErrorCode::InvalidString, "the query string holds U+0000".to_owned()));
    }
    String::from_utf8(bytes).map(Cow::Owned).map_err(|_| not_encoded())
}

fn not_encoded() -> QueryFault {
    (ErrorCode::InvalidCall, "the query string is not percent-encoded UTF-8".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_query_is_decoded_and_each_name_stands_once() {
        let pairs = parse("a=1&b=%C3%A4+x&c=&d&e=%7B%22k%22:1%7D").unwrap();
        let pairs: Vec<(&str, &str)> =
            pairs.iter().map(|(name, value)| (name.as_ref(), value.as_ref())).collect();
        assert_eq!(pairs, [("a", "1"), ("b", "ä x"), ("c", ""), ("d", ""), ("e", r#"{"k":1}"#)]);
        assert_eq!(parse("a=1&%61=2").unwrap_err().0, ErrorCode::InvalidCall);
        assert_eq!(parse("a=%00").unwrap_err().0, ErrorCode::InvalidString);
        for bad in ["a=%", "a=%4", "a=%zz", "a=%ff"] {
            assert_eq!(parse(bad).unwrap_err().0, ErrorCode::InvalidCall, "{bad}");
        }
    }
}
