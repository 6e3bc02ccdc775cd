//! serde serde_json postcard lz4_flex sha2 aes-gcm ed25519-dalek hex base64 indexmap thiserror zeroize
