//! The table of who may do what: every route is here, and what is not is denied (sec_08).

/// What an operator is. More come with accounts in organisations; `owner` may do everything.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    Owner,
}

impl Role {
    pub const fn name(self) -> &'static str {
        match self {
            Role::Owner => "owner",
        }
    }
}

/// Who may use a route.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// Without a token.
    Anybody,
    /// With a token of an operator of one of these roles.
    Roles(&'static [Role]),
}

pub const BOOTSTRAP: &str = "/api/v1/bootstrap";
pub const WHOAMI: &str = "/api/v1/whoami";
pub const OPENAPI: &str = "/api/v1/openapi.json";
pub const PROJECTS: &str = "/api/v1/projects";
pub const ENVIRONMENTS: &str = "/api/v1/projects/{project}/environments";
pub const SECRETS: &str = "/api/v1/projects/{project}/environments/{env}/secrets";
pub const SECRET: &str = "/api/v1/projects/{project}/environments/{env}/secrets/{name}";
pub const APPLY: &str = "/api/v1/projects/{project}/environments/{env}/apply";
pub const SCHEMA_PLAN: &str = "/api/v1/projects/{project}/environments/{env}/schema/plan";
pub const SCHEMA_INSPECT: &str = "/api/v1/projects/{project}/environments/{env}/schema/inspect";
pub const SCHEMA_DIFF: &str = "/api/v1/projects/{project}/environments/{env}/schema/diff";
pub const SCHEMA_APPLIES: &str = "/api/v1/projects/{project}/environments/{env}/schema/applies";
pub const SCHEMA_APPLY: &str = "/api/v1/projects/{project}/environments/{env}/schema/applies/{id}";
pub const RELEASES: &str = "/api/v1/projects/{project}/environments/{env}/releases";
pub const RELEASE: &str = "/api/v1/projects/{project}/environments/{env}/releases/{number}";
pub const ROLLBACK: &str = "/api/v1/projects/{project}/environments/{env}/rollback";
pub const MANIFEST: &str = "/api/v1/projects/{project}/environments/{env}/manifest";
pub const TOKENS: &str = "/api/v1/projects/{project}/environments/{env}/tokens";
pub const KEY: &str = "/api/v1/projects/{project}/environments/{env}/key";

const OWNERS: Access = Access::Roles(&[Role::Owner]);

/// Method, path, who may.
pub const TABLE: &[(&str, &str, Access)] = &[
    ("POST", BOOTSTRAP, Access::Anybody),
    ("GET", OPENAPI, Access::Anybody),
    ("GET", WHOAMI, OWNERS),
    ("GET", PROJECTS, OWNERS),
    ("POST", PROJECTS, OWNERS),
    ("GET", ENVIRONMENTS, OWNERS),
    ("POST", ENVIRONMENTS, OWNERS),
    ("GET", SECRETS, OWNERS),
    ("PUT", SECRET, OWNERS),
    ("DELETE", SECRET, OWNERS),
    ("POST", APPLY, OWNERS),
    ("POST", SCHEMA_PLAN, OWNERS),
    ("POST", SCHEMA_INSPECT, OWNERS),
    ("POST", SCHEMA_DIFF, OWNERS),
    ("POST", SCHEMA_APPLIES, OWNERS),
    ("GET", SCHEMA_APPLY, OWNERS),
    ("DELETE", SCHEMA_APPLY, OWNERS),
    ("GET", RELEASES, OWNERS),
    ("GET", RELEASE, OWNERS),
    ("POST", ROLLBACK, OWNERS),
    ("GET", MANIFEST, OWNERS),
    ("POST", TOKENS, OWNERS),
    ("GET", KEY, OWNERS),
];

/// Who may use a route; nobody where the table has no such line.
pub fn access(method: &str, path: &str) -> Access {
    let line = TABLE.iter().find(|(m, p, _)| (*m, *p) == (method, path));
    line.map_or(Access::Roles(&[]), |(_, _, access)| *access)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sec_08_what_is_not_in_the_table_is_denied() {
        assert_eq!(access("DELETE", PROJECTS), Access::Roles(&[]));
        assert_eq!(access("GET", "/api/v1/unknown"), Access::Roles(&[]));
        assert_eq!(access("POST", BOOTSTRAP), Access::Anybody);
    }

    #[test]
    fn sec_08_only_the_bootstrap_and_the_description_need_no_token() {
        let open: Vec<&str> = TABLE
            .iter()
            .filter(|(_, _, access)| *access == Access::Anybody)
            .map(|(_, path, _)| *path)
            .collect();
        assert_eq!(open, [BOOTSTRAP, OPENAPI]);
    }

    #[test]
    fn the_table_and_the_openapi_name_the_same_routes() {
        let document = serde_json::to_value(crate::api::openapi::document()).unwrap();
        let mut described = Vec::new();
        for (path, item) in document["paths"].as_object().unwrap() {
            for method in item.as_object().unwrap().keys() {
                described.push((method.to_uppercase(), path.clone()));
            }
        }
        let mut table: Vec<_> = TABLE.iter().map(|(m, p, _)| ((*m).to_owned(), (*p).to_owned())).collect();
        described.sort();
        table.sort();
        assert_eq!(described, table);
    }
}
