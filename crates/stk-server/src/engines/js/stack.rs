//! Stack traces by the lines of the users' files: QuickJS knows those of the stripped modules.

use serde::Deserialize;

use super::modules::LoadedModules;

/// What the files of our own code in a realm begin with; those of users are paths in their project.
const OWN: [&str; 2] = ["santokit:", "globals/"];

/// A thrown value's text, each frame of it mapped; frames of our own code are left out.
pub(super) fn by_users_lines(text: &str, release: &LoadedModules) -> String {
    let lines = text.lines().filter_map(|line| match Frame::parse(line) {
        Some(frame) if OWN.iter().any(|own| frame.file.starts_with(own)) => None,
        Some(frame) => Some(frame.mapped(release).unwrap_or_else(|| line.to_owned())),
        None => Some(line.to_owned()),
    });
    lines.collect::<Vec<_>>().join("\n")
}

/// `    at name (file:line:column)`, or without a name and brackets.
struct Frame<'a> {
    before: &'a str,
    file: &'a str,
    line: u32,
    column: u32,
    after: &'a str,
}

impl<'a> Frame<'a> {
    fn parse(text: &'a str) -> Option<Frame<'a>> {
        text.trim_start().strip_prefix("at ")?;
        let (inner, after) = match text.strip_suffix(')') {
            Some(inner) => (inner, ")"),
            None => (text, ""),
        };
        let (rest, column) = inner.rsplit_once(':')?;
        let (rest, line) = rest.rsplit_once(':')?;
        let start = rest.rfind(['(', ' '])? + 1;
        let (before, file) = rest.split_at(start);
        Some(Frame { before, file, line: line.parse().ok()?, column: column.parse().ok()?, after })
    }

    fn mapped(&self, release: &LoadedModules) -> Option<String> {
        let (line, column) = release.source_map(self.file)?.original(self.line, self.column)?;
        let Frame { before, file, after, .. } = self;
        Some(format!("{before}{file}:{line}:{column}{after}"))
    }
}

/// A source map (version 3) of a module that was made from one file.
pub(super) struct SourceMap {
    /// By generated line: generated column, original line and column, all from 0; sorted.
    lines: Vec<Vec<(u32, u32, u32)>>,
}

#[derive(Deserialize)]
struct Json {
    mappings: String,
}

impl SourceMap {
    /// None if it is broken.
    pub(super) fn parse(json: &str) -> Option<SourceMap> {
        let json: Json = serde_json::from_str(json).ok()?;
        let (mut line, mut column) = (0_i64, 0_i64);
        let mut lines = Vec::new();
        for generated in json.mappings.split(';') {
            let mut segments = Vec::new();
            let mut generated_column = 0_i64;
            for segment in generated.split(',').filter(|segment| !segment.is_empty()) {
                let fields = numbers(segment)?;
                generated_column += fields.first()?;
                // A segment of one field has no original.
                if let [_, _, line_step, column_step, ..] = fields[..] {
                    line += line_step;
                    column += column_step;
                    let position = [generated_column, line, column].map(u32::try_from);
                    let [Ok(generated_column), Ok(line), Ok(column)] = position else { return None };
                    segments.push((generated_column, line, column));
                }
            }
            lines.push(segments);
        }
        Some(SourceMap { lines })
    }

    /// Line and column in the user's file, all counted from 1.
    pub(super) fn original(&self, line: u32, column: u32) -> Option<(u32, u32)> {
        let segments = self.lines.get(usize::try_from(line).ok()?.checked_sub(1)?)?;
        let after = segments.partition_point(|(generated, ..)| *generated < column);
        let (_, line, column) = segments.get(after.checked_sub(1)?)?;
        Some((line + 1, column + 1))
    }
}

/// The base64 VLQ numbers of one segment.
fn numbers(segment: &str) -> Option<Vec<i64>> {
    let mut numbers = Vec::new();
    let (mut value, mut shift) = (0_i64, 0);
    for byte in segment.bytes() {
        let digit = i64::from(match byte {
            b'A'..=b'Z' => byte - b'A',
            b'a'..=b'z' => byte - b'a' + 26,
            b'0'..=b'9' => byte - b'0' + 52,
            b'+' => 62,
            b'/' => 63,
            _ => return None,
        });
        if shift > 30 {
            return None;
        }
        value |= (digit & 31) << shift;
        shift += 5;
        if digit & 32 == 0 {
            numbers.push(if value & 1 == 0 { value >> 1 } else { -(value >> 1) });
            (value, shift) = (0, 0);
        }
    }
    (shift == 0).then_some(numbers)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Generated line 1 is original line 3, and line 2 column 4 is original line 10, column 2.
    const MAP: &str = r#"{"version":3,"sources":["logic/a.ts"],"mappings":"AAEA;IAOC,G"}"#;

    fn release() -> LoadedModules {
        let module = stk_contract::release::Module { source_map: MAP.to_owned(), ..Default::default() };
        LoadedModules::new(&[("logic/a.ts".to_owned(), module)].into())
    }

    #[test]
    fn frames_name_the_users_lines() {
        let text = "Error: at the end (of: it)\n    at f (logic/a.ts:2:9)\n    at logic/a.ts:1:1\n    at start (santokit:core:3:4)\n    at fetch (globals/fetch:1:2)\n    at map (native)\n    at g (logic/b.ts:1:1)";
        assert_eq!(
            by_users_lines(text, &release()),
            "Error: at the end (of: it)\n    at f (logic/a.ts:10:2)\n    at logic/a.ts:3:1\n    at map (native)\n    at g (logic/b.ts:1:1)"
        );
    }

    #[test]
    fn broken_maps_and_frames_are_left_as_they_are() {
        for map in ["", "{}", r#"{"mappings":"!"}"#, r#"{"mappings":"g"}"#, r#"{"mappings":"AAADA"}"#] {
            let module = stk_contract::release::Module { source_map: map.to_owned(), ..Default::default() };
            let release = LoadedModules::new(&[("a".to_owned(), module)].into());
            assert_eq!(by_users_lines("    at f (a:1:1)", &release), "    at f (a:1:1)");
        }
        for line in
            ["at ", "    at f (:1:1)", "    at f (logic/a.ts:0:0)", "    at f (logic/a.ts:99:1)", "at 1:2"]
        {
            assert_eq!(by_users_lines(line, &release()), line);
        }
    }
}
