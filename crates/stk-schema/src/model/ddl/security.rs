//! Policies and privileges.

use crate::model::{Permission, PermissionTarget, Policy, PolicyCommand, Privilege, quote};
use crate::plan::render::Renderer;
use crate::plan::sql::Sql;

impl Renderer<'_> {
    pub fn create_policy(&self, schema: &str, table: &str, name: &str, policy: &Policy) -> Sql {
        let mut sql = Sql::new(
            format!("CREATE POLICY {} ON {}", quote(name), self.qualified(schema, table)),
            &policy.origin,
        );
        if policy.restrictive {
            sql.push(" AS RESTRICTIVE");
        }
        if policy.command != PolicyCommand::All {
            sql.push(&format!(" FOR {}", policy.command.as_sql()));
        }
        sql.push(&format!(" TO {}", roles(&policy.roles)));
        if let Some(using) = &policy.using {
            sql.push(&format!(" USING ({})", self.text(using)));
        }
        if let Some(check) = &policy.check {
            sql.push(&format!(" WITH CHECK ({})", self.text(check)));
        }
        sql
    }

    /// `GRANT`; `permission` has at least one privilege.
    pub fn grant(&self, permission: &Permission) -> Sql {
        let option = if permission.grantable { " WITH GRANT OPTION" } else { "" };
        let (privileges, on) = self.privileges_on(permission);
        let text = format!("GRANT {privileges} ON {on} TO {}{option}", role(&permission.to));
        Sql::new(text, &permission.origin)
    }

    /// `REVOKE` of the same.
    pub fn revoke(&self, permission: &Permission) -> Sql {
        let (privileges, on) = self.privileges_on(permission);
        let text = format!("REVOKE {privileges} ON {on} FROM {}", role(&permission.to));
        Sql::new(text, &permission.origin)
    }

    /// The privileges, each with its column if it is for one, and what they are on.
    fn privileges_on(&self, permission: &Permission) -> (String, String) {
        let words = |column: &str| {
            let word = |privilege: &Privilege| format!("{}{column}", privilege.as_sql());
            permission.privileges.iter().map(word).collect::<Vec<_>>().join(", ")
        };
        match &permission.on {
            PermissionTarget::Schema(schema) => {
                (words(""), format!("SCHEMA {}", quote(self.schema_name(schema))))
            }
            PermissionTarget::Table(schema, table) => {
                (words(""), format!("TABLE {}", self.qualified(schema, table)))
            }
            PermissionTarget::Column(schema, table, column) => {
                (words(&format!(" ({})", quote(column))), format!("TABLE {}", self.qualified(schema, table)))
            }
            PermissionTarget::Sequence(schema, sequence) => {
                (words(""), format!("SEQUENCE {}", self.qualified(schema, sequence)))
            }
            PermissionTarget::Function(schema, signature) => {
                (words(""), format!("ROUTINE {}", self.routine(schema, signature)))
            }
            PermissionTarget::Type(schema, name) => {
                (words(""), format!("TYPE {}", self.qualified(schema, name)))
            }
        }
    }
}

/// A role's name as SQL.
fn role(name: &str) -> String {
    if name == "public" { "PUBLIC".to_owned() } else { quote(name) }
}

/// The roles of a policy; without any, it is for everyone.
pub(crate) fn roles(names: &[String]) -> String {
    if names.is_empty() {
        return "PUBLIC".to_owned();
    }
    names.iter().map(|name| role(name)).collect::<Vec<_>>().join(", ")
}
