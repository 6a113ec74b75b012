//! Archives that are sent while they are made: what is written comes out as bytes of a ZIP file, and nothing else is kept than the
//! names. The same files with the same time are the same bytes.

use std::cell::RefCell;
use std::io::{self, Write};
use std::rc::Rc;

use bytes::Bytes;
use chrono::{Datelike, NaiveDateTime, Timelike};
use sha2::{Digest, Sha256};
use zip::write::{SimpleFileOptions, StreamWriter};
use zip::{CompressionMethod, DateTime, ZipWriter};

use super::FileDigest;

/// From so many bytes on a file of an archive needs the longer form of sizes.
const LARGE: u64 = u32::MAX as u64;

/// What has been written and not been taken yet.
#[derive(Clone, Default)]
struct Out(Rc<RefCell<Vec<u8>>>);

impl Write for Out {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.borrow_mut().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// An archive in the making.
pub struct Package {
    writer: ZipWriter<StreamWriter<Out>>,
    out: Out,
    at: DateTime,
    hash: Sha256,
    size: u64,
}

impl Package {
    /// An archive whose files bear this time.
    pub fn new(at: NaiveDateTime) -> Self {
        let out = Out::default();
        let writer = ZipWriter::new_stream(out.clone());
        let part = |value: u32| u8::try_from(value).unwrap_or_default();
        let year = u16::try_from(at.year()).unwrap_or_default();
        let (day, time) =
            ((part(at.month()), part(at.day())), (part(at.hour()), part(at.minute()), part(at.second())));
        let at = DateTime::from_date_and_time(year, day.0, day.1, time.0, time.1, time.2).unwrap_or_default();
        Self { writer, out, at, hash: Sha256::new(), size: 0 }
    }

    /// Begins a file. `size` is at least as large as it will be; what is text is compressed.
    ///
    /// # Errors
    /// If the name stands there already.
    pub fn begin(&mut self, path: &str, is_text: bool, size: u64) -> io::Result<()> {
        let method = if is_text { CompressionMethod::Deflated } else { CompressionMethod::Stored };
        let options = SimpleFileOptions::default()
            .compression_method(method)
            .last_modified_time(self.at)
            .large_file(size >= LARGE)
            .unix_permissions(0o644);
        (self.hash, self.size) = (Sha256::new(), 0);
        self.writer.start_file(path, options).map_err(io::Error::other)
    }

    /// Adds to the file that was begun last.
    ///
    /// # Errors
    /// If it grows larger than was said.
    pub fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.hash.update(bytes);
        self.size += bytes.len() as u64;
        self.writer.write_all(bytes)
    }

    /// The size and the digest of the file that was written last.
    pub fn written(&self) -> (u64, FileDigest) {
        (self.size, FileDigest::from(<[u8; 32]>::from(self.hash.clone().finalize())))
    }

    /// The bytes that the archive has grown by.
    pub fn take(&self) -> Bytes {
        Bytes::from(std::mem::take(&mut *self.out.0.borrow_mut()))
    }

    /// The last bytes.
    ///
    /// # Errors
    /// If the list of files can't be written.
    pub fn finish(self) -> io::Result<Bytes> {
        self.writer.finish().map_err(io::Error::other)?;
        Ok(Bytes::from(std::mem::take(&mut *self.out.0.borrow_mut())))
    }
}

#[cfg(test)]
mod tests {
    use std::io::{Cursor, Read};

    use super::*;

    fn made() -> Vec<u8> {
        let at = chrono::NaiveDate::from_ymd_opt(2026, 7, 10).unwrap().and_hms_opt(9, 0, 0).unwrap();
        let mut package = Package::new(at);
        let mut whole = Vec::new();
        for (path, content) in [("甲/a.txt", &b"text text text"[..]), ("b.pdf", b"pdf")] {
            package.begin(path, path.ends_with("txt"), content.len() as u64).unwrap();
            for piece in content.chunks(4) {
                package.write(piece).unwrap();
                whole.extend(package.take());
            }
            let (size, digest) = package.written();
            assert_eq!(
                (size, digest.as_bytes()[..].to_vec()),
                (content.len() as u64, Sha256::digest(content).to_vec())
            );
        }
        whole.extend(package.finish().unwrap());
        whole
    }

    #[test]
    fn what_goes_in_comes_out_and_always_as_the_same_bytes() {
        let whole = made();
        assert_eq!(whole, made());
        let mut archive = zip::ZipArchive::new(Cursor::new(whole)).unwrap();
        let mut text = String::new();
        archive.by_name("甲/a.txt").unwrap().read_to_string(&mut text).unwrap();
        assert_eq!((text.as_str(), archive.len()), ("text text text", 2));
    }

    #[test]
    fn a_name_stands_once() {
        let mut package = Package::new(NaiveDateTime::default());
        package.begin("a", false, 0).unwrap();
        assert!(package.begin("a", false, 0).is_err());
    }
}
