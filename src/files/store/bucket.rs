//! Evidence in a bucket.

use std::path::{Path, PathBuf};
use std::{fmt, io};

use bytes::Bytes;
use object_store::aws::{AmazonS3, AmazonS3Builder};
use object_store::path::Path as Key;
use object_store::{
    Attribute, Attributes, ClientOptions, MultipartUpload, ObjectStore, ObjectStoreExt, PutMultipartOptions,
    PutOptions, RetryConfig,
};
use tokio::io::AsyncReadExt;

use super::{EVIDENCE, PART, PATIENCE, cache};
use crate::files::FileDigest;
use crate::files::error::FilesError;
use crate::files::kind::MediaType;
use crate::files::spool::Received;

/// How many bytes of a file are read at a time to be given out.
pub(super) const PIECE: usize = 128 << 10;

/// How to reach an object store that speaks S3. Its secret is not shown by [`fmt::Debug`].
#[derive(Clone)]
pub struct S3Settings {
    /// The address, such as `https://storage.example.cn`.
    pub endpoint: String,
    /// The region that requests are signed for.
    pub region: String,
    /// The bucket, which must be there.
    pub bucket: String,
    /// Who asks.
    pub access_key_id: String,
    /// The key that requests are signed with.
    pub secret_access_key: String,
    /// Whether the address may be without TLS.
    pub allow_http: bool,
    /// The folder on this machine that files come into first.
    pub spool_directory: PathBuf,
}

impl fmt::Debug for S3Settings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("S3Settings")
            .field("endpoint", &self.endpoint)
            .field("region", &self.region)
            .field("bucket", &self.bucket)
            .field("access_key_id", &self.access_key_id)
            .field("secret_access_key", &"…")
            .field("allow_http", &self.allow_http)
            .field("spool_directory", &self.spool_directory)
            .finish()
    }
}

impl S3Settings {
    /// The bucket, of which nothing is asked yet.
    pub(in crate::files) fn connect(&self) -> Result<AmazonS3, FilesError> {
        // Somebody may have chosen before; either choice serves.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let options = ClientOptions::new()
            .with_allow_http(self.allow_http)
            .with_timeout_disabled()
            .with_read_timeout(PATIENCE);
        let retries = RetryConfig { max_retries: 3, retry_timeout: PATIENCE, ..RetryConfig::default() };
        let bucket = AmazonS3Builder::new()
            .with_endpoint(&self.endpoint)
            .with_region(&self.region)
            .with_bucket_name(&self.bucket)
            .with_access_key_id(&self.access_key_id)
            .with_secret_access_key(&self.secret_access_key)
            .with_client_options(options)
            .with_allow_http(self.allow_http)
            .with_retry(retries)
            .build()?;
        Ok(bucket)
    }
}

pub(super) fn key(digest: FileDigest) -> Key {
    Key::from_iter([EVIDENCE, &cache(digest), &digest.to_string()])
}

/// Copies a file to the object store, also where it is there: whether it may go is told by when it came last. It appears
/// when all of it has come.
pub(super) async fn upload(
    bucket: &AmazonS3,
    received: &Received,
    media_type: MediaType,
) -> Result<(), FilesError> {
    let key = key(received.digest());
    match bucket.head(&key).await {
        Ok(there) if there.size == received.size() => {}
        Ok(_) => {
            tracing::error!(digest = %received.digest(), "a kept file had lost its size and is replaced");
        }
        Err(object_store::Error::NotFound { .. }) => {}
        Err(error) => return Err(error.into()),
    }
    let attributes = Attributes::from_iter([(Attribute::ContentType, media_type.mime())]);
    send(bucket, &key, received.path(), attributes).await
}

/// Copies a file to the object store. It appears when all of it has come.
pub(in crate::files) async fn send(
    bucket: &AmazonS3,
    key: &Key,
    path: &Path,
    attributes: Attributes,
) -> Result<(), FilesError> {
    let mut file = tokio::fs::File::open(path).await?;
    if file.metadata().await?.len() <= PART as u64 {
        let whole = next_part(&mut file).await?;
        bucket.put_opts(key, whole.into(), PutOptions { attributes, ..PutOptions::default() }).await?;
        return Ok(());
    }
    let options = PutMultipartOptions { attributes, ..PutMultipartOptions::default() };
    let mut upload = bucket.put_multipart_opts(key, options).await?;
    let result = upload_parts(upload.as_mut(), &mut file).await;
    if result.is_err()
        && let Err(error) = upload.abort().await
    {
        tracing::warn!(%error, "the parts of a failed upload could not be removed");
    }
    result
}

async fn upload_parts(
    upload: &mut dyn MultipartUpload,
    file: &mut tokio::fs::File,
) -> Result<(), FilesError> {
    loop {
        let part = next_part(file).await?;
        if part.is_empty() {
            break;
        }
        upload.put_part(part.into()).await?;
    }
    upload.complete().await?;
    Ok(())
}

/// The next bytes of a file, as many as make a part; fewer only at its end.
async fn next_part(file: &mut tokio::fs::File) -> io::Result<Bytes> {
    let mut part = Vec::with_capacity(PART);
    file.take(PART as u64).read_to_end(&mut part).await?;
    Ok(part.into())
}
