//! Packages: the zips of problems, in an object store.
//!
//! A package is named by the content of its files, and two zips can hold the same files. So an object is named by the
//! hash of the zip itself, and the row of the package says which zip is its own, and how long it is. An object is written
//! whole and to the disk before a row names it, and never changes afterwards; whoever reads one sees whether it is all
//! there and what was written. An upload that was cut off leaves at most an object that no row names.

use std::io::ErrorKind;
use std::path::Path as FilePath;
use std::sync::Arc;

use domain::PackageHash;
use futures_util::TryStreamExt;
use object_store::local::LocalFileSystem;
use object_store::path::Path;
use object_store::{MultipartUpload, ObjectStore, ObjectStoreExt};
use tokio::fs::File;
use tokio::io::{AsyncReadExt, AsyncSeekExt, AsyncWriteExt};

use crate::sql::{fetch_optional, statements};
use crate::{Result, Store, StoreError, row};

/// How much of a package is in memory at once. Object stores on the network want parts of at least 5 MiB.
const PART_BYTES: usize = 8 << 20;

const STORE: &str = "store a package";
const FETCH: &str = "fetch a package";

/// A zip that is safely in the object store.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Object {
    /// BLAKE3 of the zip.
    pub(crate) digest: [u8; 32],
    /// Its length in bytes.
    pub(crate) size: u64,
}

/// Opens the object store in a directory, which is made where it is missing.
pub(crate) fn open(directory: &FilePath) -> Result<Arc<dyn ObjectStore>> {
    let failed = |error: &dyn std::fmt::Display| {
        StoreError::failed(
            "open the object store",
            format_args!("the directory {} cannot be used: {error}", directory.display()),
        )
    };
    std::fs::create_dir_all(directory).map_err(|error| failed(&error))?;
    // Made now, so that a directory that is not ours to write to is found out at the start.
    std::fs::create_dir_all(directory.join("packages")).map_err(|error| failed(&error))?;
    let store = LocalFileSystem::new_with_prefix(directory).map_err(|error| failed(&error))?;
    Ok(Arc::new(store.with_fsync(true)))
}

impl Store {
    /// Writes a package's zip to a file; `false` where there is none of that name. Fails where what comes out of the
    /// object store is not what went in.
    pub async fn fetch_package(&self, hash: &PackageHash, to: &mut File) -> Result<bool> {
        let found: Option<(Vec<u8>, i64)> = fetch_optional!(self, read, FIND, hash.0.to_vec())?;
        let Some((digest, size)) = found else {
            return Ok(false);
        };
        let object = Object {
            digest: row::hash("packages.object", &digest)?,
            size: row::number("packages.size", size)?,
        };
        fetch(&*self.objects, &object, to)
            .await
            .map_err(|reason| StoreError::failed(FETCH, format_args!("package {hash}: {reason}")))?;
        Ok(true)
    }
}

/// Why an object could not be moved; the caller says of which package.
#[derive(Debug, thiserror::Error)]
enum Broken {
    #[error("the object store: {0}")]
    Objects(#[from] object_store::Error),
    #[error("the file: {0}")]
    File(#[from] std::io::Error),
    #[error("the object store holds {found} bytes of {expected}")]
    Length { found: u64, expected: u64 },
    #[error("the object store holds other bytes than were stored")]
    Content,
}

impl Broken {
    /// Whether a full disk, or a used-up quota, is at the bottom of it.
    fn is_for_want_of_room(&self) -> bool {
        let mut cause: Option<&(dyn std::error::Error + 'static)> = Some(self);
        while let Some(error) = cause {
            if let Some(error) = error.downcast_ref::<std::io::Error>() {
                return matches!(error.kind(), ErrorKind::StorageFull | ErrorKind::QuotaExceeded);
            }
            cause = error.source();
        }
        false
    }
}

async fn fetch(objects: &dyn ObjectStore, object: &Object, to: &mut File) -> std::result::Result<(), Broken> {
    let mut parts = objects.get(&place(&object.digest)).await?.into_stream();
    let mut digest = blake3::Hasher::new();
    let mut length = 0;
    while let Some(part) = parts.try_next().await? {
        length += part.len() as u64;
        if length > object.size {
            break;
        }
        digest.update(&part);
        to.write_all(&part).await?;
    }
    to.flush().await?;
    if length != object.size {
        return Err(Broken::Length {
            found: length,
            expected: object.size,
        });
    }
    if digest.finalize() != object.digest {
        return Err(Broken::Content);
    }
    Ok(())
}

/// Puts a zip into the object store, unless it is there already.
pub(crate) async fn put(objects: &dyn ObjectStore, mut package: File) -> Result<Object> {
    store(objects, &mut package).await.map_err(|broken| {
        if broken.is_for_want_of_room() {
            let reason = broken.to_string();
            return StoreError::NoRoom {
                operation: STORE,
                reason,
            };
        }
        StoreError::failed(STORE, broken)
    })
}

async fn store(objects: &dyn ObjectStore, package: &mut File) -> std::result::Result<Object, Broken> {
    let object = describe(package).await?;
    let place = place(&object.digest);
    match objects.head(&place).await {
        Ok(there) if there.size == object.size => return Ok(object),
        Ok(_) | Err(object_store::Error::NotFound { .. }) => {}
        Err(error) => return Err(error.into()),
    }
    package.rewind().await?;
    let mut upload = objects.put_multipart(&place).await?;
    match send(&mut *upload, package).await {
        Ok(sent) if sent == object.size => {
            upload.complete().await?;
            Ok(object)
        }
        Ok(sent) => {
            upload.abort().await?;
            Err(Broken::Length {
                found: sent,
                expected: object.size,
            })
        }
        Err(error) => {
            // The first error is the one to tell.
            drop(upload.abort().await);
            Err(error)
        }
    }
}

async fn send(upload: &mut dyn MultipartUpload, package: &mut File) -> std::result::Result<u64, Broken> {
    let mut sent = 0;
    loop {
        let mut part = Vec::with_capacity(PART_BYTES);
        package.take(PART_BYTES as u64).read_to_end(&mut part).await?;
        if part.is_empty() {
            return Ok(sent);
        }
        sent += part.len() as u64;
        upload.put_part(part.into()).await?;
    }
}

/// Reads a file once, from its beginning.
async fn describe(package: &mut File) -> std::result::Result<Object, Broken> {
    package.rewind().await?;
    let mut digest = blake3::Hasher::new();
    let mut buffer = vec![0; 1 << 20];
    let mut size = 0;
    loop {
        let read = package.read(&mut buffer).await?;
        if read == 0 {
            return Ok(Object {
                digest: *digest.finalize().as_bytes(),
                size,
            });
        }
        digest.update(&buffer[..read]);
        size += read as u64;
    }
}

/// Where an object is: `packages/ab/cdef….zip`, so that no directory grows without end.
fn place(digest: &[u8; 32]) -> Path {
    let name = blake3::Hash::from_bytes(*digest).to_hex();
    Path::from(format!("packages/{}/{}.zip", &name[..2], &name[2..]))
}

statements! {
    FIND(1) = "look up a package" ["SELECT object, size FROM packages WHERE hash = $1"];
}
