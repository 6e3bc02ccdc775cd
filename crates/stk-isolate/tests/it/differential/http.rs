//! The `fetch.*` operations over plain HTTP/1.1, one thread an operation: as little as the scripts need.

use std::collections::HashMap;
use std::io::{BufReader, Read, Write as _};
use std::net::TcpStream;
use std::sync::{Arc, Condvar, Mutex};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use stk_isolate::protocol::Fault;

const REDIRECTS_MAX: usize = 20;
const PIECE_BYTES: usize = 16 << 10;

#[derive(Default, Clone)]
pub(super) struct Fetches(Arc<Shared>);

#[derive(Default)]
struct Shared {
    open: Mutex<HashMap<u64, Arc<Fetch>>>,
}

/// One request and its response.
struct Fetch {
    head: Value,
    /// The body so far, and whether it is whole.
    body: Mutex<(Vec<u8>, bool)>,
    whole: Condvar,
    response: Mutex<Option<Box<dyn Read + Send>>>,
}

impl Fetches {
    /// Answers at once where it can, so that pieces of a body keep their order.
    pub(super) fn start(
        &self,
        name: String,
        input: Value,
        answer: impl FnOnce(Result<Vec<u8>, Fault>) + Send + 'static,
    ) {
        let reply = |result: Result<Value, String>| {
            result.map(|value| value.to_string().into_bytes()).map_err(|message| Fault {
                status: 502,
                code: "fetch_failed".to_owned(),
                message,
            })
        };
        if name == "fetch.open" {
            return answer(reply(Ok(self.open(input))));
        }
        let id = input["id"].as_u64().unwrap();
        let fetch = self.0.open.lock().unwrap().get(&id).cloned();
        let Some(fetch) = fetch else { return answer(reply(Err("closed".to_owned()))) };
        match &*name {
            "fetch.write" => {
                fetch.write(&input);
                answer(reply(Ok(Value::Null)));
            }
            "fetch.close" => {
                self.0.open.lock().unwrap().remove(&id);
                answer(reply(Ok(Value::Null)));
            }
            "fetch.head" => {
                std::thread::spawn(move || answer(reply(fetch.send())));
            }
            "fetch.read" => {
                std::thread::spawn(move || answer(reply(fetch.read())));
            }
            other => panic!("no script may ask for {other}"),
        }
    }

    fn open(&self, head: Value) -> Value {
        let mut open = self.0.open.lock().unwrap();
        let id = open.len() as u64 + 1;
        let is_whole = !head["hasBody"].as_bool().unwrap();
        let fetch = Fetch {
            head,
            body: Mutex::new((Vec::new(), is_whole)),
            whole: Condvar::new(),
            response: Mutex::new(None),
        };
        open.insert(id, Arc::new(fetch));
        json!({ "id": id })
    }
}

impl Fetch {
    fn write(&self, input: &Value) {
        let mut body = self.body.lock().unwrap();
        body.0.extend(STANDARD.decode(input["chunk"].as_str().unwrap()).unwrap());
        body.1 = input["last"].as_bool().unwrap();
        self.whole.notify_all();
    }

    /// Sends the request, follows redirects, and gives the head of the response.
    fn send(&self) -> Result<Value, String> {
        let body = self.whole.wait_while(self.body.lock().unwrap(), |body| !body.1).unwrap().0.clone();
        let mut url = self.head["url"].as_str().unwrap().to_owned();
        let mut method = self.head["method"].as_str().unwrap().to_owned();
        let mut body = self.head["hasBody"].as_bool().unwrap().then_some(body);
        for hops in 0..=REDIRECTS_MAX {
            let response =
                request(&url, &method, &self.head["headers"], body.as_deref()).map_err(|e| e.to_string())?;
            let location = response.headers.iter().find(|(name, _)| name.eq_ignore_ascii_case("location"));
            let is_redirect = matches!(response.status, 301 | 302 | 303 | 307 | 308);
            match (location, self.head["redirect"].as_str().unwrap()) {
                (Some(_), "error") if is_redirect => return Err("redirected".to_owned()),
                (Some((_, location)), "follow") if is_redirect => {
                    url = url::Url::parse(&url).unwrap().join(location).unwrap().to_string();
                    if response.status == 303 || (response.status < 303 && method == "POST") {
                        "GET".clone_into(&mut method);
                        body = None;
                    }
                }
                _ => {
                    *self.response.lock().unwrap() = Some(response.body);
                    return Ok(json!({
                        "status": response.status, "statusText": response.reason, "headers": response.headers,
                        "url": url, "redirected": hops > 0,
                    }));
                }
            }
        }
        Err("too many redirects".to_owned())
    }

