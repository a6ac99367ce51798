//! The desk against frames as the server would send them (spec 21, 22, 23).

mod world;

use serde_json::json;

use super::*;
use world::{CONVERSATION, ME, World, event, heard, mine, read, ring, say, script, typing};

#[test]
fn a_ring_is_accepted_once_and_the_message_answered() {
    let mut world = World::new(Persona::Echo);
    world.grant_setup();
    world.send(&ring("WAITING", "-1"));
    world.send(&ring("WAITING", "-1"));
    let asked = world.grant(".ams.routing.UpdateRingState", &json!("Ring state updated successfully"));
    assert_eq!(asked, json!({"ringId": "ring-1", "ringState": "ACCEPTED"}));
    world.send(&ring("ACCEPTED", "-1"));
    world.is_idle();
    world.upsert();
    world.grant(".ams.ms.QueryMessages", &json!([heard(0, "hello")]));
    world.reads_and_says(0, "echo: hello");
    world.is_idle();
    world.happened(&heard(3, "more"));
    world.reads_and_says(3, "echo: more");
    world.is_idle();
}

#[test]
fn rings_of_other_skills_are_rejected() {
    for (skills, skill, state) in
        [(&["7"][..], "8", "REJECTED"), (&["7"], "-1", "REJECTED"), (&["7", "8"], "8", "ACCEPTED")]
    {
        let mut world = World::with(Persona::Echo, Some(ME), skills);
        world.grant_setup();
        world.send(&ring("WAITING", skill));
        assert_eq!(world.grant(".ams.routing.UpdateRingState", &json!("ok"))["ringState"], state, "{skill}");
    }
}

#[test]
fn a_ring_that_is_over_does_no_harm() {
    let mut world = World::new(Persona::Echo);
    world.grant_setup();
    for code in [404, 409, 500] {
        world.send(&ring("WAITING", "-1"));
        let (id, _) = world.request(".ams.routing.UpdateRingState");
        world.answer(&id, code, &json!("over"));
    }
    let removed = json!({"kind": "notification", "type": ".ams.routing.RoutingTaskNotification", "body": {
        "changes": [{"type": "DELETE", "result": {"conversationId": "x", "ringsDetails": []}}],
    }});
    world.send(&removed);
    world.is_idle();
}

#[test]
fn a_bearer_from_elsewhere_shows_who_it_belongs_to() {
    let mut world = World::with(Persona::Echo, None, &[]);
    assert_eq!(world.grant(".ams.userprofile.GetUserProfile", &json!({"userId": ME})), json!({}));
    world.grant_setup();
}

#[test]
fn what_was_said_before_joining_is_answered_unless_somebody_did() {
    let history = [
        heard(0, "asked long ago"),
        event(1, "7.1", "ASSIGNED_AGENT", &say("answered by a colleague")),
        event(2, "system", "CONTROLLER", &say("you are in the queue")),
        heard(3, "still there?"),
        event(
            4,
            "c",
            "CONSUMER",
            &json!({"type": "ContentEvent", "contentType": "hosted/file", "message": {}}),
        ),
    ];
    let mut world = World::joined(Persona::Echo, &history);
    world.reads_and_says(3, "echo: still there?");
    world.publishes(&read(4));
    world.is_idle();
}

#[test]
fn a_bot_that_starts_again_repeats_no_answer() {
    let history = [
        heard(0, "one"),
        heard(1, "two"),
        heard(2, "three"),
        mine(3, &read(0)),
        mine(4, &say("echo: one")),
        mine(5, &read(1)),
    ];
    let mut world = World::joined(Persona::Echo, &history);
    // It was killed between reading the second and answering it.
    world.reads_and_says(1, "echo: two");
    world.reads_and_says(2, "echo: three");
    world.is_idle();
}

#[test]
fn what_comes_before_the_history_is_answered_once_and_in_order() {
    let mut world = World::new(Persona::Echo);
    world.grant_setup();
    world.upsert();
    world.happened(&heard(1, "two"));
    world.happened(&heard(2, "three"));
    world.upsert();
    world.grant(".ams.ms.QueryMessages", &json!([heard(0, "one"), heard(1, "two")]));
    for (sequence, text) in [(0, "echo: one"), (1, "echo: two"), (2, "echo: three")] {
        world.reads_and_says(sequence, text);
    }
    world.happened(&heard(2, "three"));
    world.is_idle();
}

#[test]
fn members_that_are_not_what_the_contract_says_keep_nobody_from_answering() {
    // Members that a server does not know are relayed (spec 21 §7.3), so anybody can send these.
    let strange = [
        json!({"type": "RichContentEvent", "content": {}, "contentType": 5}),
        json!({"type": "ContentEvent", "contentType": "text/plain", "message": "one", "status": 1}),
        json!({"type": "ContentEvent", "contentType": "text/plain", "message": "two", "sequenceList": {"a": []}}),
        json!({"type": "AcceptStatusEvent", "status": ["READ"], "sequenceList": [0, "1", -2, 1e300]}),
        json!({"type": 7}),
        json!("text"),
    ];
    let history: Vec<_> =
        (0..).zip(&strange).map(|(sequence, what)| event(sequence, "c", "CONSUMER", what)).collect();
    let expect = |world: &mut World| {
        world.publishes(&read(0));
        world.reads_and_says(1, "echo: one");
        world.reads_and_says(2, "echo: two");
        world.is_idle();
    };
    expect(&mut World::joined(Persona::Echo, &history));
    let mut world = World::joined(Persona::Echo, &[]);
    for event in &history {
        world.happened(event);
    }
    expect(&mut world);
}

