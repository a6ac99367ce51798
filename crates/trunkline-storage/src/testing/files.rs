//! Shared files.

use std::sync::Arc;
use std::time::Duration;

use tokio::task::JoinSet;
use trunkline_model::{BlobKey, File, FileContent, PageRequest, SharedFile};
use trunkline_wire::files::{FilePath, ImageType, UploadFileType};
use trunkline_wire::{AccountId, EpochMillis, ParticipantId};
use uuid::Uuid;

use super::samples::{NOW, account_id, brand, consumer, conversation_id};
use crate::{Error, Storage, WaitingFiles};

const PLENTY: WaitingFiles = WaitingFiles { most: 100, since: EpochMillis(0) };

fn owner(number: u32) -> ParticipantId {
    ParticipantId::Consumer(consumer(number))
}

fn later(seconds: u64) -> EpochMillis {
    NOW.plus(Duration::from_secs(seconds))
}

fn path(number: u32) -> FilePath {
    FilePath::of_agent(&brand(), Uuid::from_u128(number.into()), UploadFileType::Png)
}

/// A file of consumer 1 of [`brand`], without content.
fn file(number: u32) -> File {
    File {
        path: path(number),
        owner: owner(1),
        announced: UploadFileType::Png,
        created_at: NOW,
        content: None,
        shared: None,
    }
}

fn blob(number: u128) -> BlobKey {
    BlobKey::new(&brand(), Uuid::from_u128(number))
}

fn content(number: u128) -> FileContent {
    FileContent { blob: blob(number), image: ImageType::Jpeg, size: 48_213, uploaded_at: later(1) }
}

async fn add(storage: &dyn Storage, number: u32) {
    storage.add_file(file(number), PLENTY).await.expect("stored");
}

/// Adds a file and gives it content under a key of the same number.
async fn upload(storage: &dyn Storage, number: u32) {
    add(storage, number).await;
    storage.stage_blob(&blob(number.into()), later(3600)).await.expect("staged");
    storage.set_file_content(&path(number), content(number.into())).await.expect("stored");
}

async fn found(storage: &dyn Storage, number: u32) -> Option<File> {
    storage.file(&path(number)).await.expect("read")
}

async fn shared(storage: &dyn Storage, number: u32) -> Option<SharedFile> {
    found(storage, number).await.expect("there").shared
}

async fn due(storage: &dyn Storage, at: EpochMillis) -> Vec<BlobKey> {
    storage.due_blobs(at, 100).await.expect("read")
}

/// What was stored comes back, at every stage of a file's life.
pub async fn a_file_comes_back_as_it_was(storage: Arc<dyn Storage>) {
    assert_eq!(found(&*storage, 1).await, None);
    add(&*storage, 1).await;
    assert_eq!(found(&*storage, 1).await, Some(file(1)));
    storage.stage_blob(&blob(1), later(3600)).await.expect("staged");
    storage.set_file_content(&path(1), content(1)).await.expect("stored");
    let uploaded = File { content: Some(content(1)), ..file(1) };
    assert_eq!(found(&*storage, 1).await, Some(uploaded.clone()));
    let here = conversation_id(1);
    storage.share_file(&path(1), owner(1), here, true, NOW).await.expect("shared");
    let mut shared = SharedFile { conversation: here, for_consumer: true, published_at: None };
    assert_eq!(found(&*storage, 1).await, Some(File { shared: Some(shared), ..uploaded.clone() }));
    storage.confirm_shared_file(&path(1), here, true, later(2)).await.expect("stored");
    shared = SharedFile { published_at: Some(later(2)), ..shared };
    assert_eq!(found(&*storage, 1).await, Some(File { shared: Some(shared), ..uploaded.clone() }));
    // Publishing it again among agents does not take it from the consumer.
    storage.share_file(&path(1), owner(1), here, false, NOW).await.expect("shared");
    storage.confirm_shared_file(&path(1), here, false, later(3)).await.expect("stored");
    assert_eq!(found(&*storage, 1).await, Some(File { shared: Some(shared), ..uploaded }));
}

/// A path names one file.
pub async fn a_path_is_taken_once(storage: Arc<dyn Storage>) {
    add(&*storage, 1).await;
    let again = storage.add_file(file(1), PLENTY).await;
    assert!(matches!(again, Err(Error::Duplicate(_))), "{again:?}");
}

