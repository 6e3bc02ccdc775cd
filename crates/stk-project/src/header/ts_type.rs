//! Types given by `types:` go into the client's declarations as they stand, so they must not break out of their
//! place.
//!
//! No grammar of TypeScript: brackets and quotes are closed, and nothing ends the member they stand in.

/// What is wrong with a type, if anything.
pub(super) fn check(text: &str) -> Result<(), &'static str> {
    if text.contains(['\n', '\r']) {
        return Err("it has a line break");
    }
    if text.contains("/*") || text.contains("*/") || text.contains("//") {
        return Err("it has a comment");
    }
    let mut open = Vec::new();
    let mut chars = text.chars().peekable();
    let mut before = ' ';
    while let Some(c) = chars.next() {
        match c {
            '"' | '\'' | '`' => {
                let mut closed = false;
                while let Some(inner) = chars.next() {
                    if inner == '\\' {
                        chars.next();
                    } else if inner == c {
                        closed = true;
                        break;
                    }
                }
                if !closed {
                    return Err("a quote is not closed");
                }
            }
            '(' => open.push(')'),
            '[' => open.push(']'),
            '{' => open.push('}'),
            '<' => open.push('>'),
            '>' if before == '=' => {}
            ')' | ']' | '}' | '>' if open.pop() != Some(c) => return Err("its brackets do not pair"),
            ';' | ',' if open.is_empty() => return Err("it ends before the line does"),
            _ => {}
        }
        before = c;
    }
    if open.is_empty() { Ok(()) } else { Err("a bracket is not closed") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_type_stays_in_its_place() {
        for good in
            ["string", "{ tags: string[]; n: number }", "Record<string, 'a}' | null>", "(a: string) => void"]
        {
            assert_eq!(check(good), Ok(()), "{good}");
        }
        for bad in ["string; evil(): void", "{ a: string", "string }", "'a", "a, b", "a // b", "a\nb", "(]"] {
            assert!(check(bad).is_err(), "{bad}");
        }
    }
}
