//! One connection of the generator: send, wait for the answer, note how long it took, again.

use std::net::SocketAddr;
use std::rc::Rc;

use anyhow::{Context as _, Result, bail, ensure};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::Instant;

use super::Turn;
use crate::http::{Frame, frame};

pub async fn run(address: SocketAddr, first: usize, turn: Rc<Turn>) -> Result<()> {
    let mut stream = TcpStream::connect(address).await.with_context(|| format!("connect to {address}"))?;
    stream.set_nodelay(true)?;
    let mut buffer = vec![0; 64 * 1024];
    let mut next = first;
    loop {
        let started = Instant::now();
        let left = turn.left.get();
        if started >= turn.until || left == 0 {
            return Ok(());
        }
        turn.left.set(left - 1);
        stream.write_all(turn.requests[next].as_bytes()).await.context("send a request")?;
        let status = read_answer(&mut stream, &mut buffer).await.context("read an answer")?;
        ensure!(status == 200, "an answer with status {status}");
        let ended = Instant::now();
        if ended >= turn.measured_from && ended < turn.until {
            turn.latencies.borrow_mut().push(ended - started);
        }
        next = (next + 1) % turn.requests.len();
    }
}

/// Reads one answer whole; its status.
async fn read_answer(stream: &mut TcpStream, buffer: &mut Vec<u8>) -> Result<u16> {
    let mut length = 0;
    let mut known: Option<Frame> = None;
    loop {
        if known.is_none() {
            known = frame(&buffer[..length])?;
        }
        if let Some(Frame { status, head, body }) = known {
            let whole = head + body;
            ensure!(length <= whole, "more than an answer came");
            if length == whole {
                return Ok(status);
            }
            if buffer.len() < whole {
                buffer.resize(whole, 0);
            }
        }
        match stream.read(&mut buffer[length..]).await? {
            0 => bail!("the connection was closed"),
            read => length += read,
        }
    }
}