/// The account is in the path, and the same name elsewhere is another file.
pub async fn files_are_scoped_by_account(storage: Arc<dyn Storage>) {
    upload(&*storage, 1).await;
    let elsewhere = FilePath::of_agent(&account_id("other"), Uuid::from_u128(1), UploadFileType::Png);
    assert_eq!(storage.file(&elsewhere).await.expect("read"), None);
    let shared = storage.share_file(&elsewhere, owner(1), conversation_id(1), true, NOW).await;
    assert!(matches!(shared, Err(Error::NotFound)));
    assert_eq!(storage.remove_files_of(&account_id("other"), owner(1), NOW, 10).await.expect("done"), 0);
    assert!(found(&*storage, 1).await.is_some());
}

/// An owner has a bounded number of files that wait; others and shared files do not count.
pub async fn waiting_files_are_bounded(storage: Arc<dyn Storage>) {
    let two = WaitingFiles { most: 2, since: EpochMillis(0) };
    upload(&*storage, 1).await;
    storage.add_file(file(2), two).await.expect("the second");
    assert!(matches!(storage.add_file(file(3), two).await, Err(Error::Conflict)));
    let other = File { owner: owner(2), ..file(4) };
    storage.add_file(other, two).await.expect("another owner's");
    storage.share_file(&path(1), owner(1), conversation_id(1), true, NOW).await.expect("shared");
    storage.add_file(file(3), two).await.expect("a shared one does not wait");
    assert!(matches!(storage.add_file(file(5), two).await, Err(Error::Conflict)));
}

/// Files whose upload never came make room for others of their owner.
pub async fn unused_files_make_room(storage: Arc<dyn Storage>) {
    upload(&*storage, 1).await;
    add(&*storage, 2).await;
    storage.add_file(File { owner: owner(2), ..file(3) }, PLENTY).await.expect("stored");
    let two = WaitingFiles { most: 2, since: later(1) };
    let next = File { created_at: later(2), ..file(4) };
    storage.add_file(next, two).await.expect("the unused one is forgotten");
    assert_eq!(found(&*storage, 2).await, None);
    assert!(found(&*storage, 1).await.is_some(), "an uploaded one is kept");
    assert!(found(&*storage, 3).await.is_some(), "another owner's is kept");
}

/// However many ask at once, the bound holds.
pub async fn waiting_files_are_bounded_under_concurrency(storage: Arc<dyn Storage>) {
    let mut adding = JoinSet::new();
    for number in 0..20 {
        let storage = Arc::clone(&storage);
        adding.spawn(async move {
            storage.add_file(file(number), WaitingFiles { most: 5, since: EpochMillis(0) }).await
        });
    }
    let outcomes = adding.join_all().await;
    assert_eq!(outcomes.iter().filter(|outcome| outcome.is_ok()).count(), 5);
}

/// A blob is noted until it becomes content, and what it replaces is noted then.
pub async fn a_blob_is_content_or_noted(storage: Arc<dyn Storage>) {
    upload(&*storage, 1).await;
    assert_eq!(due(&*storage, later(10_000)).await, []);
    storage.stage_blob(&blob(9), later(3600)).await.expect("staged");
    assert_eq!(due(&*storage, later(3599)).await, []);
    assert_eq!(due(&*storage, later(3600)).await, [blob(9)]);
    storage.set_file_content(&path(1), content(9)).await.expect("stored");
    assert_eq!(due(&*storage, later(1)).await, [blob(1)]);
    assert_eq!(found(&*storage, 1).await.and_then(|file| file.content), Some(content(9)));
    storage.forget_blobs(vec![blob(1), blob(77)]).await.expect("forgotten");
    assert_eq!(due(&*storage, later(10_000)).await, []);
}

