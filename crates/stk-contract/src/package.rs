//! The edge package: what the Hub writes to the KV for a Server. Blobs under their hashes, and one signed pointer.

mod blob;
mod pointer;
mod secrets;

pub use blob::{BlobError, BlobRef, FORMAT, Parts, decode, decode_since, encode, join, split};
pub use pointer::{Pointer, PointerError, SignedPointer};
pub use secrets::{SealedSecret, Secrets};
