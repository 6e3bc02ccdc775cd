//! The changes of privileges. Only objects for which the schema has a permission are looked at.

use std::collections::{BTreeMap, BTreeSet};

use super::change::Change;
use crate::model::{Model, Permission, PermissionTarget, Privilege};

/// Of a privilege: granted, or granted with the option to pass it on.
type Levels = BTreeMap<(String, Privilege), bool>;

pub(super) fn compare(changes: &mut Vec<Change<'_>>, live: &Model, desired: &Model) {
    let managed: BTreeSet<&PermissionTarget> = desired.permissions.iter().map(|it| &it.on).collect();
    for target in managed {
        let exists = exists(live, target);
        let before = if exists { levels(live, target) } else { of_new(target) };
        let after = levels(desired, target);
        let origin = desired.permissions.iter().find(|it| it.on == *target).map(|it| it.origin.clone());
        let permission = |to: &str, privilege: Privilege, grantable: bool| Permission {
            on: target.clone(),
            to: to.to_owned(),
            privileges: vec![privilege],
            grantable,
            origin: origin.clone().unwrap_or_default(),
        };
        let mut grants: Vec<Permission> = Vec::new();
        let mut revokes: Vec<(Permission, bool)> = Vec::new();
        for ((to, privilege), option) in &after {
            match before.get(&(to.clone(), *privilege)) {
                Some(found) if found == option => {}
                Some(true) => revokes.push((permission(to, *privilege, false), true)),
                _ => grants.push(permission(to, *privilege, *option)),
            }
        }
        for (to, privilege) in before.keys().filter(|key| !after.contains_key(*key)) {
            revokes.push((permission(to, *privilege, false), false));
        }
        let revokes = merge(revokes);
        changes.extend(revokes.into_iter().map(|(permission, option_only)| Change::Revoke {
            permission,
            option_only,
            on_new: !exists,
        }));
        let grants = merge(grants.into_iter().map(|it| (it, false)).collect());
        changes.extend(grants.into_iter().map(|(permission, _)| Change::Grant { permission }));
    }
}

/// One statement for all privileges of a role.
fn merge(list: Vec<(Permission, bool)>) -> Vec<(Permission, bool)> {
    let mut merged: Vec<(Permission, bool)> = Vec::new();
    for (permission, flag) in list {
        let same = |it: &&mut (Permission, bool)| {
            it.0.to == permission.to && it.0.grantable == permission.grantable && it.1 == flag
        };
        match merged.iter_mut().find(same) {
            Some((found, _)) => found.privileges.extend(permission.privileges),
            None => merged.push((permission, flag)),
        }
    }
    merged
}

fn levels(model: &Model, target: &PermissionTarget) -> Levels {
    let mut levels = Levels::new();
    for permission in model.permissions.iter().filter(|it| it.on == *target) {
        for privilege in &permission.privileges {
            let level = levels.entry((permission.to.clone(), *privilege)).or_default();
            *level |= permission.grantable;
        }
    }
    levels
}

fn exists(live: &Model, target: &PermissionTarget) -> bool {
    let schema = |name: &str| live.schemas.get(name);
    let relation = |at: &str, name: &str| {
        schema(at).is_some_and(|it| {
            it.tables.contains_key(name) || it.partitions.contains_key(name) || it.views.contains_key(name)
        })
    };
    match target {
        PermissionTarget::Schema(name) => schema(name).is_some(),
        PermissionTarget::Table(at, name) | PermissionTarget::Column(at, name, _) => relation(at, name),
        // The sequences of serial columns are not in the model; nothing is granted on a new one either way.
        PermissionTarget::Sequence(..) => true,
        PermissionTarget::Function(at, name) => schema(at).is_some_and(|it| it.functions.contains_key(name)),
        PermissionTarget::Type(at, name) => schema(at).is_some_and(|it| {
            it.enums.contains_key(name) || it.domains.contains_key(name) || it.composites.contains_key(name)
        }),
    }
}

/// What Postgres grants on a new object by itself.
fn of_new(target: &PermissionTarget) -> Levels {
    let everyone = |privilege| Levels::from([(("public".to_owned(), privilege), false)]);
    match target {
        PermissionTarget::Function(..) => everyone(Privilege::Execute),
        PermissionTarget::Type(..) => everyone(Privilege::Usage),
        _ => Levels::new(),
    }
}
