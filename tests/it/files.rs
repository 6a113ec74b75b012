//! The store of evidence files, in a folder and in an object store: every test of `both_stores` runs on each.

use std::error::Error;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, SystemTime};
use std::{fs, io};

use bytes::Bytes;
use futures_util::TryStreamExt;
use object_store::aws::AmazonS3Builder;
use object_store::{Attribute, ObjectStoreExt};
use qianglian::files::{
    FileDigest, FileStore, FilesError, KEPT_FREE, MediaType, Received, Refusal, S3Settings, StoredFile, sniff,
};
use sha2::{Digest, Sha256};

use super::made_files::{Part, archive, docx, docx_parts, pdf, png, xlsx};
use super::s3_server::{ACCESS_KEY_ID, BUCKET, SECRET_ACCESS_KEY, serve};

const LIMIT: u64 = 100 << 20;

/// A store with nothing in it, and the folders that it is in.
struct Bench {
    store: FileStore,
    folder: PathBuf,
    settings: Option<S3Settings>,
}

impl Bench {
    fn folder() -> PathBuf {
        static USED: AtomicU32 = AtomicU32::new(0);
        let number = USED.fetch_add(1, Ordering::Relaxed);
        let name = format!("files-{}-{number}", std::process::id());
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
        fs::create_dir_all(&folder).unwrap();
        folder
    }

    fn in_a_folder() -> Self {
        let folder = Self::folder();
        Self { store: FileStore::local(&folder).unwrap().keeping_free(0), folder, settings: None }
    }

    async fn in_an_object_store() -> Self {
        let folder = Self::folder();
        let settings = S3Settings {
            endpoint: serve(&folder.join("objects")).await,
            region: "cn-north-1".to_owned(),
            bucket: BUCKET.to_owned(),
            access_key_id: ACCESS_KEY_ID.to_owned(),
            secret_access_key: SECRET_ACCESS_KEY.to_owned(),
            allow_http: true,
            spool_directory: folder.join("spool"),
        };
        let store = FileStore::s3(settings.clone()).unwrap().keeping_free(0);
        Self { store, folder, settings: Some(settings) }
    }

    /// Another store over the same folders, as after a restart.
    fn restarted(&self) -> FileStore {
        match &self.settings {
            None => FileStore::local(&self.folder).unwrap(),
            Some(settings) => FileStore::s3(settings.clone()).unwrap(),
        }
        .keeping_free(0)
    }

    async fn receive(&self, content: &[u8]) -> Received {
        let mut incoming = self.store.receive(LIMIT).await.unwrap();
        for piece in content.chunks(100_000) {
            incoming.write(Bytes::copy_from_slice(piece)).await.unwrap();
        }
        incoming.finish(Some(digest(content))).await.unwrap()
    }

    async fn keep(&self, content: &[u8], name: &str) -> Result<StoredFile, FilesError> {
        self.store.keep(self.receive(content).await, name).await
    }

    /// The names of everything in the spool.
    fn spooled(&self) -> Vec<PathBuf> {
        files_below(&self.folder.join("spool"))
    }

    /// What is kept, wherever that is; the object store's own notes are left out.
    fn kept(&self) -> Vec<PathBuf> {
        let files = files_below(&self.folder).into_iter();
        let files = files.filter(|file| !file.starts_with(self.folder.join("spool")));
        files
            .filter(|file| file.file_name().unwrap().to_str().unwrap().parse::<FileDigest>().is_ok())
            .collect()
    }
}

impl Drop for Bench {
    fn drop(&mut self) {
        // The server of an object store may be writing a note still; what it leaves is in the build folder.
        let _ = fs::remove_dir_all(&self.folder);
    }
}

fn files_below(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files.extend(files_below(&path));
        } else {
            files.push(path);
        }
    }
    files
}

fn digest(content: &[u8]) -> FileDigest {
    FileDigest::from(<[u8; 32]>::from(Sha256::digest(content)))
}

async fn read(store: &FileStore, digest: &FileDigest) -> Vec<u8> {
    let file = store.open(digest).await.unwrap();
    let pieces: Vec<Bytes> = file.stream.try_collect().await.unwrap();
    let content = pieces.concat();
    assert_eq!(content.len() as u64, file.size);
    content
}

