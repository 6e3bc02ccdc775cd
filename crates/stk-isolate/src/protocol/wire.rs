//! Bytes of frames: integers are little-endian, texts and lists follow their length as `u32`.

use super::{FRAME_BYTES_MAX, Fault};

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FrameError {
    #[error("a frame ends too early")]
    Short,
    #[error("a frame goes on after its message")]
    Long,
    #[error("a frame has the unknown tag {0}")]
    Tag(u8),
    #[error("a text of a frame is not UTF-8")]
    Text,
    #[error("a frame of {0} bytes is too large")]
    Large(usize),
}

/// Appends one frame; its length is written when it is dropped.
pub(super) struct Writer<'a> {
    out: &'a mut Vec<u8>,
    start: usize,
}

impl Writer<'_> {
    pub(super) fn begin(out: &mut Vec<u8>) -> Writer<'_> {
        let start = out.len();
        out.extend_from_slice(&[0; 4]);
        Writer { out, start }
    }

    pub(super) fn u8(&mut self, value: u8) -> &mut Self {
        self.out.push(value);
        self
    }

    pub(super) fn u32(&mut self, value: u32) -> &mut Self {
        self.out.extend_from_slice(&value.to_le_bytes());
        self
    }

    pub(super) fn u64(&mut self, value: u64) -> &mut Self {
        self.out.extend_from_slice(&value.to_le_bytes());
        self
    }

    pub(super) fn bytes(&mut self, value: &[u8]) -> &mut Self {
        self.u32(value.len() as u32);
        self.out.extend_from_slice(value);
        self
    }

    pub(super) fn text(&mut self, value: &str) -> &mut Self {
        self.bytes(value.as_bytes())
    }

    pub(super) fn pairs(&mut self, pairs: &[(String, String)]) -> &mut Self {
        self.u32(pairs.len() as u32);
        for (name, value) in pairs {
            self.text(name).text(value);
        }
        self
    }

    pub(super) fn done(&mut self, run: u32, operation: u32, result: Result<&[u8], &Fault>) {
        self.u8(4).u32(run).u32(operation);
        match result {
            Ok(output) => self.u8(0).bytes(output),
            Err(fault) => self.u8(1).fault(fault),
        };
    }

    pub(super) fn fault(&mut self, fault: &Fault) -> &mut Self {
        self.u32(u32::from(fault.status)).text(&fault.code).text(&fault.message)
    }
}

impl Drop for Writer<'_> {
    fn drop(&mut self) {
        let len = (self.out.len() - self.start - 4) as u32;
        self.out[self.start..self.start + 4].copy_from_slice(&len.to_le_bytes());
    }
}

/// Takes a frame's body apart.
pub(super) struct Reader<'a> {
    rest: &'a [u8],
}

impl<'a> Reader<'a> {
    pub(super) fn new(body: &'a [u8]) -> Reader<'a> {
        Reader { rest: body }
    }

    fn take(&mut self, len: usize) -> Result<&'a [u8], FrameError> {
        let (taken, rest) = self.rest.split_at_checked(len).ok_or(FrameError::Short)?;
        self.rest = rest;
        Ok(taken)
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], FrameError> {
        Ok(self.take(N)?.try_into().expect("as long as asked for"))
    }

    pub(super) fn u8(&mut self) -> Result<u8, FrameError> {
        Ok(self.array::<1>()?[0])
    }

    pub(super) fn u32(&mut self) -> Result<u32, FrameError> {
        Ok(u32::from_le_bytes(self.array()?))
    }

    pub(super) fn u64(&mut self) -> Result<u64, FrameError> {
        Ok(u64::from_le_bytes(self.array()?))
    }

    pub(super) fn bytes(&mut self) -> Result<&'a [u8], FrameError> {
        let len = self.u32()? as usize;
        self.take(len)
    }

    pub(super) fn text(&mut self) -> Result<String, FrameError> {
        std::str::from_utf8(self.bytes()?).map(str::to_owned).map_err(|_| FrameError::Text)
    }

    pub(super) fn list<T>(
        &mut self,
        mut item: impl FnMut(&mut Reader<'a>) -> Result<T, FrameError>,
    ) -> Result<Vec<T>, FrameError> {
        let len = self.u32()?;
        (0..len).map(|_| item(self)).collect()
    }

    pub(super) fn pairs(&mut self) -> Result<Vec<(String, String)>, FrameError> {
        self.list(|reader| Ok((reader.text()?, reader.text()?)))
    }

    pub(super) fn fault(&mut self) -> Result<Fault, FrameError> {
        let status = u16::try_from(self.u32()?).unwrap_or(500);
        Ok(Fault { status, code: self.text()?, message: self.text()? })
    }

    pub(super) fn end(&self) -> Result<(), FrameError> {
        if self.rest.is_empty() { Ok(()) } else { Err(FrameError::Long) }
    }
}

/// Bytes as they came from the socket, cut into frames.
#[derive(Default)]
pub struct Frames {
    buffer: Vec<u8>,
    /// Of `buffer`: bytes already given out.
    taken: usize,
}

impl Frames {
    /// Where bytes read from the socket are appended.
    pub fn buffer(&mut self) -> &mut Vec<u8> {
        self.buffer.drain(..self.taken);
        self.taken = 0;
        // A frame of many megabytes is rare; its memory is not kept.
        if self.buffer.is_empty() && self.buffer.capacity() > 1 << 20 {
            self.buffer = Vec::new();
        }
        &mut self.buffer
    }

    /// The body of the next whole frame.
    pub fn take(&mut self) -> Result<Option<&[u8]>, FrameError> {
        let rest = &self.buffer[self.taken..];
        let Some((len, rest)) = rest.split_first_chunk::<4>() else { return Ok(None) };
        let len = u32::from_le_bytes(*len) as usize;
        if len > FRAME_BYTES_MAX {
            return Err(FrameError::Large(len));
        }
        if rest.len() < len {
            return Ok(None);
        }
        let start = self.taken + 4;
        self.taken = start + len;
        Ok(Some(&self.buffer[start..self.taken]))
    }
}
