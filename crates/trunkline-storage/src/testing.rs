//! The behaviour that every backend must show.
//!
//! A backend's test binary calls [`behaviour_suite!`](crate::behaviour_suite) once with an async function that makes an
//! empty store. Each case is also a plain function, so that a failing one can be called alone.

pub mod accounts;
pub mod audit;
pub mod blobs;
pub mod chronology;
pub mod concurrency;
pub mod consumers;
pub mod conversation_lists;
pub mod conversations;
pub mod deliveries;
pub mod delivery_records;
pub mod endings;
pub mod erasure;
pub mod files;
pub mod health;
pub mod installations;
pub mod log;
pub mod samples;
pub mod sessions;
pub mod settings;
pub mod signing_keys;
pub mod skills;
pub mod tail;
pub mod user_keys;
pub mod users;

/// Makes one test of each case. `$fresh` is an async function without arguments that returns an empty store as
/// `Arc<dyn Storage>` and something that keeps it alive.
#[macro_export]
macro_rules! behaviour_suite {
    ($fresh:expr) => {
        $crate::behaviour_suite! { @cases $fresh;
            accounts: {
                an_account_is_found_again, an_account_id_is_taken_once, accounts_are_paged_by_id,
            }
            installations: {
                an_installation_is_found_again, every_write_bumps_the_revision,
                a_stale_revision_changes_nothing, a_client_name_is_taken_once_per_account,
                a_deleted_installation_is_a_tombstone, an_unknown_installation_is_not_updated,
                installations_are_scoped_by_account, installations_are_listed_oldest_first,
            }
            users: {
                users_are_numbered_per_account, a_login_name_is_taken_once_per_account,
                users_are_found_by_number_and_name, users_are_paged_by_number,
                a_password_is_replaced_alone, a_state_is_replaced_alone, every_change_ends_the_users_sessions,
                what_is_offered_to_a_user_is_replaced_alone,
            }
            user_keys: {
                a_key_is_found_again, an_app_key_is_taken_once_per_account, keys_are_listed_oldest_first,
                a_revoked_key_ends_its_sessions, keys_outlive_a_password, a_user_has_a_bounded_number_of_keys,
            }
            skills: {
                skills_are_numbered_per_account, a_skill_name_is_taken_once_per_account,
                skills_are_paged_by_number, skill_numbers_are_unique_under_concurrency,
            }
            settings: { a_setting_is_replaced_and_removed, settings_are_scoped_by_account_and_name, }
            sessions: {
                a_session_is_found_by_bearer_and_cookie, a_session_is_extended, a_session_ends,
                a_login_drops_what_ended_before, a_session_needs_the_password_that_was_checked,
                a_session_needs_the_key_that_was_checked, a_disabled_user_gets_no_session, nobody_gets_no_session,
            }
            signing_keys: {
                keys_are_listed_oldest_first, a_kid_is_taken_once, rotation_moves_all_three_keys,
                rotation_is_all_or_nothing,
            }
            consumers: {
                a_profile_is_replaced, profiles_are_scoped_by_account, a_removed_profile_is_gone,
            }
            log: {
                entries_come_back_as_they_were, a_taken_version_is_a_conflict, a_skipped_version_is_a_conflict,
                malformed_changes_are_refused, entries_are_read_in_slices, long_logs_are_read_from_anywhere,
                several_entries_are_appended_together, the_log_is_scoped_by_account, large_entries_come_in_short_pages,
            }
            conversations: {
                a_conversation_is_what_its_log_makes_it, an_unknown_conversation_is_none,
                a_consumer_has_one_open_conversation, a_closed_conversation_makes_room,
                changes_after_closing_do_not_hide_the_next_conversation,
                the_same_consumer_in_another_account_is_another,
            }
            conversation_lists: {
                an_empty_list_has_no_next, conversations_are_listed_by_id_in_pages,
                listed_conversations_are_in_their_present_state, stored_states_are_read_by_their_places,
                conversations_are_filtered,
                lists_are_complete_under_concurrent_writers, a_conversation_is_listed_from_opening_to_closing,
            }
            endings: {
                quiet_conversations_have_no_entry_after_the_place, quiet_conversations_come_in_pages,
                surveys_are_found_by_their_account, a_quiet_conversation_is_found_whatever_others_do,
            }
            erasure: {
                readers_find_tombstones, wrong_places_are_a_conflict, an_erased_conversation_takes_no_entry,
                erasable_conversations_are_closed_and_old,
            }
            audit: { notes_come_back_in_their_order, notes_are_paged_by_number, }
            chronology: {
                conversations_come_in_the_order_of_their_starts, both_orders_are_paged_alike,
                a_range_includes_its_ends, chronologies_are_filtered, a_start_decides_over_an_id,
                new_conversations_do_not_move_a_page, a_chronology_is_present_at_once,
            }
            concurrency: {
                versions_are_gapless_under_concurrent_committers,
                one_of_many_openings_wins,
                one_of_many_equal_client_names_wins,
                user_numbers_are_unique_under_concurrency,
            }
            tail: {
                an_empty_log_has_no_tail, the_tail_is_in_commit_order, the_tail_is_read_in_pages,
                large_entries_are_all_read, a_position_is_shown_when_its_entries_can_be_read,
                concurrent_commits_have_one_order, a_refused_change_leaves_no_place,
                an_accounts_tail_is_its_own, an_accounts_tail_goes_on_over_the_entries_of_others,
                a_conversations_tail_has_its_places, the_place_before_a_time_is_found,
                nothing_that_was_decided_later_precedes_a_place,
            }
            deliveries: {
                an_app_begins_at_the_end_of_the_log, an_app_of_an_empty_log_begins_at_its_start,
                an_app_begins_when_it_is_enabled, a_disabled_app_begins_anew, a_deleted_app_is_forgotten,
                a_changed_app_goes_on_where_it_was, delivering_apps_are_paged, progress_replaces_the_cursor,
                parked_events_are_replaced_and_settled, an_event_that_is_settled_and_parked_stays_parked,
                stale_progress_leaves_records_only, several_apps_advance_together, cursors_are_scoped_by_account,
            }
            delivery_records: {
                records_come_back_as_they_were, records_are_paged_newest_first, records_are_filtered,
                the_newest_records_stay, old_records_go, the_same_records_are_written_once, records_are_scoped,
                records_outlive_the_app, answers_are_forgotten_by_conversation,
                answers_are_forgotten_however_many, answers_of_erased_conversations_are_not_recorded,
            }
            files: {
                a_file_comes_back_as_it_was,
                a_path_is_taken_once,
                files_are_scoped_by_account,
                waiting_files_are_bounded,
                unused_files_make_room,
                waiting_files_are_bounded_under_concurrency,
                a_blob_is_content_or_noted,
                a_blob_that_was_given_up_does_not_become_content,
                due_blobs_come_in_order,
                due_blobs_are_found_by_account,
                only_the_owner_shares_what_was_uploaded,
                a_bound_file_stays_in_its_conversation,
                only_a_stored_message_shows_a_file,
                unconfirmed_files_are_found,
                an_unpublished_file_waits_again,
                old_waiting_files_go,
                shared_files_are_listed,
                removed_files_are_gone,
                the_files_of_one_owner_go,
                the_files_of_one_conversation_go,
            }
            health: { a_fresh_store_is_healthy, a_closed_store_refuses_writes, }
        }
    };
    (@cases $fresh:expr; $($module:ident: { $($case:ident,)+ })+) => {
        $(mod $module {
            use super::*;
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $case() {
                let (storage, _guard) = $fresh().await;
                $crate::testing::$module::$case(storage).await;
            })+
        })+
    };
}
