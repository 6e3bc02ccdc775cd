//! Changes that this version can not make, said in words at the line that asks for them.

use super::render::{Renderer, names};
use crate::diagnostic::{Diagnostic, Origin, code};
use crate::diff::{Change, Place};
use crate::model::{Column, Identity, Index};

/// The diagnostic for a change that can not be planned yet; `None` for one that can.
pub(super) fn not_done(change: &Change<'_>) -> Option<Diagnostic> {
    let (origin, message): (&Origin, String) = match change {
        Change::CreateSchema { .. }
        | Change::CreateEnum { .. }
        | Change::CreateTable { .. }
        | Change::AddColumn { .. }
        | Change::AddKey { .. }
        | Change::AddIndex { .. }
        | Change::DropInvalidIndex { .. }
        | Change::AddForeignKey { .. }
        | Change::AddCheck { .. }
        | Change::SetComment { .. } => return None,
        Change::DropTable { place } => (place.origin, dropping("table", &path(place))),
        Change::DropEnum { place } => (place.origin, dropping("enum", &path(place))),
        Change::DropColumn { place, name } => (place.origin, dropping("column", &inside(place, name))),
        Change::DropIndex { place, name } => (place.origin, dropping("index", &inside(place, name))),
        Change::DropConstraint { place, kind, name } => (place.origin, dropping(kind, &inside(place, name))),
        Change::AlterEnum { place, before, after } => {
            let (before, after) = (before.join(", "), after.join(", "));
            let what = format!("the values of the enum `{}` from {before} to {after}", path(place));
            (place.origin, changing(&what))
        }
        Change::AlterPartition { place } => {
            (place.origin, changing(&format!("how the table `{}` is partitioned", path(place))))
        }
        Change::AlterColumn { place, name, before, after } => {
            let what = format!("the column `{}`: {}", inside(place, name), column_differences(before, after));
            (&after.origin, changing(&what))
        }
        Change::AlterIndex { place, name, before, after } => {
            let what = format!("the index `{}`: {}", inside(place, name), index_differences(before, after));
            (&after.origin, changing(&what))
        }
        Change::AlterConstraint { place, kind, name, origin, beyond } => {
            let beyond =
                if beyond.is_empty() { String::new() } else { format!(", which is {}", beyond.join(", ")) };
            (*origin, changing(&format!("the {kind} `{}`{beyond}", inside(place, name))))
        }
    };
    let mut diagnostic = Diagnostic::at(code::NOT_DONE, origin, message);
    if diagnostic.message.starts_with("dropping") {
        diagnostic = diagnostic.hint("name it in the schema, or drop it by hand");
    }
    Some(diagnostic)
}

fn path(place: &Place<'_>) -> String {
    format!("{}.{}", place.schema, place.name)
}

fn inside(place: &Place<'_>, name: &str) -> String {
    format!("{}.{}.{name}", place.schema, place.name)
}

fn dropping(kind: &str, name: &str) -> String {
    format!("dropping the {kind} `{name}` can not be applied yet: it is in the database, not in the schema")
}

fn changing(what: &str) -> String {
    format!("changing {what}: this can not be applied yet")
}

fn column_differences(before: &Column, after: &Column) -> String {
    let types = (Renderer::Normal.data_type(&before.data_type), Renderer::Normal.data_type(&after.data_type));
    let nullability = |null: bool| if null { "NULL" } else { "NOT NULL" };
    let all = [
        difference("type", Some(&types.0), Some(&types.1)),
        difference("null", Some(nullability(before.null)), Some(nullability(after.null))),
        difference("default", before.default.as_deref(), after.default.as_deref()),
        difference("as", before.generated.as_deref(), after.generated.as_deref()),
        difference(
            "identity",
            before.identity.as_ref().map(identity).as_deref(),
            after.identity.as_ref().map(identity).as_deref(),
        ),
        difference("collate", before.collate.as_deref(), after.collate.as_deref()),
    ];
    all.into_iter().flatten().collect::<Vec<_>>().join("; ")
}

fn identity(identity: &Identity) -> String {
    let kind = if identity.always { "ALWAYS" } else { "BY DEFAULT" };
    format!("{kind} from {} by {}", identity.start, identity.increment)
}

fn index_differences(before: &Index, after: &Index) -> String {
    let unique = |index: &Index| if index.unique { "unique" } else { "not unique" };
    let nulls = |index: &Index| if index.nulls_distinct { "distinct" } else { "not distinct" };
    let pages = |index: &Index| index.pages_per_range.map(|pages| pages.to_string());
    let all = [
        difference("unique", Some(unique(before)), Some(unique(after))),
        difference("type", Some(before.method.as_str()), Some(after.method.as_str())),
        difference(
            "columns",
            Some(&Renderer::Normal.index_parts(before)),
            Some(&Renderer::Normal.index_parts(after)),
        ),
        difference("include", Some(&names(&before.include)), Some(&names(&after.include))),
        difference("where", before.predicate.as_deref(), after.predicate.as_deref()),
        difference("nulls", Some(nulls(before)), Some(nulls(after))),
        difference("page_per_range", pages(before).as_deref(), pages(after).as_deref()),
        difference("beyond the dialect", Some(&before.beyond.join(", ")), Some(&after.beyond.join(", "))),
    ];
    all.into_iter().flatten().collect::<Vec<_>>().join("; ")
}

fn difference(what: &str, before: Option<&str>, after: Option<&str>) -> Option<String> {
    let shown = |value: Option<&str>| match value {
        None | Some("") => "none".to_owned(),
        Some(value) => format!("`{value}`"),
    };
    (before != after).then(|| format!("{what} from {} to {}", shown(before), shown(after)))
}