#[test]
fn an_event_that_cannot_be_read_is_passed_over() {
    let mut world = World::joined(Persona::Echo, &[heard(0, "one"), json!({"sequence": 1}), json!(null)]);
    world.happened(&json!({}));
    world.happened(&json!({"sequence": "2", "event": {}}));
    world.happened(&heard(3, "two"));
    world.reads_and_says(0, "echo: one");
    world.reads_and_says(3, "echo: two");
    world.is_idle();
}

#[test]
fn a_long_history_is_asked_for_until_everything_is_there() {
    let mut world = World::new(Persona::Echo);
    world.grant_setup();
    world.upsert();
    let asked = |world: &mut World, events: &[_]| world.grant(".ams.ms.QueryMessages", &json!(events));
    asked(&mut world, &[heard(4, "three"), mine(5, &typing("COMPOSING"))]);
    world.happened(&heard(6, "four"));
    let part = asked(&mut world, &[heard(2, "one"), heard(3, "two")]);
    assert_eq!(part, json!({"dialogId": CONVERSATION, "newerThanSequence": 0, "olderThanSequence": 4}));
    let part = asked(&mut world, &[heard(0, "long ago"), event(1, "7.1", "MANAGER", &say("a colleague"))]);
    assert_eq!(part["olderThanSequence"], 2);
    for (sequence, text) in [(2, "one"), (3, "two"), (4, "three"), (6, "four")] {
        world.reads_and_says(sequence, &format!("echo: {text}"));
    }
    world.is_idle();
}

#[test]
fn a_history_that_goes_no_further_back_is_all_there_is() {
    for rest in [&[][..], &[heard(3, "again"), heard(4, "and again")]] {
        let mut world = World::new(Persona::Echo);
        world.grant_setup();
        world.upsert();
        world.grant(".ams.ms.QueryMessages", &json!([heard(3, "hello")]));
        world.grant(".ams.ms.QueryMessages", &json!(rest));
        world.publishes(&read(3));
    }
}

#[test]
fn own_events_and_other_dialogs_are_not_answered() {
    let mut world = World::joined(Persona::Echo, &[]);
    world.happened(&mine(0, &say("echo: x")));
    world.happened(&event(1, "7.9", "MANAGER", &say("whisper")));
    let mut survey = heard(2, "5");
    survey["dialogId"] = json!("survey");
    world.happened(&survey);
    let mut typing = event(3, "c", "CONSUMER", &typing("COMPOSING"));
    typing.as_object_mut().unwrap().remove("sequence");
    world.happened(&typing);
    world.is_idle();
}

#[test]
fn the_greeting_is_said_once_per_conversation() {
    let persona = || script("greeting = 'Hi'\n[[default]]\nsay = 'What?'");
    let mut world = World::joined(persona(), &[heard(0, "hello")]);
    world.publishes(&say("Hi"));
    world.reads_and_says(0, "What?");
    world.is_idle();
    let world = World::joined(persona(), &[mine(0, &say("Hi"))]);
    world.is_idle();
}

#[test]
fn a_script_waits_shows_transfers_and_closes() {
    let persona = script(
        "[[on]]\ntext = 'menu'\ndo = [{ wait = '500ms' }, { rich = { type = 'vertical' } }, { transfer = 42 }]
         [[on]]\ntext = 'bye'\ndo = [{ close = true }]",
    );
    let mut world = World::joined(persona, &[]);
    world.happened(&heard(0, "menu"));
    world.publishes(&read(0));
    world.publishes(&typing("COMPOSING"));
    world.is_idle();
    let (timer, span) = world.timers.pop().unwrap();
    assert_eq!(span, Duration::from_millis(500));
    let effects = world.desk.woke(timer);
    world.take(effects);
    world.publishes(&json!({"type": "RichContentEvent", "content": {"type": "vertical"}}));
    world.publishes(&typing("ACTIVE"));
    let asked = world.grant(".ams.cm.UpdateConversationField", &json!("OK Agent removed successfully"));
    assert_eq!(
        asked,
        json!({"conversationId": CONVERSATION, "conversationField": [
            {"field": "ParticipantsChange", "type": "REMOVE", "role": "ASSIGNED_AGENT", "userId": ME},
            {"field": "Skill", "type": "UPDATE", "skill": "42"},
        ]})
    );
    world.happened(&heard(1, "bye"));
    world.publishes(&read(1));
    let asked =
        world.grant(".ams.cm.UpdateConversationField", &json!("OK Conversation resolved successfully"));
    assert_eq!(
        asked["conversationField"],
        json!([{"field": "ConversationStateField", "conversationState": "CLOSE"}])
    );
    world.conversation("DELETE", "CLOSE", &[]);
    world.happened(&heard(2, "anybody?"));
    assert_eq!(world.desk.woke(timer), []);
    world.is_idle();
}

