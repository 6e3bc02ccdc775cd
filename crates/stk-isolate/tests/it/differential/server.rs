//! A small HTTP server that the scripts fetch from: each response closes its connection.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};

use serde_json::json;

pub(super) struct Server(SocketAddr);

impl Server {
    pub(super) fn base(&self) -> String {
        format!("http://{}", self.0)
    }
}

/// Serves until the process ends.
pub(super) fn start() -> Server {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            // A client that goes away is part of some scripts.
            std::thread::spawn(move || serve(stream).unwrap_or_default());
        }
    });
    Server(address)
}

struct Request {
    method: String,
    path: String,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
}

fn serve(stream: TcpStream) -> std::io::Result<()> {
    let mut reader = BufReader::new(stream.try_clone()?);
    let request = read_request(&mut reader)?;
    respond(&request, stream)
}

fn read_request(reader: &mut BufReader<TcpStream>) -> std::io::Result<Request> {
    let mut line = || {
        let mut line = String::new();
        reader.read_line(&mut line).map(|_| line.trim_end().to_owned())
    };
    let first = line()?;
    let mut words = first.split(' ').map(str::to_owned);
    let (method, path) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
    let mut headers = Vec::new();
    while let Some((name, value)) = line()?.split_once(": ") {
        headers.push((name.to_lowercase(), value.to_owned()));
    }
    let header =
        |wanted: &str| headers.iter().find(|(name, _)| name == wanted).map(|(_, value)| value.clone());
    let mut body = Vec::new();
    if header("transfer-encoding").is_some_and(|encoding| encoding == "chunked") {
        loop {
            let mut size = String::new();
            reader.read_line(&mut size)?;
            let size = usize::from_str_radix(size.trim(), 16).unwrap_or(0);
            let mut piece = vec![0; size + 2];
            reader.read_exact(&mut piece)?;
            body.extend_from_slice(&piece[..size]);
            if size == 0 {
                break;
            }
        }
    } else {
        body.resize(header("content-length").and_then(|len| len.parse().ok()).unwrap_or(0), 0);
        reader.read_exact(&mut body)?;
    }
    Ok(Request { method, path, headers, body })
}

fn respond(request: &Request, mut out: TcpStream) -> std::io::Result<()> {
    let (path, query) = request.path.split_once('?').unwrap_or((&request.path, ""));
    let mut segments = path.trim_start_matches('/').split('/');
    let (route, rest) = (segments.next().unwrap_or_default(), segments.next().unwrap_or_default());
    match route {
        "echo" => {
            let shown =
                |name: &str| name.starts_with("x-") || name == "content-type" || name == "authorization";
            let mut headers: Vec<_> = request.headers.iter().filter(|(name, _)| shown(name)).collect();
            headers.sort();
            let body = String::from_utf8_lossy(&request.body);
            let echo = json!({ "method": request.method, "query": query, "headers": headers, "body": body });
            reply(&mut out, "200 OK", "content-type: application/json\r\n", echo.to_string().as_bytes())
        }
        "mirror" => {
            let kind = request.headers.iter().find(|(name, _)| name == "content-type");
            let kind = kind.map(|(_, kind)| format!("content-type: {kind}\r\n")).unwrap_or_default();
            reply(&mut out, "200 OK", &kind, &request.body)
        }
        "status" => {
            reply(&mut out, &format!("{rest} Some Reason"), "", if rest == "204" { b"" } else { b"text" })
        }
        "redirect" => reply(&mut out, &format!("{rest} Moved"), "location: /echo?from=redirect\r\n", b"gone"),
        "loop" => reply(&mut out, "302 Found", "location: /loop\r\n", b""),
        "headers" => reply(
            &mut out,
            "200 OK",
            "X-One: 1\r\nx-two: a\r\nX-Two: b\r\nSet-Cookie: a=1\r\nset-cookie: b=2\r\n",
            b"ok",
        ),
        "bytes" => {
            let len: usize = rest.parse().unwrap_or(0);
            let bytes: Vec<u8> = (0..len).map(|at| (at % 251) as u8).collect();
            reply(&mut out, "200 OK", "content-type: application/octet-stream\r\n", &bytes)
        }
        "cut" => {
            out.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\nconnection: close\r\n\r\nhalf")?;
            out.flush()
        }
        "hang" => {
            // Until the client goes away.
            let mut nothing = [0; 1];
            out.read(&mut nothing).map(|_| ())
        }
        "trickle" => {
            out.write_all(b"HTTP/1.1 200 OK\r\nconnection: close\r\n\r\nfirst")?;
            out.flush()?;
            let mut nothing = [0; 1];
            out.read(&mut nothing).map(|_| ())
        }
        _ => reply(&mut out, "404 Not Found", "", b"no such route"),
    }
}

fn reply(out: &mut TcpStream, status: &str, headers: &str, body: &[u8]) -> std::io::Result<()> {
    let len =
        if status.starts_with("204") { String::new() } else { format!("content-length: {}\r\n", body.len()) };
    out.write_all(format!("HTTP/1.1 {status}\r\n{headers}{len}connection: close\r\n\r\n").as_bytes())?;
    out.write_all(body)?;
    out.flush()
}
