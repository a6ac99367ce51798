// A chat with an account of Trunkline, in a page or in Node (22, or 20 with --experimental-websocket).
//   node web-chat.mjs http://127.0.0.1:8080 10020030 "Is the shop open?"

/** The token of a new consumer. Whoever has it is that consumer: keep it, and give it to `chat` the next time. */
export async function signUp(server, account) {
  const response = await fetch(`${server}/api/account/${account}/signup`, { method: "POST" });
  const body = await response.json().catch(() => ({}));
  if (!response.ok) {
    const retryAfter = Number(response.headers.get("retry-after"));
    throw Object.assign(new Error(body.message ?? `HTTP ${response.status}`), { code: response.status, retryAfter });
  }
  return body.jwt;
}

/** One signed-in socket. Its requests fail when it is gone; `closed` resolves to the close code. */
async function connect(server, account, jwt, onNotification) {
  const socket = new WebSocket(`${server.replace(/^http/, "ws")}/ws_api/account/${account}/messaging/consumer?v=3`);
  const waiting = new Map();
  let next = 0;
  const request = (type, body, headers) => new Promise((resolve, reject) => {
    if (socket.readyState !== WebSocket.OPEN) return reject(new Error("not connected"));
    const id = String(next++);
    waiting.set(id, { resolve, reject });
    socket.send(JSON.stringify({ kind: "req", id, type, body, headers }));
  });
  const gone = (code, reason) => Object.assign(new Error(`the socket was closed: ${code} ${reason}`), { code });
  const opened = new Promise((resolve) => { socket.onopen = resolve; });
  const closed = new Promise((resolve) => {
    const end = ({ code = 1006, reason = "" }) => {
      for (const { reject } of waiting.values()) reject(gone(code, reason));
      waiting.clear();
      resolve(code);
    };
    socket.onclose = end;
    socket.onerror = end; // all that Node 20 tells of a server that is not there
  });
  socket.onmessage = ({ data }) => {
    const frame = JSON.parse(data);
    if (frame.kind !== "resp") return onNotification(frame);
    const asked = waiting.get(frame.reqId);
    waiting.delete(frame.reqId);
    if (frame.code < 400) asked?.resolve(frame.body);
    else asked?.reject(Object.assign(new Error(frame.body), { code: frame.code }));
  };
  await Promise.race([opened, closed.then((code) => Promise.reject(gone(code, "before it was open")))]);
  const close = () => { socket.close(); return closed; };
  try {
    await request("InitConnection", undefined, [{ type: ".ams.headers.ConsumerAuthentication", jwt }]);
  } catch (error) {
    close();
    throw error;
  }
  return { request, closed, close };
}

/** After these only a new token, or somebody who looks at this page again, makes it worth while to connect. */
const FINAL = [401, 4401, 4407, 1008];

/**
 * Goes on with the consumer's open conversation, or begins one; stays connected until `close`.
 * `onMessage(text, mine, sequence, dialogId)` gets every message once; `onEnd(code)` is told when it is over for good.
 */
export async function chat(server, account, { jwt, onMessage, onEnd = () => {} }) {
  jwt ??= await signUp(server, account);
  const me = JSON.parse(atob(jwt.split(".")[1].replace(/-/g, "+").replace(/_/g, "/"))).sub;
  const missing = new Map(); // by dialog: the first sequence that was not shown
  let link, conversationId, over = false;

  /** One socket: subscribes to the open conversation and, as they appear, to each of its dialogs — a survey is one. */
  const join = async () => {
    const followed = new Set();
    let listed;
    const present = new Promise((resolve) => { listed = resolve; });
    link = await connect(server, account, jwt, ({ type, body: { changes } }) => {
      if (type === "cqm.ExConversationChangeNotification") {
        for (const { type: kind, result } of changes) {
          if (kind !== "UPSERT") continue;
          conversationId = result.convId;
          for (const { dialogId } of result.conversationDetails.dialogs) {
            if (followed.has(dialogId)) continue;
            followed.add(dialogId);
            const fromSeq = missing.get(dialogId) ?? 0;
            link.request("ms.SubscribeMessagingEvents", { dialogId, conversationId, fromSeq }).catch(() => {});
          }
        }
        return listed(changes);
      }
      for (const { event, originatorId, sequence, dialogId } of changes) {
        if (sequence === undefined || sequence < (missing.get(dialogId) ?? 0)) continue; // typing; shown already
        missing.set(dialogId, sequence + 1);
        if (event.type === "ContentEvent") onMessage(event.message, originatorId === me, sequence, dialogId);
      }
    });
    // Not convState: while a survey runs the state is CLOSE and the stage OPEN.
    await link.request("cqm.SubscribeExConversations", { stage: ["OPEN"] });
    if ((await present).length === 0) {
      ({ conversationId } = await link.request("cm.ConsumerRequestConversation"));
    }
  };

  const stayConnected = async () => {
    let failures = 0;
    let code = await link.closed;
    while (!over && !FINAL.includes(code)) {
      await new Promise((resolve) => setTimeout(resolve, Math.min(30_000, 1000 * 2 ** failures) * (0.5 + Math.random() / 2)));
      failures += 1;
      try {
        await join();
        failures = 0;
        code = await link.closed;
      } catch (error) {
        code = error.code;
      }
    }
    onEnd(code);
  };

  await join();
  stayConnected();
  const publish = (event, dialogId = conversationId) => link.request("ms.PublishEvent", { dialogId, event });
  return {
    say: (message, dialogId) => publish({ type: "ContentEvent", contentType: "text/plain", message }, dialogId),
    read: (sequence, dialogId) =>
      publish({ type: "AcceptStatusEvent", status: "READ", sequenceList: [sequence] }, dialogId),
    close: async () => {
      const conversationField = [{ field: "ConversationStateField", conversationState: "CLOSE" }];
      await link.request("cm.UpdateConversationField", { conversationId, conversationField });
      over = true;
      await link.close();
    },
  };
}

if (typeof process === "object" && import.meta.url.endsWith(process.argv[1]?.split("/").pop())) {
  const [server, account, question] = process.argv.slice(2);
  const onMessage = async (text, mine, sequence) => {
    console.log(`${sequence} ${mine ? "me" : "brand"}: ${text}`);
    if (mine) return;
    await talk.read(sequence);
    await talk.close();
  };
  const talk = await chat(server, account, { onMessage, onEnd: (code) => console.log(`closed: ${code}`) });
  await talk.say(question);
}
