// What holds for every frame that an agent's socket is sent (spec 21 §2, §3; 22; 23 §5, §11).

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

const NOTIFICATIONS = {
  '.ams.aam.ExConversationChangeNotification': conversationChange,
  '.ams.routing.RoutingTaskNotification': routingTask,
  '.ams.routing.AgentStateNotification': agentState,
  '.ams.ms.OnlineEventDistribution': event,
};

/** What is wrong with a frame; `requests` are the types of the requests sent so far, by id. */
export function faults(frame, { requests, account, apiVersion }) {
  const found = [];
  const must = (holds, text) => {
    if (!holds) found.push(text);
  };
  must(isObject(frame), 'the frame is no object');
  if (!isObject(frame)) return found;
  if (frame.kind === 'resp') {
    response(frame, requests, must);
  } else if (frame.kind === 'notification') {
    const check = NOTIFICATIONS[frame.type];
    must(check, `the notification's type is ${frame.type}`);
    must(!('id' in frame || 'reqId' in frame), 'a notification has an id');
    must(isObject(frame.body), 'the body is no object');
    if (check && isObject(frame.body)) check(frame.body, must, { account, apiVersion });
  } else {
    must(false, `kind is ${frame.kind}`);
  }
  return found.map((fault) => `${fault}: ${JSON.stringify(frame)}`);
}

function response(frame, requests, must) {
  must(typeof frame.reqId === 'string', 'reqId is no string');
  must(requests.has(frame.reqId), 'reqId belongs to no request, or to one that was answered before');
  must(Number.isInteger(frame.code), 'code is no integer');
  must(typeof frame.type === 'string', 'type is no string');
  const types = [...requests.values()];
  must(!types.includes(frame.type), 'the type is that of a request');
  if (frame.type === '.ams.ms.QueryMessages$Response') {
    must(Array.isArray(frame.body), 'a query is answered by no list');
    for (const element of asList(frame.body)) flatEvent(element, must);
  }
  if (frame.type === '.ams.userprofile.GetUserProfile$Response') {
    must(isObject(frame.body), 'a profile is no object');
  }
  if (frame.code > 399) {
    must(frame.type === '.ReqBody$StringResp', 'an error is not a string response');
    must(typeof frame.body === 'string' && frame.body !== '', 'an error has no text');
  }
  requests.delete(frame.reqId);
}

function conversationChange(body, must, context) {
  must(typeof body.subscriptionId === 'string', 'subscriptionId is missing');
  must(Array.isArray(body.changes), 'changes is no list');
  for (const change of asList(body.changes)) {
    must(['UPSERT', 'DELETE'].includes(change.type), `a change's type is ${change.type}`);
    must(isObject(change.result), 'a change has no result');
    const details = change.result?.conversationDetails;
    must(isObject(details), 'a change has no conversationDetails');
    if (!isObject(details)) continue;
    must(UUID.test(change.result.convId), 'convId is no UUID');
    must(Number.isInteger(change.result.effectiveTTR), 'effectiveTTR is no integer');
    conversation(details, must, context);
  }
}

function conversation(details, must, { account, apiVersion }) {
  const { participants, participantsPId, dialogs } = details;
  must(isMapOfLists(participants), 'participants is no map of lists');
  must(isMapOfLists(participantsPId), 'participantsPId is no map of lists');
  must(Array.isArray(dialogs), 'dialogs is no list');
  if (!isMapOfLists(participants) || !isMapOfLists(participantsPId)) return;
  const roles = (map) => Object.keys(map).filter((role) => map[role].length > 0).sort().join();
  must(roles(participants) === roles(participantsPId), 'participants and participantsPId differ in their roles');
  must(participants.CONSUMER?.length === 1, 'there is not one CONSUMER');
  must((participants.ASSIGNED_AGENT ?? []).length <= 1, 'there are several assigned agents');
  for (const [role, ids] of Object.entries(participants)) {
    const pids = participantsPId[role] ?? [];
    must(ids.length === pids.length, `${role} has not as many ids as PIDs`);
    if (role === 'CONSUMER') {
      must(ids[0] === pids[0], 'a consumer has two ids');
    } else {
      must(ids.every((id) => id.startsWith(`${account}.`)), `${role} is not named by AIDs`);
      must(pids.every((id) => UUID.test(id)), `${role} has PIDs that are no UUIDs`);
    }
  }
  for (const dialog of asList(dialogs)) {
    const inDialog = dialog.participantsDetails;
    must(Array.isArray(inDialog), 'a dialog has no participantsDetails');
    for (const member of asList(inDialog)) {
      must(['ACTIVE', 'SUGGESTED'].includes(member.state), `a participant's state is ${member.state}`);
      // 1.1.6 ends its process otherwise, also for a suggestion.
      must(member.role in participantsPId, `${member.role} is no key of participantsPId`);
      must(member.state === 'ACTIVE' || apiVersion === '2.1', 'a suggestion is shown to a socket of version 2');
    }
    if (dialog.dialogType === 'MAIN') order(participants, asList(inDialog), must);
    must(dialog.channelType === 'MESSAGING', 'channelType is not MESSAGING');
    must(['OPEN', 'CLOSE'].includes(dialog.state), `a dialog's state is ${dialog.state}`);
    must(dialog.state === 'OPEN' || Number.isInteger(dialog.endTs), 'a closed dialog has no endTs');
  }
  for (const name of ['state', 'stage']) {
    must(['OPEN', 'CLOSE'].includes(details[name]), `${name} is ${details[name]}`);
  }
  for (const name of ['startTs', 'metaDataLastUpdateTs']) {
    must(Number.isInteger(details[name]), `${name} is no integer`);
  }
  must(typeof details.skillId === 'string', 'skillId is no string');
  must(details.brandId === account, 'brandId is not the account');
  must(details.stage === 'OPEN' || Number.isInteger(details.endTs), 'a closed conversation has no endTs');
  must(
    details.state === 'OPEN' || ['AGENT', 'CONSUMER', 'SYSTEM', 'TIMEOUT'].includes(details.closeReason),
    `closeReason is ${details.closeReason}`,
  );
}

