//! Blobs: a format number, then lz4 over postcard; cut into parts where one KV value is too small.

use serde::{Deserialize, Serialize, de::DeserializeOwned};

use crate::hash::Hash;
use crate::kv_keys::VALUE_BYTES_MAX;

/// The format this build writes, and the only one it reads where the type has changed since. 2: releases hold modules and
/// binaries.
pub const FORMAT: u8 = 2;

/// Bytes of the largest blob once decompressed: a bound against decompression bombs.
const DECODED_BYTES_MAX: usize = 256 * 1024 * 1024;

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BlobError {
    #[error("the blob has format {found}, this build reads up to {FORMAT}: it needs a newer `stk`")]
    Format { found: u8 },
    #[error(
        "the blob has format {found}, written by an older `stk`; this build writes {FORMAT}: deploy again"
    )]
    OldFormat { found: u8 },
    #[error("the blob is empty")]
    Empty,
    #[error("the blob does not decompress")]
    Compression,
    #[error("the blob would decompress to {0} bytes, more than is allowed")]
    TooLarge(usize),
    #[error("the blob does not decode: {0}")]
    Encoding(String),
    #[error("blob {expected} is damaged: its bytes hash to {found}")]
    Hash { expected: Hash, found: Hash },
}

/// Where a blob is: the hash of the whole, and of each part in order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BlobRef {
    pub hash: Hash,
    pub parts: Vec<Hash>,
}

/// Parts of a blob, each under its hash.
pub type Parts = Vec<(Hash, Vec<u8>)>;

/// Encodes a value; equal values give equal bytes.
pub fn encode<T: Serialize>(value: &T) -> Vec<u8> {
    let plain =
        postcard::to_allocvec(value).expect("contract types always encode: no sequences of unknown length");
    let mut bytes = vec![FORMAT];
    bytes.extend(lz4_flex::compress_prepend_size(&plain));
    bytes
}

/// Decodes what [`encode`] gave.
pub fn decode<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, BlobError> {
    decode_since(FORMAT, bytes)
}

/// Decodes what [`encode`] gave, also in an older format, for a type that has not changed since format `oldest`.
pub fn decode_since<T: DeserializeOwned>(oldest: u8, bytes: &[u8]) -> Result<T, BlobError> {
    let (&format, compressed) = bytes.split_first().ok_or(BlobError::Empty)?;
    if format > FORMAT {
        return Err(BlobError::Format { found: format });
    }
    if format < oldest {
        return Err(BlobError::OldFormat { found: format });
    }
    let size = compressed.first_chunk::<4>().ok_or(BlobError::Compression)?;
    let size = u32::from_le_bytes(*size) as usize;
    if size > DECODED_BYTES_MAX {
        return Err(BlobError::TooLarge(size));
    }
    let plain = lz4_flex::decompress_size_prepended(compressed).map_err(|_| BlobError::Compression)?;
    let (value, rest) =
        postcard::take_from_bytes(&plain).map_err(|error| BlobError::Encoding(error.to_string()))?;
    if rest.is_empty() { Ok(value) } else { Err(BlobError::Encoding("bytes left over".to_owned())) }
}

/// Cuts a blob into values that fit the KV.
pub fn split(bytes: &[u8]) -> (BlobRef, Parts) {
    let parts: Parts = bytes.chunks(VALUE_BYTES_MAX).map(|part| (Hash::of(part), part.to_vec())).collect();
    (BlobRef { hash: Hash::of(bytes), parts: parts.iter().map(|(hash, _)| *hash).collect() }, parts)
}

/// Puts parts together again, verifying every hash.
pub fn join(blob: &BlobRef, parts: &[Vec<u8>]) -> Result<Vec<u8>, BlobError> {
    for (expected, part) in blob.parts.iter().zip(parts) {
        verify(expected, part)?;
    }
    let whole = parts.concat();
    verify(&blob.hash, &whole)?;
    Ok(whole)
}

fn verify(expected: &Hash, bytes: &[u8]) -> Result<(), BlobError> {
    let found = Hash::of(bytes);
    if found == *expected { Ok(()) } else { Err(BlobError::Hash { expected: *expected, found }) }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn what_is_encoded_and_cut_comes_back(bytes in proptest::collection::vec(any::<u8>(), 0..4096), cut in 0usize..4096) {
            let encoded = encode(&bytes);
            let (blob, parts) = split(&encoded);
            let parts: Vec<Vec<u8>> = parts.into_iter().map(|(_, part)| part).collect();
            let joined = join(&blob, &parts).unwrap();
            prop_assert_eq!(decode::<Vec<u8>>(&joined).unwrap(), bytes);
            let cut = cut % encoded.len();
            prop_assert!(join(&blob, &[encoded[..cut].to_vec()]).is_err());
        }
    }

    #[test]
    fn a_blob_past_one_value_is_cut_and_joined() {
        let bytes: Vec<u8> = (0..VALUE_BYTES_MAX * 2 + 7).map(|i| (i % 251) as u8).collect();
        let (blob, parts) = split(&bytes);
        assert_eq!(blob.parts.len(), 3);
        let parts: Vec<Vec<u8>> = parts.into_iter().map(|(_, part)| part).collect();
        assert_eq!(join(&blob, &parts).unwrap(), bytes);
        assert!(join(&blob, &[parts[1].clone(), parts[0].clone(), parts[2].clone()]).is_err());
    }

    #[test]
    fn a_type_that_has_not_changed_is_read_in_its_older_format() {
        let mut bytes = encode(&7_u32);
        bytes[0] = 1;
        assert_eq!(decode_since::<u32>(1, &bytes), Ok(7));
        assert_eq!(decode::<u32>(&bytes), Err(BlobError::OldFormat { found: 1 }));
    }

    #[test]
    fn an_unknown_format_and_a_bomb_are_refused() {
        assert_eq!(decode::<u8>(&[FORMAT + 1, 0]), Err(BlobError::Format { found: FORMAT + 1 }));
        assert_eq!(decode::<u8>(&[FORMAT - 1, 0]), Err(BlobError::OldFormat { found: FORMAT - 1 }));
        assert_eq!(
            decode::<u8>(&[FORMAT, 0xff, 0xff, 0xff, 0xff]),
            Err(BlobError::TooLarge(u32::MAX as usize))
        );
        assert_eq!(decode::<u8>(&[]), Err(BlobError::Empty));
    }
}