    fn read(&self) -> Result<Value, String> {
        let mut response = self.response.lock().unwrap();
        let Some(body) = &mut *response else { return Ok(Value::Null) };
        let mut piece = vec![0; PIECE_BYTES];
        let len = body.read(&mut piece).map_err(|error| error.to_string())?;
        if len == 0 {
            *response = None;
            return Ok(Value::Null);
        }
        Ok(json!({ "chunk": STANDARD.encode(&piece[..len]) }))
    }
}

struct Response {
    status: u16,
    reason: String,
    headers: Vec<(String, String)>,
    body: Box<dyn Read + Send>,
}

fn request(url: &str, method: &str, headers: &Value, body: Option<&[u8]>) -> std::io::Result<Response> {
    let url = url::Url::parse(url).unwrap();
    let authority = format!("{}:{}", url.host_str().unwrap_or_default(), url.port().unwrap_or(80));
    let mut stream = TcpStream::connect(&authority)?;
    let target = &url[url::Position::BeforePath..url::Position::AfterQuery];
    let mut head = format!("{method} {target} HTTP/1.1\r\nhost: {authority}\r\nconnection: close\r\n");
    for pair in headers.as_array().unwrap() {
        head.push_str(&format!("{}: {}\r\n", pair[0].as_str().unwrap(), pair[1].as_str().unwrap()));
    }
    if body.is_some() || method == "POST" {
        head.push_str(&format!("content-length: {}\r\n", body.unwrap_or_default().len()));
    }
    stream.write_all(format!("{head}\r\n").as_bytes())?;
    stream.write_all(body.unwrap_or_default())?;
    let mut reader = BufReader::new(stream);
    let status_line = line(&mut reader)?;
    let mut parts = status_line.splitn(3, ' ').skip(1);
    let status =
        parts.next().and_then(|status| status.parse().ok()).ok_or(std::io::ErrorKind::InvalidData)?;
    let reason = parts.next().unwrap_or_default().to_owned();
    let mut headers = Vec::new();
    loop {
        let header = line(&mut reader)?;
        let Some((name, value)) = header.split_once(':') else { break };
        headers.push((name.to_owned(), value.trim().to_owned()));
    }
    // Every response of the server ends with the connection, and promises its length where it keeps it.
    let promised =
        headers.iter().find(|(name, _)| name == "content-length").and_then(|(_, len)| len.parse().ok());
    Ok(Response { status, reason, headers, body: Box::new(Promised { reader, left: promised }) })
}

fn line(reader: &mut impl std::io::BufRead) -> std::io::Result<String> {
    let mut line = String::new();
    reader.read_line(&mut line)?;
    Ok(line.trim_end().to_owned())
}

/// A body that fails where it ends before its promised length.
struct Promised {
    reader: BufReader<TcpStream>,
    left: Option<u64>,
}

impl Read for Promised {
    fn read(&mut self, out: &mut [u8]) -> std::io::Result<usize> {
        let Some(left) = &mut self.left else { return self.reader.read(out) };
        let room = out.len().min(usize::try_from(*left).unwrap_or(usize::MAX));
        if room == 0 {
            return Ok(0);
        }
        let len = self.reader.read(&mut out[..room])?;
        if len == 0 {
            return Err(std::io::ErrorKind::UnexpectedEof.into());
        }
        *left -= len as u64;
        Ok(len)
    }
}
