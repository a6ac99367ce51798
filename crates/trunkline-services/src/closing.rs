//! How the closing of a dialog is told to connectors and agents alike.

use trunkline_model::conversation::{Dialog, DialogState};
use trunkline_wire::webhooks::ClosedDialog;

/// How the dialog was closed; `None` while it is open.
pub(crate) fn closing(dialog: &Dialog) -> Option<ClosedDialog<'_>> {
    match (&dialog.state, dialog.closed_by()) {
        (DialogState::Closed { at, cause, .. }, Some(by)) => {
            Some(ClosedDialog { at: *at, by, cause: cause.as_deref() })
        }
        _ => None,
    }
}
