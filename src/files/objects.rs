//! Objects of a bucket below a prefix: where a backup may be kept.

use std::path::Path;

use futures_util::TryStreamExt;
use object_store::aws::AmazonS3;
use object_store::path::Path as Key;
use object_store::{Attributes, ObjectStore, ObjectStoreExt};
use tokio::io::AsyncWriteExt;

use super::error::FilesError;
use super::store::{S3Settings, send};

/// The objects below a prefix of a bucket.
#[derive(Debug)]
pub struct Objects {
    bucket: AmazonS3,
    prefix: String,
}

impl Objects {
    /// The objects below `prefix`. Nothing is asked of the store yet.
    ///
    /// # Errors
    ///
    /// [`FilesError::Store`] when the settings can't be right.
    pub fn new(settings: &S3Settings, prefix: &str) -> Result<Self, FilesError> {
        Ok(Self { bucket: settings.connect()?, prefix: prefix.trim_matches('/').to_owned() })
    }

    fn key(&self, name: &str) -> Key {
        Key::from(format!("{}/{name}", self.prefix))
    }

    /// The names below the prefix, in their order.
    ///
    /// # Errors
    ///
    /// What the object store says.
    pub async fn names(&self) -> Result<Vec<String>, FilesError> {
        let prefix = Key::from(self.prefix.as_str());
        let found: Vec<_> = self.bucket.list(Some(&prefix)).try_collect().await?;
        let start = format!("{prefix}/");
        let names = found.iter().map(|object| object.location.as_ref());
        let mut names: Vec<String> =
            names.map(|name| name.strip_prefix(&start).unwrap_or(name).to_owned()).collect();
        names.sort();
        Ok(names)
    }

    /// Copies a file to the store. It appears when all of it has come.
    ///
    /// # Errors
    ///
    /// What the disk or the object store says.
    pub async fn put(&self, name: &str, path: &Path) -> Result<(), FilesError> {
        send(&self.bucket, &self.key(name), path, Attributes::new()).await
    }

    /// Copies an object into a new file.
    ///
    /// # Errors
    ///
    /// What the object store or the disk says.
    pub async fn get(&self, name: &str, into: &Path) -> Result<(), FilesError> {
        let mut stream = self.bucket.get(&self.key(name)).await?.into_stream();
        let mut file = tokio::fs::File::create_new(into).await?;
        while let Some(piece) = stream.try_next().await? {
            file.write_all(&piece).await?;
        }
        file.flush().await?;
        Ok(())
    }
}
