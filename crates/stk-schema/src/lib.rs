//! stk-contract serde serde_json hcl-edit indexmap strsim thiserror tokio tokio-postgres futures-util sha2 hex tracing
