//! A line between the service and PostgreSQL that a test can cut at a moment of its choice: before a COMMIT reaches the
//! server, or after the server has done it and before it is heard of.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::os::unix::net::UnixStream;
use std::sync::{Arc, Mutex};
use std::thread::spawn;

/// What happens to the line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Cut {
    /// Nothing.
    None,
    /// The next COMMIT of a transaction that may write does not arrive; the line is cut.
    BeforeCommit,
    /// It arrives and is done, and then the line is cut.
    AfterCommit,
    /// It arrives and is done, and nobody hears of it, nor of anything else on that line.
    NoAnswer,
    /// All lines are cut, and none is made.
    Down,
    /// Lines are there, but nothing comes through.
    Silent,
}

/// The line.
pub(crate) struct Proxy {
    /// The database at its end, as libpq is told.
    pub(crate) url: String,
    cut: Arc<Mutex<Cut>>,
    lines: Arc<Mutex<Vec<(TcpStream, UnixStream)>>>,
}

impl Proxy {
    /// A line to a database of the tests' server, whose address names its directory.
    pub(crate) fn to(url: &str) -> Self {
        let (start, rest) = url.split_once("?host=").expect("an address with a directory");
        let socket = format!("{}/.s.PGSQL.5432", rest.split('&').next().unwrap());
        let database = start.rsplit('/').next().unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port is free");
        let port = listener.local_addr().unwrap().port();
        let (cut, lines) = (Arc::new(Mutex::new(Cut::None)), Arc::new(Mutex::new(Vec::new())));
        let proxy = Self {
            url: format!("postgres://t@127.0.0.1:{port}/{database}"),
            cut: Arc::clone(&cut),
            lines: Arc::clone(&lines),
        };
        spawn(move || {
            for client in listener.incoming().flatten() {
                if *cut.lock().unwrap() == Cut::Down {
                    continue;
                }
                let server = UnixStream::connect(&socket).expect("the server is there");
                lines.lock().unwrap().push((client.try_clone().unwrap(), server.try_clone().unwrap()));
                let line = Arc::new(Mutex::new(Cut::None));
                let back = (server.try_clone().unwrap(), client.try_clone().unwrap());
                let (this, all) = (Arc::clone(&line), Arc::clone(&cut));
                spawn(move || answers(back.0, back.1, &this, &all));
                let all = Arc::clone(&cut);
                spawn(move || questions(client, server, &all, &line));
            }
        });
        proxy
    }

    /// Says what happens from now on.
    pub(crate) fn set(&self, cut: Cut) {
        *self.cut.lock().unwrap() = cut;
        if cut == Cut::Down {
            for (client, server) in self.lines.lock().unwrap().drain(..) {
                let _ = (client.shutdown(Shutdown::Both), server.shutdown(Shutdown::Both));
            }
        }
    }

    /// Whether a cut at a COMMIT has happened.
    pub(crate) fn has_cut(&self) -> bool {
        *self.cut.lock().unwrap() == Cut::None
    }
}

/// Whoever waits at the other end need not wait for ever.
impl Drop for Proxy {
    fn drop(&mut self) {
        self.set(Cut::Down);
    }
}

/// A message of the client: its type and content. The first has no type.
fn message(client: &mut TcpStream, first: bool) -> Option<(Vec<u8>, u8, Vec<u8>)> {
    let mut kind = [0];
    if !first {
        client.read_exact(&mut kind).ok()?;
    }
    let mut length = [0; 4];
    client.read_exact(&mut length).ok()?;
    let mut content = vec![0; usize::try_from(u32::from_be_bytes(length)).unwrap() - 4];
    client.read_exact(&mut content).ok()?;
    let mut whole = if first { Vec::new() } else { kind.to_vec() };
    whole.extend(length);
    whole.extend(&content);
    Some((whole, kind[0], content))
}

fn questions(mut client: TcpStream, mut server: UnixStream, cut: &Mutex<Cut>, line: &Mutex<Cut>) {
    let (mut first, mut writes) = (true, false);
    while let Some((whole, kind, content)) = message(&mut client, first) {
        first = false;
        let statement = (kind == b'Q').then(|| String::from_utf8_lossy(&content).into_owned());
        let statement = statement.as_deref().map(|text| text.trim_end_matches('\0'));
        match statement {
            Some("BEGIN") => writes = true,
            Some(other) if other.starts_with("BEGIN") => writes = false,
            Some("COMMIT") if writes => {
                let mut now = cut.lock().unwrap();
                if matches!(*now, Cut::BeforeCommit | Cut::AfterCommit | Cut::NoAnswer) {
                    *line.lock().unwrap() = *now;
                    *now = Cut::None;
                }
            }
            _ => {}
        }
        if *line.lock().unwrap() == Cut::BeforeCommit || server.write_all(&whole).is_err() {
            break;
        }
    }
    let _ = (client.shutdown(Shutdown::Both), server.shutdown(Shutdown::Both));
}

fn answers(mut server: UnixStream, mut client: TcpStream, line: &Mutex<Cut>, cut: &Mutex<Cut>) {
    let mut piece = [0; 16384];
    while let Ok(length @ 1..) = server.read(&mut piece) {
        let now = *line.lock().unwrap();
        if now == Cut::NoAnswer || *cut.lock().unwrap() == Cut::Silent {
            return;
        }
        // What came is the answer to the COMMIT: it is done.
        if now == Cut::AfterCommit || client.write_all(&piece[..length]).is_err() {
            break;
        }
    }
    let _ = (client.shutdown(Shutdown::Both), server.shutdown(Shutdown::Both));
}
