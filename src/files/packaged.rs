//! The files of a package (a ZIP file) that was made before, each read by its name.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use sha2::{Digest as _, Sha256};
use zip::ZipArchive;

use super::FileDigest;

/// A package that is open.
pub struct PackagedFiles(ZipArchive<File>);

impl PackagedFiles {
    /// Opens a package and reads what it has by name.
    ///
    /// # Errors
    /// If it can't be read, or is no ZIP file.
    pub fn open(path: &Path) -> io::Result<Self> {
        Ok(Self(ZipArchive::new(File::open(path)?).map_err(io::Error::other)?))
    }

    /// The names of its files. A name that is no text is left out, and no file can be read by it.
    pub fn names(&self) -> BTreeSet<String> {
        self.0.file_names().flatten().map(Cow::into_owned).collect()
    }

    /// How many files it has, whatever they are called.
    pub fn count(&self) -> usize {
        self.0.len()
    }

    /// A file, no more than so many bytes of it.
    ///
    /// # Errors
    /// If there is none of that name, or it can't be read.
    pub fn content(&mut self, name: &str, most: u64) -> io::Result<Vec<u8>> {
        let mut bytes = Vec::new();
        self.file(name, most)?.read_to_end(&mut bytes)?;
        Ok(bytes)
    }

    /// The digest of a file and how many bytes it has, of which no more are read than one beyond what is expected.
    ///
    /// # Errors
    /// If there is none of that name, or it can't be read.
    pub fn digest(&mut self, name: &str, expected: u64) -> io::Result<(FileDigest, u64)> {
        let mut file = self.file(name, expected.saturating_add(1))?;
        let (mut whole, mut piece, mut size) = (Sha256::new(), vec![0; 1 << 16], 0);
        loop {
            let read = file.read(&mut piece)?;
            if read == 0 {
                return Ok((FileDigest::from(<[u8; 32]>::from(whole.finalize())), size));
            }
            whole.update(&piece[..read]);
            size += read as u64;
        }
    }

    fn file(&mut self, name: &str, most: u64) -> io::Result<impl Read + '_> {
        Ok(self.0.by_name(name).map_err(io::Error::other)?.take(most))
    }
}