/// A blob that was given up does not become content, nor does one of a file that is gone; nothing changes then.
pub async fn a_blob_that_was_given_up_does_not_become_content(storage: Arc<dyn Storage>) {
    upload(&*storage, 1).await;
    let unknown = storage.set_file_content(&path(1), content(9)).await;
    assert!(matches!(unknown, Err(Error::Conflict)), "{unknown:?}");
    assert_eq!(found(&*storage, 1).await.and_then(|file| file.content), Some(content(1)));
    storage.stage_blob(&blob(9), later(60)).await.expect("staged");
    let gone = storage.set_file_content(&path(2), content(9)).await;
    assert!(matches!(gone, Err(Error::NotFound)), "{gone:?}");
    assert_eq!(due(&*storage, later(60)).await, [blob(9)]);
}

/// Those that are due the longest come first, and a new time replaces the old one.
pub async fn due_blobs_come_in_order(storage: Arc<dyn Storage>) {
    for (number, seconds) in [(1, 30), (2, 10), (3, 20), (2, 40)] {
        storage.stage_blob(&blob(number), later(seconds)).await.expect("staged");
    }
    assert_eq!(storage.due_blobs(later(40), 2).await.expect("read"), [blob(3), blob(1)]);
    assert_eq!(due(&*storage, later(30)).await, [blob(3), blob(1)]);
}

/// An account is asked for its own, however much its name is like another one's.
pub async fn due_blobs_are_found_by_account(storage: Arc<dyn Storage>) {
    let names = ["brand", "brand0", "brand-", "bran", "Brand", "brand_1"];
    let blob = |name, number| BlobKey::new(&account_id(name), Uuid::from_u128(number));
    for name in names {
        for (number, seconds) in [(0, 30), (1, 10), (2, 20), (u128::MAX, 40)] {
            storage.stage_blob(&blob(name, number), later(seconds)).await.expect("staged");
        }
    }
    for name in names {
        let due =
            async |at, limit| storage.due_blobs_of(&account_id(name), later(at), limit).await.expect("read");
        assert_eq!(due(9, 10).await, []);
        assert_eq!(due(30, 10).await, [blob(name, 1), blob(name, 2), blob(name, 0)]);
        assert_eq!(due(40, 10).await.len(), 4);
        assert_eq!(due(40, 2).await, [blob(name, 1), blob(name, 2)]);
    }
}

/// Only an uploaded file is shared, and only by its owner.
pub async fn only_the_owner_shares_what_was_uploaded(storage: Arc<dyn Storage>) {
    let here = conversation_id(1);
    let share = async |number, who| storage.share_file(&path(number), who, here, true, NOW).await;
    assert!(matches!(share(1, owner(1)).await, Err(Error::NotFound)));
    add(&*storage, 1).await;
    assert!(matches!(share(1, owner(1)).await, Err(Error::NotFound)));
    upload(&*storage, 2).await;
    assert!(matches!(share(2, owner(2)).await, Err(Error::NotFound)));
    share(2, owner(1)).await.expect("shared");
    assert_eq!(found(&*storage, 1).await, Some(file(1)));
}

/// A file belongs to the conversation that it is bound to; one that was taken back may go elsewhere, a published one not.
pub async fn a_bound_file_stays_in_its_conversation(storage: Arc<dyn Storage>) {
    upload(&*storage, 1).await;
    let (here, there) = (conversation_id(1), conversation_id(2));
    storage.share_file(&path(1), owner(1), there, true, NOW).await.expect("shared");
    let twice = storage.share_file(&path(1), owner(1), here, true, NOW).await;
    assert!(matches!(twice, Err(Error::Conflict)), "{twice:?}");
    storage.unshare_file(&path(1), there, NOW).await.expect("taken back");
    storage.share_file(&path(1), owner(1), here, true, NOW).await.expect("free again");
    storage.confirm_shared_file(&path(1), here, true, later(2)).await.expect("stored");
    let moved = storage.share_file(&path(1), owner(1), there, true, NOW).await;
    assert!(matches!(moved, Err(Error::Conflict)), "{moved:?}");
    let moved = storage.confirm_shared_file(&path(1), there, true, later(2)).await;
    assert!(matches!(moved, Err(Error::NotFound)), "{moved:?}");
    assert_eq!(shared(&*storage, 1).await.map(|shared| shared.conversation), Some(here));
    storage.share_file(&path(1), owner(1), here, true, NOW).await.expect("the same conversation again");
    let gone = storage.confirm_shared_file(&path(2), here, true, later(2)).await;
    assert!(matches!(gone, Err(Error::NotFound)));
}

