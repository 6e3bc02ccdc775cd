//! Text search types as Postgres writes them.

use super::ValueFault;
use super::cursor::Cursor;
use super::number::write_int;

/// Operators within each other; Postgres bounds its own recursion by its stack.
const DEPTH_MAX: u32 = 1000;

pub(super) fn write_tsvector(mut cursor: Cursor<'_>, out: &mut Vec<u8>) -> Result<(), ValueFault> {
    for index in 0..cursor.u32()? {
        if index > 0 {
            out.push(b' ');
        }
        write_lexeme(cursor.c_text()?, out);
        for index in 0..cursor.u16()? {
            out.push(if index == 0 { b':' } else { b',' });
            let position = cursor.u16()?;
            write_int(i64::from(position & 0x3fff), out);
            match position >> 14 {
                3 => out.push(b'A'),
                2 => out.push(b'B'),
                1 => out.push(b'C'),
                _ => {}
            }
        }
    }
    Ok(())
}

fn write_lexeme(lexeme: &str, out: &mut Vec<u8>) {
    out.push(b'\'');
    for byte in lexeme.bytes() {
        if matches!(byte, b'\'' | b'\\') {
            out.push(byte);
        }
        out.push(byte);
    }
    out.push(b'\'');
}

/// An item of a query, which stands in prefix order, the right operand first.
enum Item<'a> {
    Lexeme { text: &'a str, weights: u8, is_prefix: bool },
    Not(Box<Item<'a>>),
    Pair { operator: Operator, right: Box<Item<'a>>, left: Box<Item<'a>> },
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Operator {
    And,
    Or,
    Phrase { distance: u16 },
}

const NOT_PRIORITY: u8 = 4;

impl Operator {
    fn priority(self) -> u8 {
        match self {
            Operator::Or => 1,
            Operator::And => 2,
            Operator::Phrase { .. } => 3,
        }
    }

    fn text(self) -> String {
        match self {
            Operator::And => " & ".to_owned(),
            Operator::Or => " | ".to_owned(),
            Operator::Phrase { distance: 1 } => " <-> ".to_owned(),
            Operator::Phrase { distance } => format!(" <{distance}> "),
        }
    }
}

pub(super) fn write_tsquery(mut cursor: Cursor<'_>, out: &mut Vec<u8>) -> Result<(), ValueFault> {
    if cursor.u32()? > 0 {
        read_item(&mut cursor, 0)?.write(0, false, out);
    }
    Ok(())
}

fn read_item<'a>(cursor: &mut Cursor<'a>, depth: u32) -> Result<Item<'a>, ValueFault> {
    if depth > DEPTH_MAX {
        return Err(ValueFault::Damaged("it nests too deeply"));
    }
    if cursor.u8()? == 1 {
        let (weights, is_prefix) = (cursor.u8()?, cursor.u8()? != 0);
        return Ok(Item::Lexeme { text: cursor.c_text()?, weights, is_prefix });
    }
    let operator = match cursor.u8()? {
        1 => return Ok(Item::Not(Box::new(read_item(cursor, depth + 1)?))),
        2 => Operator::And,
        3 => Operator::Or,
        4 => Operator::Phrase { distance: cursor.u16()? },
        _ => return Err(ValueFault::Damaged("an operator is not known")),
    };
    let right = Box::new(read_item(cursor, depth + 1)?);
    let left = Box::new(read_item(cursor, depth + 1)?);
    Ok(Item::Pair { operator, right, left })
}

impl Item<'_> {
    fn write(&self, parent_priority: u8, is_right_of_phrase: bool, out: &mut Vec<u8>) {
        match self {
            Item::Lexeme { text, weights, is_prefix } => {
                write_lexeme(text, out);
                if *is_prefix || *weights != 0 {
                    out.push(b':');
                }
                if *is_prefix {
                    out.push(b'*');
                }
                let letters = [(8, b'A'), (4, b'B'), (2, b'C'), (1, b'D')];
                out.extend(letters.iter().filter(|(bit, _)| weights & bit != 0).map(|(_, letter)| letter));
            }
            Item::Not(operand) => parenthesised(NOT_PRIORITY < parent_priority, out, |out| {
                out.push(b'!');
                operand.write(NOT_PRIORITY, false, out);
            }),
            Item::Pair { operator, right, left } => {
                let priority = operator.priority();
                let is_phrase = matches!(operator, Operator::Phrase { .. });
                let needs_parentheses = priority < parent_priority || (is_phrase && is_right_of_phrase);
                parenthesised(needs_parentheses, out, |out| {
                    left.write(priority, false, out);
                    out.extend_from_slice(operator.text().as_bytes());
                    right.write(priority, is_phrase, out);
                });
            }
        }
    }
}

fn parenthesised(is_needed: bool, out: &mut Vec<u8>, write: impl FnOnce(&mut Vec<u8>)) {
    if is_needed {
        out.extend_from_slice(b"( ");
    }
    write(out);
    if is_needed {
        out.extend_from_slice(b" )");
    }
}
