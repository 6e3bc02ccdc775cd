//! stk-contract serde serde_json saphyr-parser indexmap strsim thiserror regex-lite base64 jiff
