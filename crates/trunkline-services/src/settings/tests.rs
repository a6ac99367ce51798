use super::*;
use crate::auth::tests::{World, account};
use crate::skills::Skills;
use trunkline_model::Skill;
use trunkline_wire::SkillId;

async fn skill(world: &World) -> Skill {
    let skills = Skills::new(world.storage.clone(), world.clock.clone());
    skills.create(&world.admin(), "billing".to_owned()).await.unwrap()
}

fn close_after(seconds: u32) -> BehaviourChange {
    BehaviourChange { close_after_seconds: Change::Set(seconds), ..BehaviourChange::default() }
}

#[tokio::test]
async fn a_change_counts_at_once_and_after_a_restart() {
    let world = World::new().await;
    let settings = Settings::new(world.storage.clone(), Behaviour::default());
    let mut changes = settings.changes();
    let brand = world.admin().account().clone();
    assert_eq!(settings.of(&brand).await.unwrap().behaviour, Behaviour::default());
    let wanted = Behaviour { close_after_seconds: 90, ..Behaviour::default() };
    settings.change_behaviour(&world.admin(), close_after(90)).await.unwrap();
    assert!(changes.has_changed().unwrap());
    changes.borrow_and_update();
    assert_eq!(settings.of(&brand).await.unwrap().behaviour, wanted);
    assert_eq!(settings.of(&account("other")).await.unwrap().behaviour, Behaviour::default());
    let again = Settings::new(world.storage.clone(), Behaviour::default());
    assert_eq!(again.of(&brand).await.unwrap().behaviour, wanted);
}

fn survey(text: &str) -> wire::Survey {
    serde_json::from_str(text).unwrap()
}

