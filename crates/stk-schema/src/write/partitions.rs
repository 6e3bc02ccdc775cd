//! How a table is partitioned, and partitions. Postgres prints both as SQL, which is taken apart here.

use super::Writer;
use super::block::{Block, sql, string};
use super::names::column;
use super::tables::push_params;
use crate::model::{Bound, Partition, PartitionKey, PartitionTable, Term, Token, bracketed, tokens, unquote};

impl Writer<'_> {
    pub(super) fn partition(&self, schema: &str, name: &str, it: &PartitionTable) -> Block {
        let mut block = self.placed("partition", schema, name);
        block.attr("of", self.names.relation(&it.parent_schema, &it.parent));
        block.flag("unlogged", it.unlogged);
        match &it.bound {
            Bound::Default => block.attr("default", "true"),
            Bound::Values(values) => {
                block.comment(it.comment.as_ref());
                block.push(bound(values));
            }
        }
        if it.bound == Bound::Default {
            block.comment(it.comment.as_ref());
        }
        if let Some(by) = &it.partition {
            block.push(partition_by(by));
        }
        push_params(&mut block, &it.storage_params);
        block
    }
}

pub(super) fn partition_by(partition: &Partition) -> Block {
    let mut block = Block::new("partition", &[]);
    block.attr("type", partition.strategy.as_sql());
    let parts: Vec<Term> = match &partition.parts {
        PartitionKey::Declared(parts) => parts.clone(),
        PartitionKey::Normal(key) => {
            let inner = bracketed(key, partition.strategy.as_sql()).unwrap_or_default();
            items(&inner).iter().map(|item| term(item)).collect()
        }
    };
    let names: Option<Vec<String>> = parts.iter().map(name).collect();
    match names {
        Some(names) => block.list("columns", names),
        None => {
            for part in &parts {
                let mut by = Block::new("by", &[]);
                match part {
                    Term::Column(name) => by.attr("column", column(name)),
                    Term::Expression(expr) => by.attr("expr", string(expr)),
                }
                block.push(by);
            }
        }
    }
    block
}

fn name(term: &Term) -> Option<String> {
    match term {
        Term::Column(name) => Some(column(name)),
        Term::Expression(_) => None,
    }
}

fn term(sql: &str) -> Term {
    match tokens(sql).as_slice() {
        [Token::Name(name)] => Term::Column(unquote(name)),
        _ => Term::Expression(sql.to_owned()),
    }
}

/// `FOR VALUES …` as the block that says it.
fn bound(values: &str) -> Block {
    let list = |word: &str| {
        let inner = bracketed(values, word).unwrap_or_default();
        items(&inner).iter().map(|item| value(item)).collect::<Vec<String>>()
    };
    if values.starts_with("FOR VALUES FROM") {
        let mut block = Block::new("range", &[]);
        block.list("from", list("FROM"));
        block.list("to", list("TO"));
        block
    } else if values.starts_with("FOR VALUES IN") {
        let mut block = Block::new("list", &[]);
        block.list("values", list("IN"));
        block
    } else {
        let mut block = Block::new("hash", &[]);
        let inner = bracketed(values, "WITH").unwrap_or_default();
        for item in items(&inner) {
            if let Some((name, number)) = item.split_once(' ') {
                block.attr(name, number.trim());
            }
        }
        block
    }
}

/// A value of a bound as it is read again.
fn value(sql_text: &str) -> String {
    match tokens(sql_text).as_slice() {
        [Token::Name(word @ ("MINVALUE" | "MAXVALUE" | "true" | "false"))] => (*word).to_owned(),
        [Token::Name("NULL")] => "null".to_owned(),
        [Token::Literal(text)] if text.starts_with('\'') => {
            let inner = text.trim_start_matches('\'').trim_end_matches('\'');
            if inner.contains(['\'', '\\']) { sql(sql_text) } else { string(inner) }
        }
        [Token::Literal(number)] if number.parse::<i64>().is_ok() => (*number).to_owned(),
        _ => sql(sql_text),
    }
}

/// The parts between commas that stand in no brackets.
fn items(sql: &str) -> Vec<String> {
    let mut items = vec![String::new()];
    let mut depth = 0_i32;
    for token in tokens(sql) {
        match token {
            Token::Other(',') if depth == 0 => items.push(String::new()),
            other => {
                depth += match other {
                    Token::Other('(' | '[') => 1,
                    Token::Other(')' | ']') => -1,
                    _ => 0,
                };
                if let Some(last) = items.last_mut() {
                    match other {
                        Token::Name(text) | Token::Space(text) | Token::Literal(text) => last.push_str(text),
                        Token::Other(c) => last.push(c),
                    }
                }
            }
        }
    }
    items.iter().map(|item| item.trim().to_owned()).filter(|item| !item.is_empty()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bounds_are_taken_apart() {
        let text = |values| bound(values).text();
        assert_eq!(
            text("FOR VALUES FROM ('a, b', MINVALUE) TO (5, '-1')"),
            "range {\n  from = [\"a, b\", MINVALUE]\n  to   = [5, \"-1\"]\n}\n"
        );
        assert_eq!(text("FOR VALUES IN (NULL, 'it''s')"), "list {\n  values = [null, sql(\"'it''s'\")]\n}\n");
        assert_eq!(
            text("FOR VALUES WITH (modulus 4, remainder 0)"),
            "hash {\n  modulus   = 4\n  remainder = 0\n}\n"
        );
    }
}
