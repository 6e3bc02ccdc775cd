//! The foreign issuer's key set over HTTP, on this machine only.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::time::Duration;

use anyhow::{Context as _, Result};

/// Serves `key_set` at any path, one connection at a time, for as long as this process lives.
pub fn serve(key_set: String) -> Result<SocketAddr> {
    let listener = TcpListener::bind("127.0.0.1:0").context("bind the key set's port")?;
    let address = listener.local_addr()?;
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            // A client that goes away or sends nothing gets nothing; the next one is served.
            let _ = answer(stream, &key_set);
        }
    });
    Ok(address)
}

fn answer(mut stream: TcpStream, body: &str) -> std::io::Result<()> {
    stream.set_read_timeout(Some(Duration::from_secs(1)))?;
    let mut head = Vec::new();
    let mut chunk = [0; 1024];
    while !head.windows(4).any(|window| window == b"\r\n\r\n") && head.len() < 16 * 1024 {
        match stream.read(&mut chunk)? {
            0 => return Ok(()),
            length => head.extend_from_slice(&chunk[..length]),
        }
    }
    let length = body.len();
    write!(
        stream,
        "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n{body}"
    )
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_key_set_is_served() {
        let address = super::serve("{\"keys\":[]}".to_owned()).unwrap();
        let request = "GET /jwks.json HTTP/1.1\r\nhost: localhost\r\n\r\n";
        assert_eq!(crate::http::exchange(address, request).unwrap(), (200, b"{\"keys\":[]}".to_vec()));
    }
}
