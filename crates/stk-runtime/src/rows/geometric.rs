//! Geometric types as Postgres writes them.

use super::ValueFault;
use super::cursor::Cursor;
use super::number::write_f64_text;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Figure {
    Point,
    Segment,
    Path,
    Box,
    Polygon,
    Line,
    Circle,
}

impl Figure {
    pub(super) fn named(name: &str) -> Option<Figure> {
        Some(match name {
            "point" => Figure::Point,
            "lseg" => Figure::Segment,
            "path" => Figure::Path,
            "box" => Figure::Box,
            "polygon" => Figure::Polygon,
            "line" => Figure::Line,
            "circle" => Figure::Circle,
            _ => return None,
        })
    }
}

pub(super) fn write(figure: Figure, mut cursor: Cursor<'_>, out: &mut Vec<u8>) -> Result<(), ValueFault> {
    match figure {
        Figure::Point => write_point(&mut cursor, out),
        Figure::Segment => surrounded(b"[]", out, |out| write_points(2, &mut cursor, out)),
        Figure::Box => write_points(2, &mut cursor, out),
        Figure::Path => {
            let is_closed = cursor.u8()? != 0;
            let count = cursor.u32()?;
            surrounded(if is_closed { b"()" } else { b"[]" }, out, |out| {
                write_points(count, &mut cursor, out)
            })
        }
        Figure::Polygon => {
            let count = cursor.u32()?;
            surrounded(b"()", out, |out| write_points(count, &mut cursor, out))
        }
        Figure::Line => surrounded(b"{}", out, |out| {
            for index in 0..3 {
                if index > 0 {
                    out.push(b',');
                }
                write_f64_text(cursor.f64()?, out);
            }
            Ok(())
        }),
        Figure::Circle => surrounded(b"<>", out, |out| {
            write_point(&mut cursor, out)?;
            out.push(b',');
            write_f64_text(cursor.f64()?, out);
            Ok(())
        }),
    }
}

fn surrounded(
    brackets: &[u8; 2],
    out: &mut Vec<u8>,
    write: impl FnOnce(&mut Vec<u8>) -> Result<(), ValueFault>,
) -> Result<(), ValueFault> {
    out.push(brackets[0]);
    write(out)?;
    out.push(brackets[1]);
    Ok(())
}

fn write_points(count: u32, cursor: &mut Cursor<'_>, out: &mut Vec<u8>) -> Result<(), ValueFault> {
    for index in 0..count {
        if index > 0 {
            out.push(b',');
        }
        write_point(cursor, out)?;
    }
    Ok(())
}

fn write_point(cursor: &mut Cursor<'_>, out: &mut Vec<u8>) -> Result<(), ValueFault> {
    surrounded(b"()", out, |out| {
        write_f64_text(cursor.f64()?, out);
        out.push(b',');
        write_f64_text(cursor.f64()?, out);
        Ok(())
    })
}