/// Runs each test on both kinds of store.
macro_rules! both_stores {
    ($($name:ident)+) => {
        mod in_a_folder {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $name() {
                super::$name(super::Bench::in_a_folder()).await;
            })+
        }
        mod in_an_object_store {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $name() {
                super::$name(super::Bench::in_an_object_store().await).await;
            })+
        }
    };
}

both_stores! {
    what_is_kept_comes_back
    the_same_content_is_kept_once
    many_at_once_keep_the_same_file
    a_wrong_digest_leaves_nothing_behind
    what_is_given_up_leaves_nothing_behind
    more_than_the_limit_leaves_nothing_behind
    what_is_refused_leaves_nothing_behind
    a_broken_upload_is_swept_and_can_be_repeated
    a_kept_file_that_lost_its_size_is_replaced
    nothing_is_taken_in_when_the_disk_is_nearly_full
    a_good_store_passes_its_check
    what_is_not_there_is_not_found
    an_old_file_goes_unless_it_came_again
}

async fn what_is_kept_comes_back(bench: Bench) {
    // Below, at and above the sizes of pieces and parts.
    let sizes =
        [40, 128 << 10, (256 << 10) - 1, 256 << 10, (256 << 10) + 1, 8 << 20, (8 << 20) + 1, (17 << 20) + 5];
    for size in sizes {
        let content = pdf(size);
        let stored = bench.keep(&content, "a.pdf").await.unwrap();
        let expected = StoredFile { digest: digest(&content), size: size as u64, media_type: MediaType::Pdf };
        assert_eq!(stored, expected);
        assert!(read(&bench.restarted(), &stored.digest).await == content, "{size} bytes come back the same");
    }
    for (name, content, media_type) in [
        ("a.docx", docx(), MediaType::Docx),
        ("a.xlsx", xlsx(), MediaType::Xlsx),
        ("a.png", png(1, 1), MediaType::Png),
    ] {
        let stored = bench.keep(&content, name).await.unwrap();
        assert_eq!(stored.media_type, media_type);
        assert_eq!(read(&bench.store, &stored.digest).await, content);
    }
    assert_eq!(bench.spooled(), [""; 0].map(PathBuf::from));
}

async fn the_same_content_is_kept_once(bench: Bench) {
    let content = pdf(9 << 20);
    let first = bench.keep(&content, "a.pdf").await.unwrap();
    let written = |bench: &Bench| fs::metadata(&bench.kept()[0]).unwrap().modified().unwrap();
    let at = written(&bench);
    assert_eq!(bench.keep(&content, "another name.pdf").await.unwrap(), first);
    assert_eq!(bench.kept().len(), 1);
    assert!(written(&bench) >= at, "it came last just now");
    let kept = bench.kept().remove(0);
    let name = first.digest.to_string();
    assert!(kept.ends_with(format!("evidence/{}/{name}", &name[..2])), "{}", kept.display());
    assert!(bench.spooled().is_empty());
}

async fn many_at_once_keep_the_same_file(bench: Bench) {
    let content = pdf(300_000);
    let mut received = Vec::new();
    for _ in 0..8 {
        received.push(bench.receive(&content).await);
    }
    let keeping = received.into_iter().map(|received| bench.store.keep(received, "a.pdf"));
    for stored in futures_util::future::join_all(keeping).await {
        assert_eq!(stored.unwrap().digest, digest(&content));
    }
    assert_eq!(bench.kept().len(), 1);
    assert!(read(&bench.store, &digest(&content)).await == content);
    assert!(bench.spooled().is_empty());
}

async fn a_wrong_digest_leaves_nothing_behind(bench: Bench) {
    let mut incoming = bench.store.receive(LIMIT).await.unwrap();
    incoming.write(pdf(1000).into()).await.unwrap();
    assert_eq!(bench.spooled().len(), 1);
    let announced = digest(b"other");
    match incoming.finish(Some(announced)).await {
        Err(FilesError::DigestMismatch { expected, found }) => {
            assert_eq!((expected, found), (announced, digest(&pdf(1000))));
        }
        other => panic!("{other:?}"),
    }
    assert!(bench.spooled().is_empty() && bench.kept().is_empty());
}

