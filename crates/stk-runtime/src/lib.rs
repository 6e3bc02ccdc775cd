//! stk-contract serde serde_json base64 sha2 hmac ed25519-dalek p256 rsa subtle ahash jiff regex-lite thiserror indexmap hex
