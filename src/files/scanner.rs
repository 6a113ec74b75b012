//! A scanner for harmful files that speaks the protocol of clamd: each file goes to it whole (`INSTREAM`).

use std::net::SocketAddr;
use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;
use std::{fmt, io};

use futures_util::StreamExt;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpStream, UnixStream};

use super::FileStream;

/// How long the scanner may take for one file.
const PATIENCE: Duration = Duration::from_mins(5);
/// How long it may take to say who it is.
const GREETING: Duration = Duration::from_secs(3);
/// The longest answer that is read.
const LONGEST_ANSWER: u64 = 4096;
/// The longest name of a finding that is kept.
const LONGEST_NAME: usize = 200;

/// Where a scanner listens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ScannerAddress {
    /// A socket of this machine: `clamd:/run/clamav/clamd.ctl`.
    Unix(PathBuf),
    /// An address: `clamd:127.0.0.1:3310`.
    Tcp(SocketAddr),
}

impl fmt::Display for ScannerAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unix(path) => write!(f, "clamd:{}", path.display()),
            Self::Tcp(address) => write!(f, "clamd:{address}"),
        }
    }
}

impl FromStr for ScannerAddress {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let place = text.strip_prefix("clamd:").unwrap_or_default();
        if place.starts_with('/') {
            return Ok(Self::Unix(place.into()));
        }
        place.parse().map(Self::Tcp).map_err(|_| "neither clamd:/path nor clamd:address:port".to_owned())
    }
}

/// What a scanner says of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It knows nothing against it.
    Clean,
    /// It found what has this name.
    Harmful(String),
}

/// Why there is no verdict.
#[derive(Debug)]
pub enum NoVerdict {
    /// The scanner is away, too slow, or broke off.
    Away(io::Error),
    /// It answered, but with no verdict on this file.
    Refused(String),
    /// The file can't be read.
    Unreadable(io::Error),
}

impl fmt::Display for NoVerdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Away(error) => write!(f, "the scanner does not answer: {error}"),
            Self::Refused(answer) => write!(f, "the scanner answers: {answer}"),
            Self::Unreadable(error) => write!(f, "the file can't be read: {error}"),
        }
    }
}

impl std::error::Error for NoVerdict {}

#[derive(Clone, Debug)]
pub struct Scanner {
    address: ScannerAddress,
    patience: Duration,
}

trait Socket: AsyncRead + AsyncWrite + Unpin + Send {}
impl<S: AsyncRead + AsyncWrite + Unpin + Send> Socket for S {}

impl Scanner {
    pub fn new(address: ScannerAddress) -> Self {
        Self { address, patience: PATIENCE }
    }

    /// The same, which is given up after another time for one file.
    #[must_use]
    pub fn patient_for(self, patience: Duration) -> Self {
        Self { patience, ..self }
    }

    pub fn address(&self) -> &ScannerAddress {
        &self.address
    }

    /// Has a file scanned.
    ///
    /// # Errors
    /// If there is no verdict; the file is neither clean nor harmful then.
    pub async fn scan(&self, file: FileStream) -> Result<Verdict, NoVerdict> {
        let scan = async {
            let socket = self.connect().await.map_err(NoVerdict::Away)?;
            exchange(socket, file).await
        };
        let outcome = tokio::time::timeout(self.patience, scan).await;
        outcome.unwrap_or_else(|_| Err(NoVerdict::Away(io::ErrorKind::TimedOut.into())))
    }

    /// What it calls itself: the version of the program, and of what it knows.
    ///
    /// # Errors
    /// If it does not answer.
    pub async fn version(&self) -> io::Result<String> {
        let ask = async {
            let mut socket = self.connect().await?;
            socket.write_all(b"zVERSION\0").await?;
            read_answer(&mut socket).await
        };
        tokio::time::timeout(GREETING, ask).await?
    }

    async fn connect(&self) -> io::Result<Box<dyn Socket>> {
        Ok(match &self.address {
            ScannerAddress::Unix(path) => Box::new(UnixStream::connect(path).await?),
            ScannerAddress::Tcp(address) => Box::new(TcpStream::connect(address).await?),
        })
    }
}

async fn exchange(mut socket: Box<dyn Socket>, mut file: FileStream) -> Result<Verdict, NoVerdict> {
    let sent = send(&mut socket, &mut file).await;
    if let Err(NoVerdict::Unreadable(_)) = sent {
        return sent.map(|()| Verdict::Clean);
    }
    // A scanner that wants no more of a file says so and closes: its answer tells more than the broken pipe.
    let answer = match (read_answer(&mut socket).await, &sent) {
        (Ok(answer), _) => answer,
        (Err(error), Ok(())) => return Err(NoVerdict::Away(error)),
        (Err(_), Err(_)) => return sent.map(|()| Verdict::Clean),
    };
    match answer.strip_prefix("stream: ").map(|said| (said, said.strip_suffix(" FOUND"))) {
        // A clean file is one that was sent to its end.
        Some(("OK", _)) => sent.map(|()| Verdict::Clean),
        // What is beyond its bounds was not looked at to its end: nothing was found, and nothing ruled out.
        Some((_, Some(found))) if !found.starts_with("Heuristics.Limits.Exceeded") => {
            Ok(Verdict::Harmful(found.chars().take(LONGEST_NAME).collect()))
        }
        _ => Err(NoVerdict::Refused(answer)),
    }
}

/// An answer, which ends in a zero byte.
async fn read_answer(socket: &mut (impl AsyncRead + Unpin)) -> io::Result<String> {
    let mut answer = Vec::new();
    socket.take(LONGEST_ANSWER).read_to_end(&mut answer).await?;
    match answer.strip_suffix(b"\0") {
        Some(answer) => Ok(String::from_utf8_lossy(answer).into_owned()),
        None => Err(io::ErrorKind::UnexpectedEof.into()),
    }
}

async fn send(socket: &mut (impl AsyncWrite + Unpin), file: &mut FileStream) -> Result<(), NoVerdict> {
    let away = NoVerdict::Away;
    socket.write_all(b"zINSTREAM\0").await.map_err(away)?;
    while let Some(piece) = file.stream.next().await {
        let piece = piece.map_err(NoVerdict::Unreadable)?;
        for part in piece.chunks(1 << 20) {
            let length = u32::try_from(part.len()).unwrap_or(u32::MAX);
            socket.write_all(&length.to_be_bytes()).await.map_err(away)?;
            socket.write_all(part).await.map_err(away)?;
        }
    }
    socket.write_all(&[0; 4]).await.map_err(away)?;
    socket.flush().await.map_err(away)
}
