// The rules for frames notice what the SDK trips over (spec 23 §5, §11).

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { faults } from './frames.js';

const CONVERSATION = '220d3639-ae23-4c90-83e8-455e3bb2cf13';
const CONSUMER = 'd51ce914-97ad-4544-a686-8335b61dcdf3';
const PID = '393c6873-756d-54af-86e1-8795d57eba14';
const AID = '1234567.282467514';

const conversation = () => ({ kind: 'notification', type: '.ams.aam.ExConversationChangeNotification', body: {
  subscriptionId: 's', changes: [{ type: 'UPSERT', result: {
    convId: CONVERSATION, effectiveTTR: -1, conversationDetails: {
      participants: { CONSUMER: [CONSUMER], ASSIGNED_AGENT: [AID] },
      participantsPId: { CONSUMER: [CONSUMER], ASSIGNED_AGENT: [PID] },
      dialogs: [{ dialogId: CONVERSATION, dialogType: 'MAIN', channelType: 'MESSAGING', state: 'OPEN',
        participantsDetails: [
          { id: CONSUMER, role: 'CONSUMER', state: 'ACTIVE' }, { id: AID, role: 'ASSIGNED_AGENT', state: 'ACTIVE' },
          { id: '1234567.999', role: 'ASSIGNED_AGENT', state: 'SUGGESTED' },
        ] }],
      state: 'OPEN', stage: 'OPEN', startTs: 1, metaDataLastUpdateTs: 1, skillId: '-1', brandId: '1234567',
    },
  } }],
} });
const ring = () => ({ kind: 'notification', type: '.ams.routing.RoutingTaskNotification', body: {
  subscriptionId: 's', changes: [{ type: 'UPSERT', result: {
    taskCompleted: false, conversationId: CONVERSATION, consumerId: CONSUMER, skillId: '-1',
    ringsDetails: [{
      ringId: 'r', ringState: 'WAITING', ringExpiration: 72_000, ringExpirationTs: 1_700_000_899_442,
    }],
  } }],
} });
const event = () => ({ kind: 'notification', type: '.ams.ms.OnlineEventDistribution', body: {
  sequence: 0, originatorId: AID, originatorPId: PID, originatorMetadata: { id: PID, role: 'ASSIGNED_AGENT' },
  event: { type: 'ContentEvent' }, dialogId: CONVERSATION,
} });
const response = (more) => ({ kind: 'resp', reqId: 'r', code: 200, body: {}, type: '.GetClock$Response', ...more });

function of(frame, request = '.GetClock', apiVersion = '2.1') {
  return faults(frame, { requests: new Map([['r', request]]), account: '1234567', apiVersion });
}

test('what is right is let through', () => {
  const stored = event().body;
  const messages = response({ type: '.ams.ms.QueryMessages$Response', body: [stored] });
  for (const frame of [conversation(), ring(), event(), response(), messages]) assert.deepEqual(of(frame), []);
});

test('a conversation of the wrong shape is noticed', () => {
  const details = (frame) => frame.body.changes[0].result.conversationDetails;
  for (const spoil of [
    (frame) => delete details(frame).dialogs,
    (frame) => delete details(frame).participants,
    (frame) => delete details(frame).participantsPId,
    (frame) => delete details(frame).participants.CONSUMER,
    (frame) => delete details(frame).dialogs[0].participantsDetails,
    (frame) => delete frame.body.changes[0].result.conversationDetails,
    (frame) => delete frame.body.changes[0].result,
    (frame) => { details(frame).participants = [{ id: CONSUMER, role: 'CONSUMER' }]; },
    (frame) => { details(frame).participantsPId.ASSIGNED_AGENT = [AID]; },
    (frame) => { details(frame).participantsPId.ASSIGNED_AGENT = []; },
    (frame) => { details(frame).dialogs[0].participantsDetails.reverse(); },
    (frame) => details(frame).dialogs[0].participantsDetails.push({ id: AID, role: 'READER', state: 'SUGGESTED' }),
    (frame) => { frame.type = 'cqm.ExConversationChangeNotification'; },
  ]) {
    const frame = conversation();
    spoil(frame);
    assert.notDeepEqual(of(frame), [], String(spoil));
  }
  assert.notDeepEqual(of(conversation(), '.GetClock', '2'), [], 'a suggestion on version 2');
});

test('rings and events of the wrong shape are noticed', () => {
  for (const [make, spoil] of [
    [ring, (frame) => delete frame.body.changes[0].result],
    [ring, (frame) => delete frame.body.changes[0].result.ringsDetails],
    [ring, (frame) => delete frame.body.changes[0].result.consumerId],
    [event, (frame) => delete frame.body.originatorPId],
    [event, (frame) => delete frame.body.sequence],
    [event, (frame) => { frame.body.event.type = 'ChatStateEvent'; }],
    [event, (frame) => { frame.type = 'ms.MessagingEventNotification'; }],
    [event, (frame) => { frame.type = '.ams.routing.RingUpdated'; }],
  ]) {
    const frame = make();
    spoil(frame);
    assert.notDeepEqual(of(frame), [], String(spoil));
  }
});

test('answers of the wrong shape are noticed', () => {
  for (const [more, request] of [
    [{ type: '.ams.routing.SetAgentState', body: 'done' }, '.ams.routing.SetAgentState'],
    [{ type: '.ams.ms.QueryMessages$Response', body: 'no' }, '.ams.ms.QueryMessages'],
    [{ type: '.ams.ms.QueryMessages$Response', body: undefined }, '.ams.ms.QueryMessages'],
    [{ type: '.ams.userprofile.GetUserProfile$Response', body: null }, '.ams.userprofile.GetUserProfile'],
    [{ code: '403' }, '.GetClock'],
    [{ code: undefined }, '.GetClock'],
    [{ code: 404, body: 'unknown', type: '.GetClock$Response' }, '.GetClock'],
    [{ reqId: 7 }, '.GetClock'],
    [{ reqId: 'another' }, '.GetClock'],
  ]) {
    assert.notDeepEqual(of(response(more), request), [], JSON.stringify(more));
  }
});