#[tokio::test]
async fn a_survey_is_checked_replaced_and_removed() {
    let world = World::new().await;
    let settings = Settings::new(world.storage.clone(), Behaviour::default());
    let brand = world.admin().account().clone();
    settings.clear_survey(&world.admin()).await.unwrap();
    assert_eq!(settings.of(&brand).await.unwrap().survey, None);
    let csat = survey(r#"{"question":[{"id":"q","text":"How was it?","kind":"csat"}]}"#);
    let set = settings.set_survey(&world.admin(), csat.clone()).await.unwrap();
    assert_eq!(settings.of(&brand).await.unwrap().survey.as_deref(), Some(&set));
    assert_eq!(settings.of(&account("other")).await.unwrap().survey, None);
    let again = Settings::new(world.storage.clone(), Behaviour::default());
    assert_eq!(again.of(&brand).await.unwrap().survey.as_deref(), Some(&set), "after a restart");
    let refused = settings.set_survey(&world.admin(), survey(r#"{"question":[]}"#)).await;
    assert!(matches!(refused, Err(Error::Invalid(text)) if text.contains("questions")));
    assert_eq!(settings.of(&brand).await.unwrap().survey.as_deref(), Some(&set), "kept");
    settings.clear_survey(&world.admin()).await.unwrap();
    assert_eq!(settings.of(&brand).await.unwrap().survey, None);
    let nowhere = world.operator.account_admin(account("unknown"));
    for refused in
        [settings.set_survey(&nowhere, csat).await.map(drop), settings.clear_survey(&nowhere).await]
    {
        assert!(matches!(refused, Err(Error::NotFound("account"))));
    }
}

#[tokio::test]
async fn messages_are_checked_replaced_and_removed() {
    let world = World::new().await;
    let settings = Settings::new(world.storage.clone(), Behaviour::default());
    let brand = world.admin().account().clone();
    settings.clear_auto_messages(&world.admin()).await.unwrap();
    assert_eq!(settings.of(&brand).await.unwrap().auto_messages, None);
    let messages = |text: &str| serde_json::from_str::<auto_messages::AutoMessages>(text).unwrap();
    let given = messages(r#"{"welcome":"Hello."}"#);
    let set = settings.set_auto_messages(&world.admin(), given.clone()).await.unwrap();
    assert_eq!(
        (set.definition(), settings.of(&account("other")).await.unwrap().auto_messages.is_none()),
        (&given, true)
    );
    let again = Settings::new(world.storage.clone(), Behaviour::default());
    assert_eq!(again.of(&brand).await.unwrap().auto_messages.as_deref(), Some(&set), "after a restart");
    let refused = settings.set_auto_messages(&world.admin(), messages("{}")).await;
    assert!(matches!(refused, Err(Error::Invalid(text)) if text.contains("one message")));
    assert_eq!(settings.of(&brand).await.unwrap().auto_messages.as_deref(), Some(&set), "kept");
    settings.clear_auto_messages(&world.admin()).await.unwrap();
    assert_eq!(settings.of(&brand).await.unwrap().auto_messages, None);
    let nowhere = world.operator.account_admin(account("unknown"));
    let refused = settings.set_auto_messages(&nowhere, given).await;
    assert!(matches!(refused, Err(Error::NotFound("account"))));
}

#[tokio::test]
async fn times_out_of_range_and_unknown_accounts_are_refused() {
    let world = World::new().await;
    let settings = Settings::new(world.storage.clone(), Behaviour::default());
    for seconds in [0, MAX_SECONDS + 1] {
        let target = BehaviourChange { normal_seconds: Change::Set(seconds), ..BehaviourChange::default() };
        for change in [close_after(seconds), target] {
            let refused = settings.change_behaviour(&world.admin(), change).await;
            assert!(matches!(refused, Err(Error::Invalid(_))));
        }
    }
    let nowhere = world.operator.account_admin(account("unknown"));
    let refused = settings.change_behaviour(&nowhere, close_after(9)).await;
    assert!(matches!(refused, Err(Error::NotFound("account"))));
}

#[tokio::test]
async fn a_change_leaves_the_rest_as_it_is() {
    let world = World::new().await;
    let configured =
        Behaviour { close_after_seconds: 60, offer: Offer::FirstMessage, ..Behaviour::default() };
    let settings = Settings::new(world.storage.clone(), configured);
    let brand = world.admin().account().clone();
    assert_eq!(settings.of(&brand).await.unwrap().behaviour, configured);
    let expected = Behaviour { close_after_seconds: 90, ..configured };
    assert_eq!(settings.change_behaviour(&world.admin(), close_after(90)).await.unwrap(), expected);
    let change = BehaviourChange {
        offer: Change::Set(Offer::Creation),
        urgent_seconds: Change::Set(30),
        ..BehaviourChange::default()
    };
    let expected = Behaviour { offer: Offer::Creation, urgent_seconds: 30, ..expected };
    assert_eq!(settings.change_behaviour(&world.admin(), change).await.unwrap(), expected);
    assert_eq!(settings.of(&brand).await.unwrap().behaviour, expected);
    let change = BehaviourChange { offer: Change::Set(Offer::FirstMessage), ..close_after(0) };
    let refused = settings.change_behaviour(&world.admin(), change).await;
    assert!(matches!(refused, Err(Error::Invalid(_))));
    assert_eq!(settings.of(&brand).await.unwrap().behaviour, expected, "all or nothing");
}

#[tokio::test]
async fn what_was_not_set_or_is_taken_back_follows_the_configuration() {
    let world = World::new().await;
    let settings = Settings::new(world.storage.clone(), Behaviour::default());
    let brand = world.admin().account().clone();
    settings.change_behaviour(&world.admin(), close_after(90)).await.unwrap();
    let offer = Change::Set(Offer::FirstMessage);
    let change = BehaviourChange { offer, ..BehaviourChange::default() };
    settings.change_behaviour(&world.admin(), change).await.unwrap();
    let other = Behaviour { close_after_seconds: 60, normal_seconds: 7, ..Behaviour::default() };
    let settings = Settings::new(world.storage.clone(), other);
    let expected = Behaviour { close_after_seconds: 90, offer: Offer::FirstMessage, ..other };
    assert_eq!(settings.of(&brand).await.unwrap().behaviour, expected);
    let back = BehaviourChange {
        close_after_seconds: Change::Reset,
        offer: Change::Reset,
        ..BehaviourChange::default()
    };
    assert_eq!(settings.change_behaviour(&world.admin(), back).await.unwrap(), other);
    assert_eq!(settings.of(&brand).await.unwrap().behaviour, other);
}

#[tokio::test]
async fn concurrent_changes_all_count() {
    let world = World::new().await;
    let settings = Arc::new(Settings::new(world.storage.clone(), Behaviour::default()));
    let skill = skill(&world).await;
    let account = skill.account.clone();
    let mut told = settings.changed_accounts();
    let mut setting = tokio::task::JoinSet::new();
    for number in 0..20 {
        let (settings, skill) = (Arc::clone(&settings), skill.id);
        let admin = world.operator.account_admin(account.clone());
        let campaign = Some(number.to_string());
        let rule = EngagementRule { campaign, engagement: None, skill };
        setting.spawn(async move { settings.set_engagement(&admin, rule).await });
    }
    assert!(setting.join_all().await.into_iter().all(|done| done.is_ok()));
    assert_eq!(settings.of(&account).await.unwrap().engagements.rules().len(), 20);
    assert_eq!(told.recv().await.unwrap(), account);
}

#[tokio::test]
async fn engagements_keep_to_the_rules() {
    let world = World::new().await;
    let settings = Settings::new(world.storage.clone(), Behaviour::default());
    let skill = skill(&world).await;
    let admin = world.operator.account_admin(skill.account.clone());
    let text = |text: &str| Some(text.to_owned());
    let rule = |campaign, engagement, skill| EngagementRule { campaign, engagement, skill };
    let unknown = SkillId::parse("987654").unwrap();
    for bad in [
        rule(None, None, skill.id),
        rule(text(""), None, skill.id),
        rule(None, text(&"5".repeat(65)), skill.id),
        rule(text("5\n"), None, skill.id),
        rule(text("5100"), None, unknown),
        rule(text("5100"), None, SkillId::UNASSIGNED),
    ] {
        let refused = settings.set_engagement(&admin, bad.clone()).await;
        assert!(matches!(refused, Err(Error::Invalid(_))), "{bad:?}");
    }
    settings.set_engagement(&admin, rule(text("5100"), text("5200"), skill.id)).await.unwrap();
    let refused = settings.remove_engagement(&admin, text("5100"), None).await;
    assert!(matches!(refused, Err(Error::NotFound("engagement"))));
    settings.remove_engagement(&admin, text("5100"), text("5200")).await.unwrap();
    assert_eq!(settings.of(&skill.account).await.unwrap().engagements.rules(), []);
}
