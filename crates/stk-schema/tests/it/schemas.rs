//! Schemas made up from a seed, and small changes of them.
//!
//! Whatever comes out is a schema that Postgres takes, and a change that it can make: references point at what is
//! there, and types change only to what they can be cast to.

use std::fmt::Write as _;

/// Types that can all be cast to each other, with a default of each.
const CASTABLE: [(&str, &str); 7] = [
    ("smallint", "1"),
    ("int", "2"),
    ("bigint", "3"),
    ("numeric(10, 2)", "4"),
    ("numeric", "5"),
    ("text", "\"6\""),
    ("varchar(20)", "\"7\""),
];

/// Types that stay what they are.
const OTHERS: [(&str, &str); 12] = [
    ("bool", "true"),
    ("uuid", "sql(\"gen_random_uuid()\")"),
    ("jsonb", "\"{}\""),
    ("bytea", "sql(\"'\\\\\\\\x00'\")"),
    ("date", "sql(\"CURRENT_DATE\")"),
    ("timestamptz", "sql(\"now()\")"),
    ("timestamp(3)", "sql(\"'2020-01-02 03:04:05'\")"),
    ("interval", "sql(\"'1 day'\")"),
    ("inet", "\"10.0.0.1\""),
    ("float8", "1.5"),
    ("sql(\"text[]\")", "sql(\"'{a,b}'\")"),
    ("int4range", "sql(\"'[1,2)'\")"),
];

#[derive(Clone)]
pub struct Generated {
    random: Random,
    enums: Vec<Vec<usize>>,
    sequences: Vec<i64>,
    domain_check: Option<i64>,
    tables: Vec<Table>,
    views: Vec<View>,
    functions: Vec<i64>,
}

#[derive(Clone)]
struct Table {
    name: usize,
    columns: Vec<Column>,
    key: bool,
    unique: bool,
    indexes: Vec<(usize, Vec<usize>, bool, bool)>,
    checks: Vec<(usize, i64)>,
    /// Of its own `ref_id`, to the key of another table.
    refers: Option<(usize, bool)>,
    comment: bool,
    row_security: bool,
    trigger: bool,
}

#[derive(Clone)]
struct Column {
    name: usize,
    kind: Kind,
    null: bool,
    default: bool,
}

#[derive(Clone, Copy, PartialEq)]
enum Kind {
    Castable(usize),
    Other(usize),
    Enum,
    Domain,
    Serial,
    Identity,
    /// Computed from the table's `id`.
    Generated(i64),
}

#[derive(Clone)]
struct View {
    name: usize,
    table: usize,
    materialized: bool,
    above: i64,
}

/// A small generator of numbers (SplitMix64), so that one seed is one schema on every machine.
#[derive(Clone)]
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn below(&mut self, limit: usize) -> usize {
        usize::try_from(self.next() % limit as u64).expect("less than a usize")
    }

    fn one_in(&mut self, many: usize) -> bool {
        self.below(many) == 0
    }

    fn small(&mut self) -> i64 {
        i64::try_from(self.below(5)).expect("less than five")
    }
}

impl Generated {
    pub fn new(seed: u64) -> Generated {
        let mut it = Generated {
            random: Random(seed),
            enums: Vec::new(),
            sequences: Vec::new(),
            domain_check: None,
            tables: Vec::new(),
            views: Vec::new(),
            functions: Vec::new(),
        };
        it.enums = vec![it.values()];
        it.sequences = (0..it.random.below(3)).map(|_| it.random.small() + 1).collect();
        it.domain_check = Some(it.random.small());
        it.functions = (0..it.random.below(3)).map(|_| it.random.small()).collect();
        for name in 0..=it.random.below(4) {
            let table = it.table(name);
            it.tables.push(table);
        }
        for name in 0..it.random.below(4) {
            let view = it.view(name);
            it.views.push(view);
        }
        it
    }

    fn values(&mut self) -> Vec<usize> {
        (0..6).filter(|value| *value == 0 || !self.random.one_in(3)).collect()
    }

    fn table(&mut self, name: usize) -> Table {
        let columns = (0..=self.random.below(6)).map(|name| self.column(name)).collect();
        let mut table = Table {
            name,
            columns,
            key: !self.random.one_in(4),
            unique: self.random.one_in(3),
            indexes: Vec::new(),
            checks: Vec::new(),
            refers: None,
            comment: self.random.one_in(2),
            row_security: self.random.one_in(4),
            trigger: self.random.one_in(4),
        };
        self.inside(&mut table);
        table
    }

