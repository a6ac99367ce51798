//! The audit trail.

use std::sync::Arc;

use trunkline_model::{AuditAction, AuditActor, AuditNote, PageRequest};
use trunkline_wire::{AccountId, EpochMillis, JsonText, UserId};

use super::samples::{NOW, account_id, brand};
use crate::Storage;

fn note(account: AccountId, at: i64, actor: AuditActor, subject: Option<&str>) -> AuditNote {
    AuditNote {
        account,
        at: EpochMillis(NOW.0 + at),
        actor,
        action: AuditAction::ErasureBegun,
        subject: subject.map(str::to_owned),
        details: JsonText::normalise(r#"{"files":2}"#).expect("the sample is JSON"),
    }
}

/// Numbers grow, whosever notes they are.
pub async fn notes_come_back_in_their_order(storage: Arc<dyn Storage>) {
    let page = storage.audit_trail(&brand(), None, PageRequest::first(10)).await.expect("read");
    assert_eq!((page.items, page.next), (Vec::new(), None));
    let other = account_id("other");
    let notes = [
        note(brand(), 0, AuditActor::Operator, Some("a")),
        note(other.clone(), 1, AuditActor::Platform, None),
        // Clocks are set back.
        note(brand(), -5, AuditActor::User(UserId::from_number(7)), None),
    ];
    let mut numbers = Vec::new();
    for given in &notes {
        numbers.push(storage.add_audit_note(given.clone()).await.expect("stored"));
    }
    assert!(numbers.is_sorted_by(|one, other| one < other), "{numbers:?}");
    let page = storage.audit_trail(&brand(), None, PageRequest::first(10)).await.expect("read");
    let found: Vec<_> = page.items.into_iter().map(|entry| (entry.number, entry.note)).collect();
    assert_eq!(found, [(numbers[0], notes[0].clone()), (numbers[2], notes[2].clone())]);
    let page = storage.audit_trail(&other, None, PageRequest::first(10)).await.expect("read");
    assert_eq!(page.items.len(), 1);
}

/// Also with a time from which on they are wanted.
pub async fn notes_are_paged_by_number(storage: Arc<dyn Storage>) {
    for at in 0..7 {
        storage.add_audit_note(note(brand(), at, AuditActor::Operator, None)).await.expect("stored");
    }
    for (since, expected) in [(None, 0..7), (Some(EpochMillis(NOW.0 + 3)), 3..7)] {
        for limit in [1, 2, 4, 10] {
            let (mut found, mut page) = (Vec::new(), PageRequest::first(limit));
            loop {
                let next = storage.audit_trail(&brand(), since, page).await.expect("read");
                assert!(next.items.len() <= limit);
                found.extend(next.items.iter().map(|entry| entry.note.at.0 - NOW.0));
                let Some(after) = next.next else { break };
                page.after = Some(after);
            }
            assert_eq!(found, expected.clone().collect::<Vec<_>>(), "{limit}");
        }
    }
}