async fn what_is_given_up_leaves_nothing_behind(bench: Bench) {
    let mut incoming = bench.store.receive(LIMIT).await.unwrap();
    incoming.write(pdf(1 << 20).into()).await.unwrap();
    drop(incoming);
    drop(bench.receive(&pdf(1000)).await);
    assert!(bench.spooled().is_empty() && bench.kept().is_empty());
    // A write that is given up half way must not be mistaken for one that was done.
    let mut incoming = bench.store.receive(LIMIT).await.unwrap();
    {
        let mut writing = std::pin::pin!(incoming.write(pdf(4 << 20).into()));
        let polled = futures_util::poll!(writing.as_mut());
        assert!(polled.is_pending(), "four pieces of work are not done at once");
    }
    assert!(matches!(incoming.finish(None).await, Err(FilesError::Io(_))));
    assert!(bench.spooled().is_empty());
}

async fn more_than_the_limit_leaves_nothing_behind(bench: Bench) {
    let mut exact = bench.store.receive(1000).await.unwrap();
    exact.write(pdf(1000).into()).await.unwrap();
    assert_eq!(exact.finish(None).await.unwrap().size(), 1000);
    let mut more = bench.store.receive(1000).await.unwrap();
    more.write(pdf(1000).into()).await.unwrap();
    let refused = more.write(Bytes::from_static(b"x")).await;
    assert!(matches!(refused, Err(FilesError::TooLarge { limit: 1000 })), "{refused:?}");
    let refused = more.finish(None).await;
    assert!(matches!(refused, Err(FilesError::TooLarge { limit: 1000 })), "{refused:?}");
    assert!(bench.spooled().is_empty() && bench.kept().is_empty());
}

async fn what_is_refused_leaves_nothing_behind(bench: Bench) {
    let refused = [
        (Vec::new(), "a.pdf", Refusal::FileEmpty),
        (png(60_000, 60_000), "a.png", Refusal::ImageTooLarge),
        (docx(), "a.pdf", Refusal::TypeMismatch { declared: MediaType::Pdf }),
    ];
    for (content, name, expected) in refused {
        match bench.keep(&content, name).await {
            Err(FilesError::Refused(refusal)) => assert_eq!(refusal, expected),
            other => panic!("{other:?}"),
        }
    }
    assert!(bench.spooled().is_empty() && bench.kept().is_empty());
}

async fn a_broken_upload_is_swept_and_can_be_repeated(bench: Bench) {
    let content = pdf(1 << 20);
    let mut incoming = bench.store.receive(LIMIT).await.unwrap();
    incoming.write(Bytes::copy_from_slice(&content[..700_000])).await.unwrap();
    // A process that is killed drops nothing.
    std::mem::forget(incoming);
    assert_eq!(bench.spooled().len(), 1);
    fs::write(bench.folder.join("spool/notes.txt"), "not ours").unwrap();
    let store = bench.restarted();
    let written = fs::metadata(&bench.spooled()[0]).unwrap().modified().unwrap();
    let hour = Duration::from_hours(1);
    let sweep = async |now: SystemTime| store.sweep_spool(now, hour).await.unwrap();
    assert_eq!(sweep(written - hour).await, 0, "a clock that was put back");
    assert_eq!(sweep(written + hour / 2).await, 0, "it may be coming in still");
    assert_eq!(sweep(written + hour * 2).await, 1);
    assert_eq!(sweep(written + hour * 2).await, 0);
    assert_eq!(bench.spooled(), [bench.folder.join("spool/notes.txt")]);
    assert!(matches!(store.open(&digest(&content)).await, Err(FilesError::NotFound)));
    assert_eq!(bench.keep(&content, "a.pdf").await.unwrap().digest, digest(&content));
}

async fn a_kept_file_that_lost_its_size_is_replaced(bench: Bench) {
    let content = pdf(1000);
    bench.keep(&content, "a.pdf").await.unwrap();
    let kept = bench.kept().remove(0);
    fs::write(&kept, b"%PDF").unwrap();
    bench.keep(&content, "a.pdf").await.unwrap();
    assert_eq!(fs::read(&kept).unwrap(), content);
}