    /// What stands on the columns.
    fn inside(&mut self, table: &mut Table) {
        let indexed: Vec<usize> =
            (0..table.columns.len()).filter(|_| self.random.one_in(2)).take(2).collect();
        let indexed: Vec<usize> = indexed.into_iter().map(|at| table.columns[at].name).collect();
        table.indexes.clear();
        if !indexed.is_empty() {
            table.indexes.push((self.random.below(2), indexed, self.random.one_in(4), self.random.one_in(3)));
        }
        table.checks = (0..self.random.below(3)).map(|name| (name, self.random.small())).collect();
        table.refers = (!self.random.one_in(3)).then(|| (self.random.below(4), self.random.one_in(2)));
    }

    fn column(&mut self, name: usize) -> Column {
        let kind = match self.random.below(12) {
            0..=4 => Kind::Castable(self.random.below(CASTABLE.len())),
            5..=7 => Kind::Other(self.random.below(OTHERS.len())),
            8 => Kind::Enum,
            9 => Kind::Domain,
            10 => match self.random.below(2) {
                0 => Kind::Serial,
                _ => Kind::Identity,
            },
            _ => Kind::Generated(self.random.small()),
        };
        Column { name, kind, null: self.random.one_in(2), default: self.random.one_in(2) }
    }

    fn view(&mut self, name: usize) -> View {
        View {
            name,
            table: self.random.below(4),
            materialized: self.random.one_in(3),
            above: self.random.small(),
        }
    }

    /// Another schema that shares most of this one.
    pub fn changed(&self, seed: u64) -> Generated {
        let mut it = Generated { random: Random(seed), ..self.clone() };
        if it.random.one_in(2) {
            it.enums[0] = it.values();
        }
        if it.random.one_in(2) {
            it.domain_check = Some(it.random.small());
        }
        it.sequences = (0..it.random.below(3)).map(|_| it.random.small() + 1).collect();
        it.functions = (0..it.random.below(3)).map(|_| it.random.small()).collect();
        let mut tables = std::mem::take(&mut it.tables);
        tables.retain(|table| table.name == 0 || !it.random.one_in(5));
        for table in &mut tables {
            it.change(table);
        }
        if it.random.one_in(2) {
            let name = 10 + it.random.below(2);
            let table = it.table(name);
            tables.push(table);
        }
        it.tables = tables;
        let mut views = std::mem::take(&mut it.views);
        for view in &mut views {
            if it.random.one_in(2) {
                *view = View { materialized: view.materialized, ..it.view(view.name) };
            }
        }
        views.retain(|_| !it.random.one_in(4));
        it.views = views;
        it
    }

    fn change(&mut self, table: &mut Table) {
        table.columns.retain(|column| column.name == 0 || !self.random.one_in(6));
        for column in &mut table.columns {
            if !self.random.one_in(2) {
                continue;
            }
            let Column { kind, .. } = self.column(column.name);
            // Only these can become each other whatever is there.
            match (column.kind, kind) {
                (Kind::Castable(_), Kind::Castable(_)) | (Kind::Generated(_), Kind::Generated(_)) => {
                    column.kind = kind;
                }
                (Kind::Serial, Kind::Identity) | (Kind::Identity, Kind::Serial) => column.kind = kind,
                _ => {}
            }
            column.null = self.random.one_in(2);
            column.default = self.random.one_in(2);
        }
        if self.random.one_in(2) {
            let column = self.column(20);
            table.columns.push(column);
        }
        table.key ^= self.random.one_in(6);
        table.unique ^= self.random.one_in(4);
        table.comment ^= self.random.one_in(4);
        table.row_security ^= self.random.one_in(4);
        table.trigger ^= self.random.one_in(4);
        self.inside(table);
    }

    pub fn hcl(&self) -> String {
        let mut text = String::new();
        for (name, values) in self.enums.iter().enumerate() {
            let values: Vec<String> = values.iter().map(|value| format!("\"v{value}\"")).collect();
            let _ = writeln!(text, "enum \"e{name}\" {{ values = [{}] }}", values.join(", "));
        }
        if let Some(least) = self.domain_check {
            let _ = writeln!(
                text,
                "domain \"d\" {{\n  type = int\n  null = true\n  check \"least\" {{ expr = \"VALUE >= {least}\" }}\n}}"
            );
        }
        for (name, increment) in self.sequences.iter().enumerate() {
            let _ = writeln!(text, "sequence \"s{name}\" {{ increment = {increment} }}");
        }
        for (name, value) in self.functions.iter().enumerate() {
            let _ = writeln!(
                text,
                "function \"f{name}\" {{\n  lang = SQL\n  return = int\n  volatility = STABLE\n  as = \"SELECT {value}\"\n}}"
            );
        }
        if self.tables.iter().any(|table| table.trigger) {
            text.push_str("function \"tf\" {\n  lang = PLpgSQL\n  return = trigger\n  as = \"BEGIN RETURN NEW; END\"\n}\n");
        }
        for table in &self.tables {
            self.write_table(&mut text, table);
        }
        for view in &self.views {
            self.write_view(&mut text, view);
        }
        text
    }

