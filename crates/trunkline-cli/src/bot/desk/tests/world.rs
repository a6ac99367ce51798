//! A desk and the server it talks to, played by the test.

use serde_json::{Value, json};

use crate::bot::desk::*;
use crate::bot::script::Script;

pub(super) const ME: &str = "7.282467514";
pub(super) const CONVERSATION: &str = "220d3639-ae23-4c90-83e8-455e3bb2cf13";

/// A desk, and what it asked that is not answered yet.
pub(super) struct World {
    pub(super) desk: Desk,
    pub(super) asked: Vec<Value>,
    pub(super) timers: Vec<(u64, Duration)>,
    pub(super) online: bool,
}

impl World {
    pub(super) fn new(persona: Persona) -> Self {
        Self::with(persona, Some(ME), &[])
    }

    pub(super) fn with(persona: Persona, aid: Option<&str>, skills: &[&str]) -> Self {
        let account = AccountId::parse("7").unwrap();
        let skills = skills.iter().map(|skill| SkillId::parse(skill).unwrap()).collect();
        let desk = Desk::new(account, aid.map(str::to_owned), persona, skills);
        let mut world = Self { desk, asked: Vec::new(), timers: Vec::new(), online: false };
        world.open();
        world
    }

    pub(super) fn open(&mut self) {
        let effects = self.desk.opened();
        self.take(effects);
    }

    pub(super) fn take(&mut self, effects: Vec<Effect>) {
        for effect in effects {
            match effect {
                Effect::Send(text) => self.asked.push(serde_json::from_str(&text).unwrap()),
                Effect::Wait(timer, span) => self.timers.push((timer, span)),
                Effect::Online => self.online = true,
            }
        }
    }

    pub(super) fn send(&mut self, frame: &Value) {
        let effects = self.desk.received(&frame.to_string()).unwrap();
        self.take(effects);
    }

    /// The next request must be of this type; returns its body.
    #[track_caller]
    pub(super) fn request(&mut self, name: &str) -> (String, Value) {
        assert!(!self.asked.is_empty(), "{name} was not asked");
        let mut frame = self.asked.remove(0);
        assert_eq!(frame["kind"], "req");
        assert_eq!(frame["type"], name, "{frame}");
        (frame["id"].as_str().unwrap().to_owned(), frame["body"].take())
    }

    pub(super) fn answer(&mut self, id: &str, code: u16, body: &Value) {
        self.send(
            &json!({"kind": "resp", "reqId": id, "code": code, "body": body, "type": ".ReqBody$StringResp"}),
        );
    }

    /// The next request must be of this type; it is answered well.
    #[track_caller]
    pub(super) fn grant(&mut self, name: &str, body: &Value) -> Value {
        let (id, asked) = self.request(name);
        self.answer(&id, 200, body);
        asked
    }

    #[track_caller]
    pub(super) fn grant_setup(&mut self) {
        let state = self.grant(".ams.routing.SetAgentState", &json!("Agent state updated successfully"));
        assert_eq!(state, json!({"availability": "ONLINE", "channels": ["MESSAGING"], "agentUserId": ME}));
        let filter = self.grant(".ams.aam.SubscribeExConversations", &json!({"subscriptionId": "s"}));
        assert_eq!(filter, json!({"agentIds": [ME], "convState": ["OPEN"]}));
        assert!(!self.online);
        let filter = self.grant(".ams.routing.SubscribeRoutingTasks", &json!({"subscriptionId": "r"}));
        assert_eq!(filter, json!({"channelType": "MESSAGING", "agentId": ME, "brandId": "7"}));
        assert!(self.online);
    }

    /// The agent is listed as the one who answers.
    pub(super) fn upsert(&mut self) {
        self.conversation("UPSERT", "OPEN", &[ME]);
    }

    pub(super) fn conversation(&mut self, kind: &str, state: &str, assigned: &[&str]) {
        self.send(
            &json!({"kind": "notification", "type": ".ams.aam.ExConversationChangeNotification", "body": {
                "subscriptionId": "s", "changes": [{"type": kind, "result": {
                    "convId": CONVERSATION, "effectiveTTR": -1,
                    "conversationDetails": {
                        "participants": {"CONSUMER": ["c"], "ASSIGNED_AGENT": assigned, "MANAGER": []},
                        "participantsPId": {}, "dialogs": [], "state": state, "stage": state,
                    },
                }}],
            }}),
        );
    }

    /// Joined, with this history.
    #[track_caller]
    pub(super) fn joined(persona: Persona, history: &[Value]) -> Self {
        let mut world = Self::new(persona);
        world.grant_setup();
        world.upsert();
        let asked = world.grant(".ams.ms.QueryMessages", &json!(history));
        assert_eq!(asked, json!({"dialogId": CONVERSATION, "newerThanSequence": 0}));
        world
    }

    pub(super) fn happened(&mut self, event: &Value) {
        self.send(&json!({"kind": "notification", "type": ".ams.ms.OnlineEventDistribution", "body": event}));
    }

    /// The next act must be this event; it is answered well.
    #[track_caller]
    pub(super) fn publishes(&mut self, event: &Value) {
        let asked = self.grant(".ams.ms.PublishEvent", &json!({"sequence": 0}));
        assert_eq!(asked["dialogId"], CONVERSATION);
        assert_eq!(asked["event"], *event);
    }

    #[track_caller]
    pub(super) fn reads_and_says(&mut self, sequence: u64, text: &str) {
        self.publishes(&read(sequence));
        self.publishes(&typing("COMPOSING"));
        self.publishes(&say(text));
        self.publishes(&typing("ACTIVE"));
    }

    #[track_caller]
    pub(super) fn is_idle(&self) {
        assert_eq!(self.asked, Vec::<Value>::new());
    }
}

pub(super) fn read(sequence: u64) -> Value {
    json!({"type": "AcceptStatusEvent", "status": "READ", "sequenceList": [sequence]})
}

pub(super) fn typing(state: &str) -> Value {
    json!({"type": "ChatStateEvent", "chatState": state})
}

pub(super) fn say(text: &str) -> Value {
    json!({"type": "ContentEvent", "contentType": "text/plain", "message": text})
}

pub(super) fn event(sequence: u64, originator: &str, role: &str, event: &Value) -> Value {
    json!({
        "sequence": sequence, "originatorId": originator, "originatorPId": "p",
        "originatorMetadata": {"id": "p", "role": role}, "serverTimestamp": 1, "event": event,
        "conversationId": CONVERSATION, "dialogId": CONVERSATION, "messageAudience": "ALL",
    })
}

pub(super) fn heard(sequence: u64, text: &str) -> Value {
    event(sequence, "c", "CONSUMER", &say(text))
}

pub(super) fn mine(sequence: u64, what: &Value) -> Value {
    event(sequence, ME, "ASSIGNED_AGENT", what)
}

pub(super) fn script(text: &str) -> Persona {
    Persona::Script(Script::parse(text).unwrap())
}

pub(super) fn ring(state: &str, skill: &str) -> Value {
    json!({"kind": "notification", "type": ".ams.routing.RoutingTaskNotification", "body": {
        "subscriptionId": "r", "changes": [{"type": "UPSERT", "result": {
            "taskCompleted": false, "conversationId": CONVERSATION, "consumerId": "c", "skillId": skill,
            "ringsDetails": [{"ringId": "ring-1", "ringState": state, "ringExpiration": 72000, "weight": 1}],
        }}],
    }})
}
