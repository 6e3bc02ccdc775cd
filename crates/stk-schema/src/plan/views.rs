//! Views that stand in the way of a change: dropped before it, made again after it, with all they had.

use std::collections::{HashMap, HashSet, VecDeque};

use super::draft::Stage;
use super::hazard::HazardCode;
use super::planner::{NORMAL, Planner, hazard, path_sql};
use super::step::Step;
use crate::diff::{Change, CommentOn, Place, can_replace_function, can_replace_view};
use crate::model::{ObjectKind, PermissionTarget, View};

/// Schema and name.
type Path = (String, String);

impl<'a> Planner<'a> {
    /// Finds the views that must go for a while, and drops them, those that need others first.
    pub fn clear_views(&mut self) {
        let cleared = self.in_the_way();
        if cleared.is_empty() {
            return;
        }
        self.disturbance = self.group();
        let ordered = self.needing_first(&cleared);
        self.cleared = cleared;
        for (schema, name) in ordered {
            let Some((view, place)) = self.live_view(&schema, &name) else { continue };
            let step = self.drop_view(&place, view);
            self.push(Stage::Clear, step);
        }
    }

    fn live_view(&self, schema: &str, name: &str) -> Option<(&'a View, Place<'a>)> {
        let (schema, it) = self.live.schemas.get_key_value(schema)?;
        let (name, view) = it.views.get_key_value(name)?;
        Some((view, Place { schema, name, origin: &view.origin }))
    }

    /// The drop of a view for a while, or for good.
    pub fn drop_view(&self, place: &Place<'_>, view: &View) -> Step {
        let kind = if view.materialized { "materialized view" } else { "view" };
        let sql = format!("DROP {} {}", kind.to_uppercase(), path_sql(place));
        let comes_back =
            self.desired.schemas.get(place.schema).is_some_and(|it| it.views.contains_key(place.name));
        let mut step = Step::new(sql, format!("drop {kind} {}", place.path()));
        step.hazards.push(if comes_back {
            step.summary.push_str(", to make it again");
            let message = format!("the {kind} `{}` is dropped and made again", place.path());
            hazard(HazardCode::RecreatedDependents, place.path(), message)
        } else if view.materialized {
            let message = format!("the materialized view `{}` is dropped with its rows", place.path());
            hazard(HazardCode::DropMaterialized, place.path(), message).counting(&path_sql(place), "")
        } else {
            let message = format!("the view `{}` is dropped", place.path());
            hazard(HazardCode::DropObject, place.path(), message)
        });
        step
    }

    /// All views that need what is about to change in a way that Postgres allows only without them.
    fn in_the_way(&self) -> HashSet<Path> {
        let mut columns: HashSet<(&str, &str, &str)> = HashSet::new();
        let mut whole: VecDeque<(ObjectKind, &str, &str)> = VecDeque::new();
        let mut cleared: HashSet<Path> = HashSet::new();
        for change in self.changes {
            match change {
                Change::AlterColumn { place, name, before, after }
                    if self.disturbs(place, name, before, after) =>
                {
                    columns.insert((place.schema, place.name, name));
                }
                Change::AlterEnum { place, before, after } if !super::enums::only_adds(before, after) => {
                    columns.extend(
                        super::enums::columns(self.live, place.schema, place.name)
                            .map(|(schema, table, column, _)| (schema, table, column)),
                    );
                }
                Change::AlterFunction { place, before, after } if !can_replace_function(before, after) => {
                    whole.push_back((ObjectKind::Function, place.schema, place.name));
                }
                Change::AlterView { place, before, after } if !can_replace_view(before, after) => {
                    whole.push_back((ObjectKind::View, place.schema, place.name));
                    cleared.insert((place.schema.to_owned(), place.name.to_owned()));
                }
                _ => {}
            }
        }
        if columns.is_empty() && whole.is_empty() {
            return cleared;
        }
        let views = self.live.dependencies.iter().filter(|it| it.object.kind == ObjectKind::View);
        let views: Vec<_> = views.collect();
        let mut found: Vec<(&str, &str)> = Vec::new();
        for view in &views {
            let on = &view.on;
            let column = view.column.as_deref();
            let hit = columns.iter().any(|(schema, table, name)| {
                (on.schema.as_str(), on.name.as_str()) == (*schema, *table)
                    && column.is_none_or(|it| it == *name)
            });
            if hit {
                found.push((&view.object.schema, &view.object.name));
            }
        }
        for (schema, name) in found {
            if cleared.insert((schema.to_owned(), name.to_owned())) {
                whole.push_back((ObjectKind::View, schema, name));
            }
        }
        while let Some((kind, schema, name)) = whole.pop_front() {
            for view in
                views.iter().filter(|it| it.on.kind == kind && it.on.schema == schema && it.on.name == name)
            {
                let path = (view.object.schema.clone(), view.object.name.clone());
                if cleared.insert(path) {
                    whole.push_back((ObjectKind::View, &view.object.schema, &view.object.name));
                }
            }
        }
        cleared
    }

