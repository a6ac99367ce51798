//! What is searched for: conditions that the index answers, and conditions that only a transcript can answer.

use std::time::Duration;

use trunkline_model::conversation::Conversation;
use trunkline_model::{Transcript, User};
use trunkline_storage::ChronologyFilter;
use trunkline_wire::agent::UserRef;
use trunkline_wire::history::{ConsumerSearch, Loose, TimeSearch};
use trunkline_wire::{AccountId, AgentId, ConsumerId, EpochMillis, OneOrMany, SkillId, UserId};

use super::access::Access;
use super::reader::Loaded;
use super::record::{searchable_text, source_of};
use crate::Error;
use crate::auth::SignedIn;

/// The longest range: three months, whichever. Source: spec 08 §3.
const LONGEST: Duration = Duration::from_hours(93 * 24);

/// The longest keyword, in characters.
const LONGEST_KEYWORD: usize = 256;

/// A search.
#[derive(Debug)]
pub(super) struct Query {
    /// What the index answers.
    pub(super) filter: ChronologyFilter,
    /// What a transcript answers.
    pub(super) wanted: Wanted,
}

/// Conditions on transcripts. All must hold; those that are `None` do.
#[derive(Debug)]
pub(super) struct Wanted {
    access: Access,
    /// Open ones only if their answer was due at this moment.
    overdue_at: Option<EpochMillis>,
    skills: Option<Vec<SkillId>>,
    latest_skills: Option<Vec<SkillId>>,
    users: Option<Vec<AgentId>>,
    latest_users: Option<Vec<AgentId>>,
    /// In lower case.
    keyword: Option<String>,
    sources: Option<Vec<String>>,
}

impl Query {
    /// By the time of the start.
    pub(super) fn by_time(caller: &SignedIn, search: &TimeSearch, now: EpochMillis) -> Result<Self, Error> {
        let (from, to) = range(search, now)?;
        let status = Status::of(search.status.as_ref())?;
        let account = caller.account();
        let users = |list| named(list).map(|list| users(account, list));
        let skills =
            |list| named(list).map(|list| list.iter().filter_map(|id| SkillId::parse(&id.0).ok()).collect());
        let source = |source: &Loose| source.0.to_ascii_uppercase();
        Ok(Self {
            filter: ChronologyFilter { open: status.open, consumer: None, from: Some(from), to: Some(to) },
            wanted: Wanted {
                access: Access::of(caller),
                overdue_at: status.overdue.then_some(now),
                skills: skills(search.skill_ids.as_ref()),
                latest_skills: skills(search.latest_skill_ids.as_ref()),
                users: users(search.agent_ids.as_ref()),
                latest_users: users(search.latest_agent_ids.as_ref()),
                keyword: keyword(search.keyword.as_ref())?,
                sources: named(search.source.as_ref()).map(|list| list.iter().map(source).collect()),
            },
        })
    }

    /// By the consumer; `None` for a consumer who cannot exist.
    pub(super) fn by_consumer(
        caller: &SignedIn,
        search: &ConsumerSearch,
        now: EpochMillis,
    ) -> Result<Option<Self>, Error> {
        let named =
            search.consumer.as_ref().ok_or_else(|| Error::Invalid("consumer is required".to_owned()))?;
        let status = Status::of(search.status.as_ref())?;
        let Ok(consumer) = ConsumerId::parse(&named.0) else { return Ok(None) };
        let wanted = Wanted {
            access: Access::of(caller),
            overdue_at: status.overdue.then_some(now),
            skills: None,
            latest_skills: None,
            users: None,
            latest_users: None,
            keyword: None,
            sources: None,
        };
        let filter =
            ChronologyFilter { open: status.open, consumer: Some(consumer), ..ChronologyFilter::default() };
        Ok(Some(Self { filter, wanted }))
    }
}

impl Wanted {
    /// Whether no transcript must be read to know that a conversation is wanted.
    pub(super) fn is_everything(&self) -> bool {
        let Self { access, overdue_at, skills, latest_skills, users, latest_users, keyword, sources } = self;
        *access == Access::Every
            && overdue_at.is_none()
            && [skills, latest_skills].iter().all(|list| list.is_none())
            && [users, latest_users].iter().all(|list| list.is_none())
            && keyword.is_none()
            && sources.is_none()
    }