async fn nothing_is_taken_in_when_the_disk_is_nearly_full(bench: Bench) {
    let store = bench.restarted().keeping_free(u64::MAX);
    let refused = store.receive(LIMIT).await;
    assert!(matches!(refused, Err(FilesError::InsufficientStorage)), "{refused:?}");
    assert!(bench.spooled().is_empty());
    let store = bench.restarted().keeping_free(1 << 20);
    assert!(store.receive(LIMIT).await.is_ok(), "a disk of tests has a mebibyte left");
    assert_eq!(KEPT_FREE, 1 << 30);
}

async fn a_good_store_passes_its_check(bench: Bench) {
    bench.store.check().await.unwrap();
    assert!(bench.spooled().is_empty() && bench.kept().is_empty());
    fs::remove_dir_all(bench.folder.join("spool")).unwrap();
    assert!(matches!(bench.store.check().await, Err(FilesError::Io(_))), "no spool");
}

async fn an_old_file_goes_unless_it_came_again(bench: Bench) {
    let digest = bench.keep(&pdf(900), "a.pdf").await.unwrap().digest;
    let (cache, hour) = (digest.as_bytes()[0], Duration::from_hours(1));
    let came = fs::metadata(&bench.kept()[0]).unwrap().modified().unwrap();
    let old = async |cache: u8, before: SystemTime| bench.store.kept_before(cache, before).await.unwrap();
    assert_eq!(old(cache, came - hour).await, []);
    assert_eq!(old(cache, came + hour).await, [digest]);
    assert_eq!(old(cache ^ 1, came + hour).await, []);
    assert!(!bench.store.remove(digest, came - hour).await.unwrap(), "it came since");
    let kept = fs::File::options().write(true).open(&bench.kept()[0]).unwrap();
    kept.set_modified(came - hour * 2).unwrap();
    assert_eq!(old(cache, came - hour).await, [digest]);
    bench.keep(&pdf(900), "b.pdf").await.unwrap();
    assert!(!bench.store.remove(digest, came - hour).await.unwrap(), "it came again");
    assert_eq!(bench.kept().len(), 1);
    assert!(bench.store.remove(digest, came + hour).await.unwrap());
    assert!(bench.kept().is_empty());
    assert!(!bench.store.remove(digest, came + hour).await.unwrap(), "it is gone already");
}

async fn what_is_not_there_is_not_found(bench: Bench) {
    let missing = bench.store.open(&digest(b"missing")).await;
    assert!(matches!(missing, Err(FilesError::NotFound)), "{missing:?}");
}

#[tokio::test]
async fn a_folder_that_went_away_fails_its_check() {
    let bench = Bench::in_a_folder();
    fs::remove_dir_all(bench.folder.join("evidence")).unwrap();
    assert!(matches!(bench.store.check().await, Err(FilesError::Io(_))));
}

#[tokio::test]
async fn a_file_that_was_cut_ends_with_an_error() {
    let bench = Bench::in_a_folder();
    // Larger than what is compared with its digest before anything is given out.
    let stored = bench.keep(&pdf(4 << 20), "a.pdf").await.unwrap();
    let file = bench.store.open(&stored.digest).await.unwrap();
    fs::File::options().write(true).open(&bench.kept()[0]).unwrap().set_len(1000).unwrap();
    let read: Result<Vec<Bytes>, _> = file.stream.try_collect().await;
    assert_eq!(read.unwrap_err().kind(), io::ErrorKind::UnexpectedEof);
}