/// A consumer sees a file when a message for him was stored, whatever was tried with it besides.
pub async fn only_a_stored_message_shows_a_file(storage: Arc<dyn Storage>) {
    let here = conversation_id(1);
    for number in [1, 2] {
        upload(&*storage, number).await;
        storage.share_file(&path(number), owner(1), here, false, NOW).await.expect("shared");
    }
    let for_consumer = async |number| shared(&*storage, number).await.expect("shared").for_consumer;
    storage.confirm_shared_file(&path(1), here, false, later(2)).await.expect("stored");
    storage.share_file(&path(1), owner(1), here, true, later(3)).await.expect("the same conversation");
    storage.unshare_file(&path(1), here, later(3)).await.expect("refused");
    assert!(!for_consumer(1).await);
    storage.share_file(&path(1), owner(1), here, true, later(4)).await.expect("once more");
    storage.confirm_shared_file(&path(1), here, true, later(4)).await.expect("stored");
    assert!(for_consumer(1).await);
    // Both before either is stored.
    storage.share_file(&path(2), owner(1), here, true, later(1)).await.expect("shared");
    storage.confirm_shared_file(&path(2), here, false, later(2)).await.expect("stored");
    storage.unshare_file(&path(2), here, later(1)).await.expect("refused");
    assert!(!for_consumer(2).await);
}

/// What could not be published waits again, but what was published stays, and what is bound anew.
pub async fn an_unpublished_file_waits_again(storage: Arc<dyn Storage>) {
    upload(&*storage, 1).await;
    let here = conversation_id(1);
    storage.share_file(&path(1), owner(1), here, true, NOW).await.expect("shared");
    storage.unshare_file(&path(1), conversation_id(2), NOW).await.expect("another conversation: no effect");
    assert!(shared(&*storage, 1).await.is_some());
    storage.share_file(&path(1), owner(1), here, true, later(1)).await.expect("shared once more");
    storage.unshare_file(&path(1), here, NOW).await.expect("no effect");
    assert!(shared(&*storage, 1).await.is_some());
    storage.unshare_file(&path(1), here, later(1)).await.expect("done");
    assert_eq!(shared(&*storage, 1).await, None);
    storage.share_file(&path(1), owner(1), here, true, NOW).await.expect("shared");
    storage.confirm_shared_file(&path(1), here, false, later(2)).await.expect("stored");
    storage.unshare_file(&path(1), here, later(3)).await.expect("no effect");
    assert!(shared(&*storage, 1).await.is_some());
}

/// What was bound and neither confirmed nor taken back is found after a while, the oldest first.
pub async fn unconfirmed_files_are_found(storage: Arc<dyn Storage>) {
    for (number, seconds) in [(1, 30), (2, 10), (3, 20), (4, 5), (5, 5)] {
        upload(&*storage, number).await;
        let here = conversation_id(number);
        storage.share_file(&path(number), owner(1), here, true, later(seconds)).await.expect("shared");
    }
    storage.confirm_shared_file(&path(4), conversation_id(4), true, later(6)).await.expect("stored");
    storage.unshare_file(&path(5), conversation_id(5), later(6)).await.expect("done");
    let list = async |before, limit| {
        let found = storage.unconfirmed_files(later(before), limit).await.expect("read");
        found.into_iter().map(|file| (file.path, file.conversation, file.shared_at)).collect::<Vec<_>>()
    };
    let [first, second, third] = [(2, 10), (3, 20), (1, 30)]
        .map(|(number, seconds)| (path(number), conversation_id(number), later(seconds)));
    assert_eq!(list(10, 10).await, []);
    assert_eq!(list(30, 10).await, [first.clone(), second.clone()]);
    assert_eq!(list(31, 2).await, [first.clone(), second.clone()]);
    assert_eq!(list(31, 10).await, [first, second, third]);
}