    /// Whether a conversation is wanted.
    pub(super) fn accepts(&self, loaded: &Loaded) -> bool {
        let (transcript, state) = (&loaded.transcript, &*loaded.transcript.state);
        self.access.allows(loaded)
            && self.overdue_at.is_none_or(|now| !state.is_open() || is_overdue(state, now))
            && holds(self.skills.as_ref(), |skills| had_skill(transcript, skills))
            && holds(self.latest_skills.as_ref(), |skills| skills.contains(&state.skill))
            && holds(self.users.as_ref(), |users| users.iter().any(|user| transcript.took_part(*user)))
            && holds(self.latest_users.as_ref(), |users| {
                transcript.latest_agent().is_some_and(|user| users.contains(&user))
            })
            && holds(self.keyword.as_ref(), |keyword| mentions(transcript, keyword))
            && holds(self.sources.as_ref(), |sources| {
                sources.iter().any(|source| source == source_of(transcript))
            })
    }
}

/// The list of a filter; an empty one is none, as clients write it that always write all their filters.
fn named(list: Option<&OneOrMany<Loose>>) -> Option<&[Loose]> {
    list.map(|list| list.0.as_slice()).filter(|list| !list.is_empty())
}

fn holds<T>(condition: Option<&T>, check: impl FnOnce(&T) -> bool) -> bool {
    condition.is_none_or(check)
}

fn is_overdue(state: &Conversation, now: EpochMillis) -> bool {
    state.answer_due.is_some_and(|due| due < now)
}

fn had_skill(transcript: &Transcript, skills: &[SkillId]) -> bool {
    let earlier = transcript.skill_changes.iter().map(|change| change.from);
    earlier.chain([transcript.state.skill]).any(|skill| skills.contains(&skill))
}

fn mentions(transcript: &Transcript, keyword: &str) -> bool {
    transcript.messages.iter().any(|message| {
        searchable_text(&message.event).is_some_and(|text| text.to_lowercase().contains(keyword))
    })
}

/// Which conversations a list of `status` wants.
struct Status {
    open: Option<bool>,
    /// Of the open ones only the overdue.
    overdue: bool,
}

impl Status {
    fn of(list: Option<&OneOrMany<Loose>>) -> Result<Self, Error> {
        let (mut open, mut closed, mut overdue) = (false, false, false);
        for word in list.iter().flat_map(|list| &list.0) {
            match word.0.to_ascii_uppercase().as_str() {
                "OPEN" => open = true,
                "CLOSE" => closed = true,
                // An open one whose answer is late; public clients ask for it beside `OPEN`.
                "OVERDUE" => overdue = true,
                _ => return Err(Error::Invalid("status must name OPEN or CLOSE".to_owned())),
            }
        }
        let is_any_open = open || overdue;
        let only = (is_any_open != closed).then_some(is_any_open);
        Ok(Self { open: only, overdue: overdue && !open })
    }
}

/// The range of starts; a `to` of −1 is now, as in the documented example.
fn range(search: &TimeSearch, now: EpochMillis) -> Result<(EpochMillis, EpochMillis), Error> {
    let invalid = |text: &str| Error::Invalid(text.to_owned());
    let span = search.start.as_ref().ok_or_else(|| invalid("start is required"))?;
    let millis = |end: Option<&Loose>| {
        let end = end.ok_or_else(|| invalid("start.from and start.to are required"))?;
        end.millis().ok_or_else(|| invalid("start.from and start.to must be milliseconds"))
    };
    let (from, to) = (millis(span.from.as_ref())?, millis(span.to.as_ref())?);
    let to = if to == EpochMillis(-1) { now } else { to };
    if to < from {
        return Err(invalid("start.from must not be after start.to"));
    }
    if to.since(from) > LONGEST {
        return Err(invalid("start must not be longer than three months"));
    }
    Ok((from, to))
}

/// A keyword in lower case; quotation marks around a phrase are no part of it.
fn keyword(keyword: Option<&Loose>) -> Result<Option<String>, Error> {
    let Some(Loose(text)) = keyword else { return Ok(None) };
    if text.chars().count() > LONGEST_KEYWORD {
        return Err(Error::Invalid(format!("keyword must not have more than {LONGEST_KEYWORD} characters")));
    }
    let phrase = text.trim();
    let phrase = phrase.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')).unwrap_or(phrase);
    Ok(Some(phrase.to_lowercase()).filter(|phrase| !phrase.is_empty()))
}

/// The users that are named by number or by either form of their id. Text that names nobody matches nothing.
fn users(account: &AccountId, list: &[Loose]) -> Vec<AgentId> {
    let user = |Loose(text): &Loose| match (UserId::parse(text), UserRef::of(text)) {
        (Ok(number), _) => Some(User::agent_id_of(account, number)),
        (Err(_), UserRef::Pid(pid)) => Some(pid),
        (Err(_), UserRef::Aid(aid)) if aid.account == *account => Some(User::agent_id_of(account, aid.user)),
        _ => None,
    };
    list.iter().filter_map(user).collect()
}
