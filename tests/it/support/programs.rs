//! The programs that some tests run. Where one is missing, what needs it is left out, and `tests/left_out.rs` tells at
//! the end what that was; with `LEAVE_NOTHING_OUT` set, as in `.ci/run`, it fails instead.

use std::fs::OpenOptions;
use std::io::Write;
use std::path::PathBuf;
use std::sync::Mutex;

use super::{left_out, postgres};

/// A program that some tests run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Program {
    Clamd,
    Curl,
    Jq,
    LibreOffice,
    Nginx,
    OpenSsl,
    Poppler,
    PostgreSql,
}

/// Ends a test here if one of these programs is missing.
macro_rules! needs {
    ($($program:ident),+) => {
        if [$($crate::support::programs::Program::$program),+].into_iter().any(|program| !program.is_there()) {
            return;
        }
    };
}
pub(crate) use needs;

impl Program {
    /// Where it is.
    pub(crate) fn path(self) -> Option<PathBuf> {
        let name = match self {
            Self::Clamd => "clamd",
            Self::Curl => "curl",
            Self::Jq => "jq",
            Self::LibreOffice => "soffice",
            Self::Nginx => "nginx",
            Self::OpenSsl => "openssl",
            Self::Poppler => "pdftotext",
            Self::PostgreSql => return postgres::programs().map(|folder| folder.join("postgres")),
        };
        let path = std::env::var_os("PATH").unwrap_or_default();
        // Where Debian has servers, which only root's PATH names.
        let folders = std::env::split_paths(&path).chain([PathBuf::from("/usr/sbin")]);
        folders.map(|folder| folder.join(name)).find(|path| path.is_file())
    }

    /// Debian's package that has it.
    fn package(self) -> &'static str {
        match self {
            Self::Clamd => "clamav-daemon",
            Self::Curl => "curl",
            Self::Jq => "jq",
            Self::LibreOffice => "libreoffice-calc-nogui",
            Self::Nginx => "nginx-light",
            Self::OpenSsl => "openssl",
            Self::Poppler => "poppler-utils",
            Self::PostgreSql => "postgresql",
        }
    }

    /// Whether it is there; if not, it is recorded that the test that asks was left out.
    ///
    /// # Panics
    /// If it is missing where nothing may be left out.
    pub(crate) fn is_there(self) -> bool {
        static TOLD: Mutex<Vec<Program>> = Mutex::new(Vec::new());
        if self.path().is_some() {
            return true;
        }
        let package = self.package();
        let may_be = std::env::var_os("LEAVE_NOTHING_OUT").is_none();
        assert!(
            may_be,
            "{self:?} is missing: apt-get install {package} (LEAVE_NOTHING_OUT leaves nothing out)"
        );
        let test = std::thread::current();
        let line = format!("{package} {}\n", test.name().unwrap_or("?"));
        let file = OpenOptions::new().append(true).create(true).open(left_out::record());
        file.and_then(|mut file| file.write_all(line.as_bytes())).expect("what is left out can be recorded");
        let mut told = TOLD.lock().expect("nobody panics with it");
        if !told.contains(&self) {
            told.push(self);
            // To the stream itself: what a test that passes prints is not shown.
            let line = format!("\n{self:?} is missing (apt-get install {package}): its tests are left out\n");
            let _ = std::io::stderr().write_all(line.as_bytes());
        }
        false
    }
}