#[tokio::test]
async fn an_object_store_that_does_not_serve_us_fails_its_check_and_keeps_nothing() {
    let bench = Bench::in_an_object_store().await;
    let settings = bench.settings.clone().unwrap();
    let another_bucket = S3Settings { bucket: "another".to_owned(), ..settings.clone() };
    let error = FileStore::s3(another_bucket).unwrap().check().await.unwrap_err();
    assert!(matches!(error, FilesError::Store(_)), "{error:?}");
    let wrong = [
        S3Settings { secret_access_key: "wrong".to_owned(), ..settings.clone() },
        S3Settings { endpoint: "http://127.0.0.1:1".to_owned(), ..settings.clone() },
        S3Settings { allow_http: false, ..settings },
    ];
    for settings in wrong {
        let shown = format!("{settings:?}");
        assert!(
            shown.contains(&settings.endpoint) && !shown.contains(&settings.secret_access_key),
            "{shown}"
        );
        let store = FileStore::s3(settings).unwrap().keeping_free(0);
        let error = store.check().await.unwrap_err();
        assert!(matches!(error, FilesError::Store(_)), "{shown}: {error:?}");
        let told = format!("{error} {error:?}");
        assert!(!told.contains(SECRET_ACCESS_KEY), "{told}");
        let error = store.keep(bench.receive(&pdf(1000)).await, "a.pdf").await.unwrap_err();
        assert!(matches!(error, FilesError::Store(_)), "{shown}: {error:?}");
    }
    assert!(bench.spooled().is_empty() && bench.kept().is_empty());
}

#[tokio::test]
async fn an_object_says_what_it_is() {
    let bench = Bench::in_an_object_store().await;
    let settings = bench.settings.clone().unwrap();
    let bucket = AmazonS3Builder::new()
        .with_endpoint(settings.endpoint)
        .with_bucket_name(settings.bucket)
        .with_access_key_id(settings.access_key_id)
        .with_secret_access_key(settings.secret_access_key)
        .with_region(settings.region)
        .with_allow_http(true)
        .build()
        .unwrap();
    for content in [pdf(1000), pdf(9 << 20)] {
        let digest = bench.keep(&content, "a.pdf").await.unwrap().digest.to_string();
        let key = format!("evidence/{}/{digest}", &digest[..2]).into();
        let object = bucket.get(&key).await.unwrap();
        assert_eq!(
            object.attributes.get(&Attribute::ContentType).map(AsRef::as_ref),
            Some("application/pdf")
        );
    }
}

#[test]
fn errors_say_what_happened() {
    let full = FilesError::from(io::Error::from(io::ErrorKind::StorageFull));
    assert!(matches!(full, FilesError::InsufficientStorage), "{full:?}");
    let denied = FilesError::from(io::Error::from(io::ErrorKind::PermissionDenied));
    assert!(denied.source().is_some());
    assert!(full.source().is_none());
    let (expected, found) = (digest(b"expected"), digest(b"found"));
    let texts = [
        (FilesError::TooLarge { limit: 1000 }.to_string(), "the file is larger than 1000 bytes".to_owned()),
        (
            FilesError::DigestMismatch { expected, found }.to_string(),
            format!("the file announced as {expected} came as {found}"),
        ),
        (
            FilesError::Refused(Refusal::FileEmpty).to_string(),
            "file_empty: The file is empty; check it and choose again".to_owned(),
        ),
        (denied.to_string(), "the file system failed: permission denied".to_owned()),
        (format!("{found:?}"), format!("FileDigest({found})")),
    ];
    for (told, wanted) in texts {
        assert_eq!(told, wanted);
    }
}

#[test]
fn a_digest_is_written_and_read_in_one_way() {
    let digest = digest(b"");
    let text = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
    assert_eq!(digest.to_string(), text);
    assert_eq!(text.parse(), Ok(digest));
    assert_eq!(serde_json::to_value(digest).unwrap(), text);
    assert_eq!(serde_json::from_value::<FileDigest>(text.into()).unwrap(), digest);
    let padded = format!(" {text}");
    for wrong in
        ["", &text[1..], &text.to_uppercase(), &padded, &format!("{text}00"), &text.replace('b', "g")]
    {
        assert!(wrong.parse::<FileDigest>().is_err(), "{wrong:?}");
        assert!(serde_json::from_value::<FileDigest>(wrong.into()).is_err(), "{wrong:?}");
    }
}

/// How many mebibytes the process has held in memory at most.
fn peak_mebibytes() -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
    line.trim().trim_end_matches(" kB").parse::<u64>().unwrap() >> 10
}

