//! The Hub's OpenAPI 3.1, from the handlers' own annotations.

use axum::Json;
use utoipa::openapi::OpenApi as Document;
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa::{Modify, OpenApi};

use super::{
    apply, bootstrap, environments, key, manifest, projects, releases, schema, secrets, tokens, whoami,
};

#[derive(OpenApi)]
#[openapi(
    info(title = "Santokit Hub", description = "Releases, secrets and schemas of Santokit projects."),
    paths(
        handle,
        bootstrap::create::handle,
        whoami::show::handle,
        projects::list::handle,
        projects::create::handle,
        environments::list::handle,
        environments::create::handle,
        secrets::list::handle,
        secrets::set::handle,
        secrets::delete::handle,
        apply::create::handle,
        schema::plan::handle,
        schema::inspect::handle,
        schema::diff::handle,
        schema::applies::create::handle,
        schema::applies::show::handle,
        schema::applies::delete::handle,
        releases::list::handle,
        releases::show::handle,
        releases::rollback::handle,
        manifest::show::handle,
        tokens::create::handle,
        key::show::handle,
    ),
    components(schemas(stk_contract::Problem)),
    modifiers(&Bearer)
)]
struct Api;

/// Declares the one way to authenticate.
struct Bearer;

impl Modify for Bearer {
    fn modify(&self, document: &mut Document) {
        let scheme = HttpBuilder::new().scheme(HttpAuthScheme::Bearer).bearer_format("stk_pat_…").build();
        let components = document.components.get_or_insert_default();
        components.add_security_scheme("token", SecurityScheme::Http(scheme));
    }
}

/// The document itself.
pub fn document() -> Document {
    Api::openapi()
}

/// This document.
#[utoipa::path(get, path = "/api/v1/openapi.json", tag = "description", responses((status = 200, body = Object)))]
pub async fn handle() -> Json<Document> {
    Json(document())
}