    /// Views in an order in which each comes before those that it needs.
    fn needing_first(&self, views: &HashSet<Path>) -> Vec<Path> {
        let mut needed_by: HashMap<Path, usize> = views.iter().map(|path| (path.clone(), 0)).collect();
        let mut edges: HashSet<(Path, Path)> = HashSet::new();
        for it in self.live.dependencies.iter().filter(|it| it.object.kind == ObjectKind::View) {
            let from = (it.object.schema.clone(), it.object.name.clone());
            let to = (it.on.schema.clone(), it.on.name.clone());
            if it.on.kind == ObjectKind::View && from != to && views.contains(&from) && views.contains(&to) {
                edges.insert((from, to));
            }
        }
        for (_, to) in &edges {
            *needed_by.entry(to.clone()).or_default() += 1;
        }
        let mut ordered = Vec::new();
        while !needed_by.is_empty() {
            let free = needed_by.iter().filter(|(_, count)| **count == 0).map(|(path, _)| path.clone()).min();
            // Views can not need each other in a circle.
            let Some(next) = free.or_else(|| needed_by.keys().min().cloned()) else { break };
            needed_by.remove(&next);
            for (_, to) in edges.iter().filter(|(from, _)| *from == next) {
                if let Some(count) = needed_by.get_mut(to) {
                    *count -= 1;
                }
            }
            ordered.push(next);
        }
        ordered
    }

    /// The views that were cleared, as the schema has them now.
    pub fn make_views_again(&mut self) {
        for (schema_name, schema) in &self.desired.schemas {
            for (name, view) in &schema.views {
                let place = Place { schema: schema_name, name, origin: &view.origin };
                if self.is_cleared(&place) {
                    self.make_view(&place, view);
                    self.regrant(&place);
                }
            }
        }
    }

    pub fn is_cleared(&self, place: &Place<'_>) -> bool {
        !self.cleared.is_empty() && self.cleared.contains(&(place.schema.to_owned(), place.name.to_owned()))
    }

    /// A view with all that hangs on it.
    fn make_view(&mut self, place: &Place<'a>, view: &'a View) {
        let kind = if view.materialized { "materialized view" } else { "view" };
        let sql = NORMAL.create_view(place.schema, place.name, view, false);
        let step = Step::new(sql.text, format!("create {kind} {} again", place.path()));
        self.make(ObjectKind::View, place, step);
        for (name, index) in &view.indexes {
            let sql = NORMAL.create_index(place.schema, place.name, name, index, false);
            let step = Step::new(sql.text, format!("create index {name} on {}", place.path()));
            self.make(ObjectKind::View, place, step);
        }
        for (name, trigger) in &view.triggers {
            let sql = NORMAL.create_trigger(place.schema, place.name, name, trigger);
            self.push(
                Stage::Attach,
                Step::new(sql.text, format!("create trigger {name} on {}", place.path())),
            );
        }
        let mut comments = vec![(CommentOn::View(*place, view), view.comment.as_deref())];
        comments.extend(
            view.columns.iter().map(|(name, it)| (CommentOn::Column(*place, name), it.comment.as_deref())),
        );
        comments.extend(
            view.indexes.iter().map(|(name, it)| (CommentOn::Index(*place, name), it.comment.as_deref())),
        );
        comments.extend(
            view.triggers.iter().map(|(name, it)| (CommentOn::Trigger(*place, name), it.comment.as_deref())),
        );
        for (on, comment) in comments.into_iter().filter(|(_, comment)| comment.is_some()) {
            self.push(Stage::Comment, super::access::set_comment(&on, comment));
        }
    }

    /// Who could use the view before can use it again.
    fn regrant(&mut self, place: &Place<'_>) {
        let is_it = |schema: &str, name: &str| (schema, name) == (place.schema, place.name);
        let grants = self.live.permissions.iter().filter(|permission| match &permission.on {
            PermissionTarget::Table(schema, name) | PermissionTarget::Column(schema, name, _) => {
                is_it(schema, name)
            }
            _ => false,
        });
        let steps: Vec<Step> = grants
            .filter(|permission| !permission.privileges.is_empty())
            .map(|permission| {
                let summary = format!("grant {} what {} had on it", place.path(), permission.to);
                Step::new(NORMAL.grant(permission).text, summary)
            })
            .collect();
        steps.into_iter().for_each(|step| self.push(Stage::Attach, step));
    }
}
