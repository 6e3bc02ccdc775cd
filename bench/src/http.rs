//! As much HTTP/1.1 as the harness needs: bytes of a request, one blocking exchange, the frame of an answer.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use anyhow::{Context as _, Result, bail};

const ANSWER_MAX: Duration = Duration::from_secs(10);

/// The bytes of a POST with a JSON body. The headers are what a browser could not do without.
pub fn post(path: &str, token: Option<&str>, body: &str) -> String {
    let authorization = token.map(|token| format!("authorization: Bearer {token}\r\n")).unwrap_or_default();
    let length = body.len();
    format!(
        "POST {path} HTTP/1.1\r\nhost: localhost\r\n{authorization}content-type: application/json\r\n\
         content-length: {length}\r\n\r\n{body}"
    )
}

/// Where an answer in a buffer ends, and what it says.
#[derive(Debug, PartialEq, Eq)]
pub struct Frame {
    pub status: u16,
    /// Bytes of the status line and headers.
    pub head: usize,
    /// Bytes of the body, by `content-length`.
    pub body: usize,
}

/// The frame of the answer that `buffer` begins with, once its head is whole.
pub fn frame(buffer: &[u8]) -> Result<Option<Frame>> {
    let Some(head) = buffer.windows(4).position(|window| window == b"\r\n\r\n").map(|at| at + 4) else {
        return Ok(None);
    };
    let status = buffer.get(9..12).and_then(|digits| std::str::from_utf8(digits).ok()?.parse().ok());
    let status = status.context("an answer without a status")?;
    let body = match buffer[..head].split(|&byte| byte == b'\n').find_map(content_length) {
        Some(length) => length?,
        None if status == 204 => 0,
        None => bail!("an answer without content-length: {}", String::from_utf8_lossy(&buffer[..head])),
    };
    Ok(Some(Frame { status, head, body }))
}

fn content_length(line: &[u8]) -> Option<Result<usize>> {
    const NAME: &[u8] = b"content-length:";
    let value = line.get(NAME.len()..).filter(|_| line[..NAME.len()].eq_ignore_ascii_case(NAME))?;
    let text = std::str::from_utf8(value).map(str::trim).context("content-length is no text");
    Some(text.and_then(|text| text.parse().with_context(|| format!("content-length `{text}`"))))
}

/// Sends `request` on a connection of its own; status and body of the answer.
pub fn exchange(address: SocketAddr, request: &str) -> Result<(u16, Vec<u8>)> {
    let mut stream =
        TcpStream::connect_timeout(&address, ANSWER_MAX).with_context(|| format!("connect to {address}"))?;
    stream.set_read_timeout(Some(ANSWER_MAX))?;
    stream.write_all(request.as_bytes())?;
    let mut buffer = Vec::new();
    let mut chunk = [0; 16 * 1024];
    loop {
        if let Some(Frame { status, head, body }) = frame(&buffer)?
            && buffer.len() >= head + body
        {
            return Ok((status, buffer[head..head + body].to_vec()));
        }
        match stream.read(&mut chunk).with_context(|| format!("read from {address}"))? {
            0 => bail!("{address} closed the connection"),
            length => buffer.extend_from_slice(&chunk[..length]),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_framed_once_its_head_is_whole() {
        let answer = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nx-a: b\r\n\r\nhello";
        assert_eq!(frame(&answer[..40]).unwrap(), None);
        assert_eq!(frame(answer).unwrap(), Some(Frame { status: 200, head: 46, body: 5 }));
    }

    #[test]
    fn an_answer_of_unknown_length_is_an_error_unless_it_is_empty() {
        assert!(frame(b"HTTP/1.1 200 OK\r\n\r\n").is_err());
        assert_eq!(frame(b"HTTP/1.1 204 No Content\r\n\r\n").unwrap().unwrap().body, 0);
    }
}
