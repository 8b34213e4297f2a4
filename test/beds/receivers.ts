import { createServer, type IncomingHttpHeaders } from "node:http";
import { once } from "node:events";
import { SMTPServer } from "smtp-server";

/** Who takes messages of alerts, for real: on a port of loopback that stays the same when they go and come back. */

export type Posted = { readonly headers: IncomingHttpHeaders; readonly body: string; readonly at: number };
export type WebhookReceiver = {
  readonly url: string;
  readonly posted: Posted[];
  /** What is answered from now on, asked for each request; it is noted whatever is answered. */
  answer: (posted: Posted) => number | Promise<number>;
  up(): Promise<void>;
  down(): Promise<void>;
};

export function webhookReceiver(port: number): WebhookReceiver {
  const posted: Posted[] = [];
  let close: (() => Promise<void>) | null = null;
  const receiver: WebhookReceiver = {
    url: `http://127.0.0.1:${port}/alerts`,
    posted,
    answer: () => 204,
    up: async () => {
      const server = createServer((request, response) => {
        let body = "";
        request.setEncoding("utf8");
        request.on("data", (part: string) => (body += part));
        request.on("end", () => {
          const one = { headers: request.headers, body, at: Date.now() };
          posted.push(one);
          void Promise.resolve(receiver.answer(one)).then((status) => response.writeHead(status).end());
        });
      });
      server.listen(port, "127.0.0.1");
      await once(server, "listening");
      close = async () => {
        server.closeAllConnections();
        server.close();
        await once(server, "close");
      };
    },
    down: async () => {
      await close?.();
      close = null;
    },
  };
  return receiver;
}

export type Mail = { readonly to: readonly string[]; readonly id: string; readonly subject: string; readonly text: string };
export type MailReceiver = {
  readonly url: string;
  readonly mails: Mail[];
  /** An SMTP answer to refuse a message with, instead of taking it; null takes it. */
  refuse: (to: string) => { readonly code: number; readonly words: string } | null;
  up(): Promise<void>;
  down(): Promise<void>;
};

export function mailReceiver(port: number): MailReceiver {
  const mails: Mail[] = [];
  let server: SMTPServer | null = null;
  const receiver: MailReceiver = {
    url: `smtp://127.0.0.1:${port}`,
    mails,
    refuse: () => null,
    up: async () => {
      const opened = new SMTPServer({
        authOptional: true,
        disabledCommands: ["STARTTLS", "AUTH"],
        onRcptTo: ({ address }, _session, done) => {
          const refusal = receiver.refuse(address);
          done(refusal === null ? null : Object.assign(new Error(refusal.words), { responseCode: refusal.code }));
        },
        onData: (stream, session, done) => {
          let text = "";
          stream.on("data", (part: Buffer) => (text += part.toString("utf8")));
          stream.on("end", () => {
            mails.push({ to: session.envelope.rcptTo.map(({ address }) => address), id: header(text, "Message-ID"), subject: header(text, "Subject"), text });
            done();
          });
        },
      });
      server = opened;
      await new Promise<void>((resolve) => opened.listen(port, "127.0.0.1", resolve));
    },
    down: async () => {
      const closing = server;
      server = null;
      if (closing !== null) await new Promise<void>((resolve) => closing.close(() => resolve()));
    },
  };
  return receiver;
}

/** A header, with its folded lines in one. */
function header(text: string, name: string): string {
  const unfolded = text.slice(0, text.indexOf("\r\n\r\n")).replaceAll(/\r\n[ \t]+/g, " ");
  return (
    unfolded
      .split("\r\n")
      .find((line) => line.toLowerCase().startsWith(`${name.toLowerCase()}: `))
      ?.slice(name.length + 2) ?? ""
  );
}
