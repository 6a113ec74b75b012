//! What benchmarks of the service share: a client of few allocations, and medians.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;

use serde_json::Value;

/// What browsers say that they can read.
pub(crate) const BROWSER: &str = "Accept-Encoding: gzip, deflate, br, zstd\r\n";

/// A client with one connection that is kept open.
pub(crate) struct Client {
    writer: TcpStream,
    reader: BufReader<TcpStream>,
}

impl Client {
    pub(crate) fn new(base: &str) -> Self {
        let writer = TcpStream::connect(base).expect("the service answers");
        writer.set_nodelay(true).expect("a socket");
        let reader = BufReader::new(writer.try_clone().expect("a socket"));
        Self { writer, reader }
    }

    /// Sends a request and reads its answer: status and body.
    pub(crate) fn send(&mut self, request: &[u8]) -> (u16, Vec<u8>) {
        self.writer.write_all(request).expect("the service reads");
        let (mut status, mut length) = (0, 0);
        loop {
            let mut line = String::new();
            self.reader.read_line(&mut line).expect("the service answers");
            if let Some(rest) = line.strip_prefix("HTTP/1.1 ") {
                status = rest[..3].parse().expect("a status");
            }
            if let Some((name, value)) = line.split_once(':')
                && name.eq_ignore_ascii_case("content-length")
            {
                length = value.trim().parse().expect("a length");
            }
            if line == "\r\n" {
                break;
            }
        }
        let mut body = vec![0; length];
        self.reader.read_exact(&mut body).expect("a whole answer");
        (status, body)
    }

    pub(crate) fn json(&mut self, method: &str, path: &str, token: &str, extra: &str, body: &Value) -> Value {
        let (status, answer) = self.send(&request(method, path, token, extra, body));
        assert!((200..300).contains(&status), "{path}: {status} {}", String::from_utf8_lossy(&answer));
        serde_json::from_slice(&answer).unwrap_or(Value::Null)
    }
}

pub(crate) fn request(method: &str, path: &str, token: &str, extra: &str, body: &Value) -> Vec<u8> {
    let body = if body.is_null() { String::new() } else { body.to_string() };
    let who = if token.is_empty() { String::new() } else { format!("Authorization: Bearer {token}\r\n") };
    format!(
        "{method} {path} HTTP/1.1\r\nHost: bench\r\n{who}{extra}\
         Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    )
    .into_bytes()
}

pub(crate) fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}
