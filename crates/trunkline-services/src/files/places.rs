//! How many uploads are under way.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use trunkline_wire::files::FilePath;

/// The most uploads of one file at the same time: a first one, and another by somebody whose connection broke off unnoticed.
/// Whoever has one signed URL takes no more of the server than that.
const OF_FILE: usize = 2;

/// Places for uploads.
#[derive(Debug)]
pub(super) struct Places {
    most: usize,
    taken: Mutex<Taken>,
}

#[derive(Debug, Default)]
struct Taken {
    all: usize,
    of_files: HashMap<FilePath, usize>,
}

/// The right to upload, until it is dropped.
#[derive(Debug)]
pub(super) struct Place {
    places: Arc<Places>,
    path: FilePath,
}

impl Places {
    /// So many at once.
    pub(super) fn new(most: usize) -> Self {
        Self { most, taken: Mutex::default() }
    }

    /// A place for an upload of this file; `None` when too many are under way.
    pub(super) fn take(self: &Arc<Self>, path: &FilePath) -> Option<Place> {
        let mut taken = self.taken.lock().unwrap_or_else(PoisonError::into_inner);
        let of_file = taken.of_files.get(path).copied().unwrap_or_default();
        if taken.all >= self.most || of_file >= OF_FILE {
            return None;
        }
        taken.all += 1;
        taken.of_files.insert(path.clone(), of_file + 1);
        Some(Place { places: Arc::clone(self), path: path.clone() })
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut taken = self.places.taken.lock().unwrap_or_else(PoisonError::into_inner);
        taken.all -= 1;
        match taken.of_files.get_mut(&self.path) {
            Some(of_file) if *of_file > 1 => *of_file -= 1,
            _ => drop(taken.of_files.remove(&self.path)),
        }
    }
}

#[cfg(test)]
mod tests {
    use trunkline_wire::AccountId;
    use trunkline_wire::files::UploadFileType;
    use uuid::Uuid;

    use super::*;

    fn path(number: u128) -> FilePath {
        let account = AccountId::parse("brand").unwrap();
        FilePath::of_agent(&account, Uuid::from_u128(number), UploadFileType::Png)
    }

    #[test]
    fn one_file_takes_two_places_and_others_the_rest() {
        let places = Arc::new(Places::new(4));
        let mut taken: Vec<_> = [1, 1].map(|number| places.take(&path(number)).unwrap()).into();
        assert!(places.take(&path(1)).is_none());
        taken.extend([2, 3].map(|number| places.take(&path(number)).unwrap()));
        assert!(places.take(&path(4)).is_none(), "all are taken");
        taken.remove(0);
        taken.push(places.take(&path(1)).unwrap());
        assert!(places.take(&path(1)).is_none());
        taken.clear();
        assert!(places.taken.lock().unwrap().of_files.is_empty());
        assert_eq!(places.taken.lock().unwrap().all, 0);
    }
}