/** The SDK takes PIDs by position within the role (spec 22 §1.1): who is active must come in the same order. */
function order(participants, inDialog, must) {
  for (const role of new Set(inDialog.map((member) => member.role))) {
    const members = inDialog.filter((member) => member.role === role);
    const active = members.filter((member) => member.state === 'ACTIVE').map((member) => member.id);
    must(active.join() === (participants[role] ?? []).join(), `${role} comes in two orders`);
    const isActiveFirst = members.slice(0, active.length).every((member) => member.state === 'ACTIVE');
    must(isActiveFirst, `a suggestion for ${role} comes before who is active`);
  }
}

function routingTask(body, must) {
  must(typeof body.subscriptionId === 'string', 'subscriptionId is missing');
  must(Array.isArray(body.changes), 'changes is no list');
  for (const change of asList(body.changes)) {
    const task = change.result;
    must(['UPSERT', 'DELETE'].includes(change.type), `a change's type is ${change.type}`);
    must(isObject(task), 'a task has no result');
    must(Array.isArray(task?.ringsDetails), 'a task has no ringsDetails');
    must(typeof task?.taskCompleted === 'boolean', 'taskCompleted is no boolean');
    for (const name of ['conversationId', 'consumerId', 'skillId']) {
      must(typeof task?.[name] === 'string', `${name} is no string`);
    }
    for (const ring of asList(task?.ringsDetails)) {
      must(typeof ring.ringId === 'string' && ring.ringId !== '', 'a ring has no id');
      const states = ['WAITING', 'ACCEPTED', 'REJECTED', 'EXPIRED', 'CANCELLED', 'AUTO_ACCEPT'];
      must(states.includes(ring.ringState), `a ring's state is ${ring.ringState}`);
      must(ring.ringExpiration > 0 && ring.ringExpiration < 3_600_000, 'ringExpiration is no duration');
      must(ring.ringExpirationTs > 1_600_000_000_000, 'ringExpirationTs is no point in time');
    }
  }
}

function agentState(body, must) {
  must(Array.isArray(body.changes), 'changes is no list');
  for (const change of asList(body.changes)) must(isObject(change.result), 'a change has no result');
}

function event(body, must) {
  flatEvent(body, must);
  const isTyping = body.event?.type === 'ChatStateEvent';
  must(isTyping || Number.isInteger(body.sequence), 'a stored event has no sequence');
  must(!isTyping || !('sequence' in body), 'a chat state has a sequence');
}

function flatEvent(body, must) {
  must(UUID.test(body.dialogId), 'dialogId is no UUID');
  must(isObject(body.event) && typeof body.event.type === 'string', 'there is no event');
  for (const name of ['originatorId', 'originatorPId']) {
    must(typeof body[name] === 'string' && body[name] !== '', `${name} is missing`);
  }
  must(body.originatorMetadata?.id === body.originatorPId, 'originatorMetadata.id is not the PID');
  must(typeof body.originatorMetadata?.role === 'string', 'originatorMetadata has no role');
}

function isObject(value) {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isMapOfLists(value) {
  return isObject(value) && Object.values(value).every(Array.isArray);
}

function asList(value) {
  return Array.isArray(value) ? value : [];
}
