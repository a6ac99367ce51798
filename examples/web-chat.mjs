// A chat with an account of Trunkline, in a page or in Node (22, or 20 with --experimental-websocket).
//   node web-chat.mjs http://127.0.0.1:8080 10020030 "Is the shop open?"

export async function chat(server, account, onMessage) {
  const url = `${server}/api/account/${account}/signup`;
  const { jwt } = await (await fetch(url, { method: "POST" })).json();
  const me = JSON.parse(atob(jwt.split(".")[1].replace(/-/g, "+").replace(/_/g, "/"))).sub;

  const socket = new WebSocket(`${server.replace(/^http/, "ws")}/ws_api/account/${account}/messaging/consumer?v=3`);
  const waiting = new Map();
  let next = 0;
  const request = (type, body, headers) => new Promise((resolve, reject) => {
    const id = String(next++);
    waiting.set(id, { resolve, reject });
    socket.send(JSON.stringify({ kind: "req", id, type, body, headers }));
  });
  socket.onmessage = ({ data }) => {
    const frame = JSON.parse(data);
    if (frame.kind === "resp") {
      const { resolve, reject } = waiting.get(frame.reqId);
      waiting.delete(frame.reqId);
      return frame.code < 400 ? resolve(frame.body) : reject(new Error(frame.body));
    }
    for (const { event, originatorId, sequence, dialogId } of frame.body.changes) {
      if (event?.type === "ContentEvent") onMessage(event.message, originatorId === me, sequence, dialogId);
    }
  };
  await new Promise((resolve, reject) => { socket.onopen = resolve; socket.onerror = reject; });
  await request("InitConnection", undefined, [{ type: ".ams.headers.ConsumerAuthentication", jwt }]);

  const { conversationId } = await request("cm.ConsumerRequestConversation");
  const publish = (event) => request("ms.PublishEvent", { dialogId: conversationId, event });
  return {
    say: (message) => publish({ type: "ContentEvent", contentType: "text/plain", message }),
    read: (sequence) => publish({ type: "AcceptStatusEvent", status: "READ", sequenceList: [sequence] }),
    close: async () => {
      const conversationField = [{ field: "ConversationStateField", conversationState: "CLOSE" }];
      await request("cm.UpdateConversationField", { conversationId, conversationField });
      socket.close();
    },
  };
}

if (typeof process === "object" && import.meta.url.endsWith(process.argv[1]?.split("/").pop())) {
  const [server, account, question] = process.argv.slice(2);
  const talk = await chat(server, account, async (text, mine, sequence) => {
    console.log(`${sequence} ${mine ? "me" : "brand"}: ${text}`);
    if (!mine) await talk.read(sequence).then(talk.close);
  });
  await talk.say(question);
}
