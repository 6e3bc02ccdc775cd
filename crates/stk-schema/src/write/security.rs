//! Policies and permissions.

use super::Writer;
use super::block::{Block, string};
use super::names::{column, reference};
use crate::model::{Permission, PermissionTarget, Policy, PolicyCommand, Privilege};

/// `on` is the reference to the table.
pub(super) fn policy(on: &str, name: &str, it: &Policy) -> Block {
    let mut block = Block::new("policy", &[name]);
    block.attr("on", on);
    if it.restrictive {
        block.attr("as", "RESTRICTIVE");
    }
    if it.command != PolicyCommand::All {
        block.attr("for", it.command.as_sql());
    }
    block.list("to", it.roles.iter().map(|name| role(name)).collect());
    if let Some(using) = &it.using {
        block.attr("using", string(using));
    }
    if let Some(check) = &it.check {
        block.attr("check", string(check));
    }
    block.comment(it.comment.as_ref());
    block
}

fn role(name: &str) -> String {
    if name == "public" { "PUBLIC".to_owned() } else { string(name) }
}

impl Writer<'_> {
    /// All permissions but those of objects that have just what Postgres gives by itself.
    pub(super) fn permissions(&self) -> Vec<Block> {
        let written = self.model.permissions.iter().filter(|permission| !self.is_by_default(permission));
        written.filter_map(|permission| self.permission(permission)).collect()
    }

    fn is_by_default(&self, permission: &Permission) -> bool {
        let by_default: &[Privilege] = match &permission.on {
            PermissionTarget::Function(..) => &[Privilege::Execute],
            PermissionTarget::Type(..) => &[Privilege::Usage],
            PermissionTarget::Schema(name) if name == "public" => &[Privilege::Usage],
            _ => return false,
        };
        let of_object = self.model.permissions.iter().filter(|other| other.on == permission.on);
        permission.to == "public"
            && !permission.grantable
            && permission.privileges == by_default
            && of_object.count() == 1
    }

    fn permission(&self, it: &Permission) -> Option<Block> {
        let on = match &it.on {
            PermissionTarget::Schema(schema) => reference(&["schema", schema]),
            PermissionTarget::Table(schema, name) | PermissionTarget::Sequence(schema, name) => {
                self.names.relation(schema, name)
            }
            PermissionTarget::Column(schema, name, part) => {
                format!("{}.{}", self.names.relation(schema, name), column(part))
            }
            PermissionTarget::Function(schema, signature) => self.names.routine(schema, signature)?.1.clone(),
            PermissionTarget::Type(schema, name) => self.names.type_reference(schema, name)?.clone(),
        };
        let mut block = Block::new("permission", &[]);
        block.attr("for", on);
        block.attr("to", role(&it.to));
        let privileges: Vec<&str> = it.privileges.iter().map(|privilege| privilege.as_sql()).collect();
        block.attr("privileges", format!("[{}]", privileges.join(", ")));
        block.flag("grantable", it.grantable);
        Some(block)
    }
}