/// Streams a large file through a store, in and out.
async fn stream_through(bench: Bench) {
    let before = peak_mebibytes();
    let (size, piece) = (128 << 20, Bytes::from(vec![b' '; 64 << 10]));
    let mut incoming = bench.store.receive(size * 2).await.unwrap();
    incoming.write(Bytes::from_static(b"%PDF-1.7\n")).await.unwrap();
    for _ in 0..size / piece.len() as u64 {
        incoming.write(piece.clone()).await.unwrap();
    }
    incoming.write(Bytes::from_static(b"%%EOF\n")).await.unwrap();
    let received = incoming.finish(None).await.unwrap();
    let stored = bench.store.keep(received, "a.pdf").await.unwrap();
    let mut file = bench.store.open(&stored.digest).await.unwrap();
    let mut read = 0;
    while let Some(piece) = file.stream.try_next().await.unwrap() {
        read += piece.len() as u64;
    }
    assert_eq!(read, stored.size);
    let grown = peak_mebibytes() - before;
    assert!(grown < 64, "{} MiB passed through {grown} MiB of memory", size >> 20);
}

#[test]
#[ignore = "measures its process; the_memory_needed_does_not_grow_with_the_file runs it alone"]
fn memory_of_a_look_inside() {
    let parts = [docx_parts(), vec![Part::zeros("word/media/large", 60)]].concat();
    let document = archive(&parts);
    let before = peak_mebibytes();
    let kind = sniff(&mut io::Cursor::new(&document), document.len() as u64, "a.docx");
    assert_eq!(kind.unwrap(), MediaType::Docx);
    let grown = peak_mebibytes() - before;
    assert!(grown < 24, "60 MiB were unpacked in {grown} MiB of memory");
}

#[tokio::test]
#[ignore = "measures its process; the_memory_needed_does_not_grow_with_the_file runs it alone"]
async fn memory_in_a_folder() {
    stream_through(Bench::in_a_folder()).await;
}

#[tokio::test]
#[ignore = "measures its process; the_memory_needed_does_not_grow_with_the_file runs it alone"]
async fn memory_in_an_object_store() {
    stream_through(Bench::in_an_object_store().await).await;
}

#[test]
fn the_memory_needed_does_not_grow_with_the_file() {
    for test in ["memory_of_a_look_inside", "memory_in_a_folder", "memory_in_an_object_store"] {
        let test = format!("files::{test}");
        let program = std::env::current_exe().unwrap();
        let run = Command::new(program).args(["--ignored", "--exact", &test]).output().unwrap();
        let told = String::from_utf8_lossy(&run.stdout);
        assert!(
            run.status.success() && told.contains("1 passed"),
            "{told}{}",
            String::from_utf8_lossy(&run.stderr)
        );
    }
}

#[tokio::test]
async fn room_is_promised_to_files_that_come_in_until_they_are_written() {
    let directory = tempfile::tempdir().unwrap();
    let (free, _) = FileStore::local(directory.path()).unwrap().space().await.unwrap();
    let store = FileStore::local(directory.path()).unwrap().keeping_free(free / 2);
    let first = store.receive(free / 8 * 3).await.unwrap();
    let refused = store.receive(free / 8 * 3).await;
    assert!(matches!(refused, Err(FilesError::InsufficientStorage)), "both together would not fit");
    // One that says how small it is fits beside it.
    drop(store.receive_announced(free / 8 * 3, Some(1_000)).await.unwrap());
    drop(first);
    let mut whole = store.receive(free / 8 * 3).await.unwrap();
    whole.write(Bytes::from(pdf(1_000))).await.unwrap();
    let received = whole.finish(None).await.unwrap();
    // What is whole needs no more room than it has.
    assert!(store.receive(free / 8 * 3).await.is_ok());
    drop(received);
}

#[tokio::test]
async fn folders_and_files_are_their_owners_alone_whatever_was_there() {
    use std::os::unix::fs::PermissionsExt;
    let bench = Bench::in_a_folder();
    bench.keep(&pdf(1_000), "a.pdf").await.unwrap();
    let file = bench.kept().remove(0);
    let cache = file.parent().unwrap().to_owned();
    let open = |path: &Path, mode| fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
    let folders = [bench.folder.join("spool"), bench.folder.join("evidence"), cache];
    for folder in &folders {
        open(folder, 0o777);
    }
    open(&file, 0o666);
    bench.restarted();
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    for folder in &folders {
        assert_eq!(mode(folder), 0o700, "{}", folder.display());
    }
    assert_eq!(mode(&file), 0o600);
}
