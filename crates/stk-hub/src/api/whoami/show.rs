//! `GET /whoami`: whose token this is.

use axum::Json;
use stk_contract::hub::Whoami;

use crate::api::auth::Operator;

#[utoipa::path(get, path = "/api/v1/whoami", tag = "operators", security(("token" = [])), responses(
    (status = 200, body = Whoami),
))]
pub async fn handle(operator: Operator) -> Json<Whoami> {
    Json(Whoami { operator: operator.name, role: operator.role })
}
