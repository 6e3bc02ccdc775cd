//! stk-contract redb tokio thiserror tracing futures-util