    fn write_table(&self, text: &mut String, table: &Table) {
        let name = table.name;
        let _ = writeln!(text, "table \"t{name}\" {{");
        text.push_str(
            "  column \"id\" { type = int }\n  column \"ref_id\" {\n    type = int\n    null = true\n  }\n",
        );
        for column in &table.columns {
            write_column(text, column);
        }
        if table.key {
            text.push_str("  primary_key { columns = [column.id] }\n");
        }
        if table.unique {
            let _ = writeln!(text, "  unique \"u{name}\" {{ columns = [column.ref_id, column.id] }}");
        }
        for (index, columns, unique, partial) in &table.indexes {
            // Not every type has an order; those that lack one are left out.
            let columns: Vec<String> = columns
                .iter()
                .filter(|at| table.columns.iter().any(|column| column.name == **at))
                .map(|at| format!("column.c{at}"))
                .collect();
            if columns.is_empty() {
                continue;
            }
            let partial = if *partial { "    where = \"id > 0\"\n" } else { "" };
            let _ = writeln!(
                text,
                "  index \"i{name}_{index}\" {{\n    unique = {unique}\n    columns = [{}]\n{partial}  }}",
                columns.join(", ")
            );
        }
        for (check, least) in &table.checks {
            let _ = writeln!(text, "  check \"k{check}\" {{ expr = \"id > {least}\" }}");
        }
        if let Some((to, cascade)) = table.refers
            && self.tables.iter().any(|other| other.name == to && other.key)
        {
            let action = if cascade { "CASCADE" } else { "NO_ACTION" };
            let _ = writeln!(
                text,
                "  foreign_key \"r{name}\" {{\n    columns = [column.ref_id]\n    ref_columns = [table.t{to}.column.id]\n    on_delete = {action}\n  }}"
            );
        }
        if table.comment {
            text.push_str("  comment = \"it's\"\n");
        }
        if table.row_security {
            text.push_str("  row_security { enabled = true }\n");
        }
        text.push_str("}\n");
        if table.row_security {
            let _ = writeln!(text, "policy \"p\" {{\n  on = table.t{name}\n  using = \"id > 0\"\n}}");
        }
        if table.trigger {
            let _ = writeln!(
                text,
                "trigger \"g\" {{\n  on = table.t{name}\n  foreach = ROW\n  before {{ insert = true }}\n  execute {{ function = function.tf }}\n}}"
            );
        }
    }

    fn write_view(&self, text: &mut String, view: &View) {
        let Some(table) = self.tables.get(view.table % self.tables.len()) else { return };
        let View { name, materialized, above, .. } = view;
        // Every column of the table, so that whatever changes is under a view.
        let columns: Vec<String> = table.columns.iter().map(|column| format!(", c{}", column.name)).collect();
        let word = if *materialized { "materialized" } else { "view" };
        let _ = writeln!(
            text,
            "{word} \"w{name}\" {{ as = \"SELECT id{} FROM public.t{} WHERE id > {above}\" }}",
            columns.concat(),
            table.name
        );
    }
}

fn write_column(text: &mut String, column: &Column) {
    let (kind, default) = match column.kind {
        Kind::Castable(at) => CASTABLE[at],
        Kind::Other(at) => OTHERS[at],
        Kind::Enum => ("enum.e0", "\"v0\""),
        Kind::Domain => ("domain.d", "9"),
        Kind::Serial => ("serial", ""),
        Kind::Identity | Kind::Generated(_) => ("int", ""),
    };
    let _ = writeln!(text, "  column \"c{}\" {{\n    type = {kind}", column.name);
    match column.kind {
        Kind::Identity => text.push_str("    identity {}\n"),
        Kind::Generated(by) => {
            let _ = writeln!(text, "    as = \"id * {by}\"\n    null = {}", column.null);
        }
        Kind::Serial => {}
        _ => {
            let _ = writeln!(text, "    null = {}", column.null);
            if column.default {
                let _ = writeln!(text, "    default = {default}");
            }
        }
    }
    text.push_str("  }\n");
}
