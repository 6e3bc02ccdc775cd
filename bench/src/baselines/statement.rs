//! The statements of the baselines: the text of the project's logic files, so that all prepare the same.

/// A statement with numbered params.
pub const BY_KEY: Source = Source { file: include_str!("../../project/logic/by_key.sql"), params: &["id"] };
pub const LIST: Source = Source { file: include_str!("../../project/logic/list.sql"), params: &["after"] };
pub const INSERT: Source =
    Source { file: include_str!("../../project/logic/insert.sql"), params: &["kind", "amount", "payload"] };

#[derive(Debug)]
pub struct Source {
    file: &'static str,
    params: &'static [&'static str],
}

impl Source {
    /// The text behind the header, `$1` in place of the first param, and so on.
    pub fn text(&self) -> String {
        let (_, sql) = self.file.split_once("--- */").unwrap_or(("", self.file));
        let named = self.params.iter().zip(1..);
        named.fold(sql.trim().to_owned(), |text, (name, number)| {
            text.replace(&format!(":{name}"), &format!("${number}"))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn params_are_numbered_and_the_header_is_gone() {
        assert_eq!(
            INSERT.text(),
            "insert into events (kind, amount, payload)\nvalues ($1, $2, $3)\nreturning id"
        );
    }
}
