//! Reading Postgres' binary values: numbers in network order, parts with their length.

use super::ValueFault;

pub(super) struct Cursor<'a> {
    bytes: &'a [u8],
}

impl<'a> Cursor<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Cursor<'a> {
        Cursor { bytes }
    }

    pub(super) fn take(&mut self, length: usize) -> Result<&'a [u8], ValueFault> {
        let (taken, rest) =
            self.bytes.split_at_checked(length).ok_or(ValueFault::Damaged("it is cut off"))?;
        self.bytes = rest;
        Ok(taken)
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], ValueFault> {
        let (taken, rest) = self.bytes.split_first_chunk().ok_or(ValueFault::Damaged("it is cut off"))?;
        self.bytes = rest;
        Ok(*taken)
    }

    pub(super) fn u8(&mut self) -> Result<u8, ValueFault> {
        self.array::<1>().map(|[byte]| byte)
    }

    pub(super) fn u16(&mut self) -> Result<u16, ValueFault> {
        self.array().map(u16::from_be_bytes)
    }

    pub(super) fn i16(&mut self) -> Result<i16, ValueFault> {
        self.array().map(i16::from_be_bytes)
    }

    pub(super) fn u32(&mut self) -> Result<u32, ValueFault> {
        self.array().map(u32::from_be_bytes)
    }

    pub(super) fn i32(&mut self) -> Result<i32, ValueFault> {
        self.array().map(i32::from_be_bytes)
    }

    pub(super) fn u64(&mut self) -> Result<u64, ValueFault> {
        self.array().map(u64::from_be_bytes)
    }

    pub(super) fn i64(&mut self) -> Result<i64, ValueFault> {
        self.array().map(i64::from_be_bytes)
    }

    pub(super) fn f64(&mut self) -> Result<f64, ValueFault> {
        self.array().map(f64::from_be_bytes)
    }

    /// A length and as many bytes; −1 is null.
    pub(super) fn sized(&mut self) -> Result<Option<&'a [u8]>, ValueFault> {
        match self.i32()? {
            -1 => Ok(None),
            length => {
                let length =
                    usize::try_from(length).map_err(|_| ValueFault::Damaged("a length is negative"))?;
                self.take(length).map(Some)
            }
        }
    }

    /// Text up to a NUL.
    pub(super) fn c_text(&mut self) -> Result<&'a str, ValueFault> {
        let end = self.bytes.iter().position(|byte| *byte == 0);
        let bytes = self.take(end.ok_or(ValueFault::Damaged("a text has no end"))?)?;
        self.take(1)?;
        text(bytes)
    }

    pub(super) fn rest(self) -> &'a [u8] {
        self.bytes
    }
}

pub(super) fn text(bytes: &[u8]) -> Result<&str, ValueFault> {
    std::str::from_utf8(bytes).map_err(|_| ValueFault::Damaged("it is not UTF-8"))
}