/// Old files that are not shared go, the oldest first, and their bytes are noted.
pub async fn old_waiting_files_go(storage: Arc<dyn Storage>) {
    for (number, seconds) in [(1, 30), (2, 10), (3, 20), (4, 40)] {
        let file = File { created_at: later(seconds), ..file(number) };
        storage.add_file(file, PLENTY).await.expect("stored");
    }
    for number in [1, 3] {
        storage.stage_blob(&blob(number), later(3600)).await.expect("staged");
        storage
            .set_file_content(&path(u32::try_from(number).expect("small")), content(number))
            .await
            .expect("stored");
    }
    storage.share_file(&path(3), owner(1), conversation_id(1), true, NOW).await.expect("shared");
    let remove = async |limit| storage.remove_waiting_files(later(40), later(50), limit).await.expect("done");
    assert_eq!(remove(1).await, 1);
    assert_eq!(found(&*storage, 2).await, None);
    assert_eq!(remove(10).await, 1);
    assert_eq!(found(&*storage, 1).await, None);
    assert_eq!(remove(10).await, 0);
    assert!(found(&*storage, 3).await.is_some() && found(&*storage, 4).await.is_some());
    assert_eq!(due(&*storage, later(49)).await, []);
    assert_eq!(due(&*storage, later(50)).await, [blob(1)]);
}

/// Shared files of all accounts are listed by number.
pub async fn shared_files_are_listed(storage: Arc<dyn Storage>) {
    for number in 1..=4 {
        upload(&*storage, number).await;
    }
    for number in [1, 2, 4] {
        storage
            .share_file(&path(number), owner(1), conversation_id(number), true, NOW)
            .await
            .expect("shared");
    }
    let list = async |after, limit| {
        let page = storage.shared_files(later(1), PageRequest { after, limit }).await.expect("read");
        let files = page.items.into_iter().map(|file| (file.path, file.conversation)).collect::<Vec<_>>();
        (files, page.next)
    };
    let (first, next) = list(None, 2).await;
    assert_eq!(first, [(path(1), conversation_id(1)), (path(2), conversation_id(2))]);
    assert_eq!(list(next, 2).await, (vec![(path(4), conversation_id(4))], None));
    let none = storage.shared_files(NOW, PageRequest::first(10)).await.expect("read");
    assert_eq!(none.items, []);
}

/// Removed files are gone and their bytes are noted.
pub async fn removed_files_are_gone(storage: Arc<dyn Storage>) {
    upload(&*storage, 1).await;
    upload(&*storage, 2).await;
    storage.remove_files(vec![path(1), path(9)], later(5)).await.expect("done");
    assert_eq!(found(&*storage, 1).await, None);
    assert!(found(&*storage, 2).await.is_some());
    assert_eq!(due(&*storage, later(5)).await, [blob(1)]);
}

/// All files of one owner go, shared ones too, a few at a time.
pub async fn the_files_of_one_owner_go(storage: Arc<dyn Storage>) {
    for number in 1..=3 {
        upload(&*storage, number).await;
    }
    storage.add_file(File { owner: owner(2), ..file(4) }, PLENTY).await.expect("stored");
    storage.share_file(&path(2), owner(1), conversation_id(1), true, NOW).await.expect("shared");
    let remove = async || storage.remove_files_of(&brand(), owner(1), later(5), 2).await.expect("done");
    assert_eq!((remove().await, remove().await, remove().await), (2, 1, 0));
    assert!(found(&*storage, 4).await.is_some());
    assert_eq!(due(&*storage, later(5)).await.len(), 3);
}

/// All files that are bound to one conversation go, whoever owns them, a few at a time.
pub async fn the_files_of_one_conversation_go(storage: Arc<dyn Storage>) {
    for number in 1..=4 {
        upload(&*storage, number).await;
    }
    for (number, conversation) in [(1, 1), (2, 1), (3, 2)] {
        storage
            .share_file(&path(number), owner(1), conversation_id(conversation), true, NOW)
            .await
            .expect("shared");
    }
    let remove = async |account: AccountId| {
        storage.remove_files_in(&account, conversation_id(1), later(5), 1).await.expect("done")
    };
    assert_eq!(remove(account_id("other")).await, 0);
    assert_eq!((remove(brand()).await, remove(brand()).await, remove(brand()).await), (1, 1, 0));
    assert!(found(&*storage, 3).await.is_some() && found(&*storage, 4).await.is_some());
    assert_eq!(due(&*storage, later(5)).await.len(), 2);
}
