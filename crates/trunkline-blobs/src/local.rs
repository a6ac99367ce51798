//! A folder of this machine.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use object_store::ObjectStore;
use object_store::local::LocalFileSystem;

use crate::OpenError;

/// Opens the folder and removes what a process that died left half-written.
pub(crate) fn open(folder: &Path) -> Result<Arc<dyn ObjectStore>, OpenError> {
    let objects = create(&folder.join("objects"))?;
    clean(&objects).map_err(|source| OpenError::Folder { path: objects.clone(), source })?;
    let store = LocalFileSystem::new_with_prefix(&objects);
    let store = store.map_err(|error| OpenError::Options(error.into()))?;
    Ok(Arc::new(store.with_fsync(true)))
}

/// Makes a folder that only its owner can look into, unless it is there.
pub(crate) fn create(folder: &Path) -> Result<PathBuf, OpenError> {
    let mut builder = std::fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    let created = builder.create(folder);
    created.map_err(|source| OpenError::Folder { path: folder.to_owned(), source })?;
    Ok(folder.to_owned())
}

/// A file is written as `NAME#NUMBER` and renamed when it is complete; no name of ours has that sign.
fn clean(objects: &Path) -> io::Result<()> {
    for account in std::fs::read_dir(objects)? {
        let account = account?;
        if !account.file_type()?.is_dir() {
            continue;
        }
        for file in std::fs::read_dir(account.path())? {
            let file = file?;
            if file.file_name().to_string_lossy().contains('#') {
                std::fs::remove_file(file.path())?;
            }
        }
    }
    Ok(())
}