#[test]
fn a_conversation_that_went_elsewhere_is_let_go() {
    for (kind, state, assigned) in [
        ("UPSERT", "OPEN", &["7.9"][..]),
        ("UPSERT", "CLOSE", &[ME]),
        ("DELETE", "CLOSE", &[]),
        ("UPSERT", "OPEN", &[]),
    ] {
        let mut world = World::joined(Persona::Echo, &[heard(0, "hello")]);
        let (id, _) = world.request(".ams.ms.PublishEvent");
        world.conversation(kind, state, assigned);
        world.answer(&id, 200, &json!({"sequence": 1}));
        world.is_idle();
        assert!(world.desk.lanes.is_empty());
    }
}

#[test]
fn a_busy_server_is_asked_again_and_a_refusal_ends_one_answer() {
    let mut world = World::joined(Persona::Echo, &[heard(0, "hello"), heard(1, "again")]);
    for _ in 0..5 {
        let (id, asked) = world.request(".ams.ms.PublishEvent");
        assert_eq!(asked["event"], read(0));
        world.answer(&id, 429, &json!("slow down"));
        world.is_idle();
        let (timer, _) = world.timers.pop().unwrap();
        let effects = world.desk.woke(timer);
        world.take(effects);
    }
    let (id, asked) = world.request(".ams.ms.PublishEvent");
    assert_eq!(asked["event"], read(0));
    world.answer(&id, 429, &json!("slow down"));
    world.reads_and_says(1, "echo: again");
    world.is_idle();
}

#[test]
fn after_a_lost_connection_work_goes_on_where_it_was() {
    for arrived in [true, false] {
        let mut world = World::joined(Persona::Echo, &[heard(0, "hello")]);
        world.publishes(&read(0));
        world.publishes(&typing("COMPOSING"));
        let (id, asked) = world.request(".ams.ms.PublishEvent");
        assert_eq!(asked["event"], say("echo: hello"));
        world.desk.lost();
        world.open();
        // Answers of the connection before mean nothing.
        world.answer(&id, 200, &json!({"sequence": 2}));
        world.online = false;
        world.grant_setup();
        world.is_idle();
        world.upsert();
        let mut history = vec![heard(0, "hello"), mine(1, &read(0))];
        if arrived {
            history.push(mine(2, &say("echo: hello")));
        }
        history.push(heard(3, "meanwhile"));
        assert_eq!(world.grant(".ams.ms.QueryMessages", &json!(history))["newerThanSequence"], 0);
        if !arrived {
            world.publishes(&say("echo: hello"));
        }
        world.publishes(&typing("ACTIVE"));
        world.reads_and_says(3, "echo: meanwhile");
        world.is_idle();
    }
}

#[test]
fn conversations_that_did_not_come_back_are_forgotten() {
    let mut world = World::joined(Persona::Echo, &[]);
    world.desk.lost();
    assert_eq!(world.desk.lanes.len(), 1);
    world.desk.lost();
    assert_eq!(world.desk.lanes.len(), 0);
}

#[test]
fn a_connection_of_no_use_is_noticed() {
    let mut world = World::new(Persona::Echo);
    let (id, _) = world.request(".ams.routing.SetAgentState");
    let refused =
        json!({"kind": "resp", "reqId": id, "code": 403, "body": "no agent", "type": ".ReqBody$StringResp"});
    let broken = world.desk.received(&refused.to_string()).unwrap_err();
    assert_eq!(broken.to_string(), "the state ONLINE was refused with 403: no agent");

    let mut world = World::joined(Persona::Echo, &[heard(0, "hello")]);
    let (id, _) = world.request(".ams.ms.PublishEvent");
    let refused =
        json!({"kind": "resp", "reqId": id, "code": 401, "body": "", "type": ".ReqBody$StringResp"});
    assert!(matches!(world.desk.received(&refused.to_string()), Err(Broken::Unauthorized)));

    for text in ["", "[]", "{}"] {
        assert!(matches!(World::new(Persona::Echo).desk.received(text), Err(Broken::Frame(_))), "{text}");
    }
    // Frames that a bot does not know are none of its business.
    World::new(Persona::Echo)
        .send(&json!({"kind": "notification", "type": ".ams.routing.RingUpdated", "body": 1}));

    let mut world = World::new(Persona::Echo);
    assert!(world.desk.tick().is_ok() && world.desk.tick().is_ok());
    assert!(matches!(
        world.desk.tick(),
        Err(Broken::Unanswered(
            "the state ONLINE" | "the subscription to conversations" | "the subscription to rings"
        ))
    ));
}
