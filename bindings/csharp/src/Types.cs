using System;
using System.Collections.Generic;
using System.Linq;

namespace Wotnot
{
    /// <summary>What was read from a document of the library's, with fields that this version does not know.</summary>
    public abstract class Document
    {
        internal Document(JsonObject raw) { Raw = raw ?? new JsonObject(); }

        /// <summary>The document.</summary>
        public JsonObject Raw { get; }

        /// <summary>The kind alone; never what was said.</summary>
        public override string ToString() => GetType().Name;
    }

    /// <summary>What the visitor says: the vendor's own object. An option of a choice has its own, ready to be sent.</summary>
    public sealed class Message
    {
        private readonly JsonObject document;

        /// <summary>A message of this type, with what goes with it.</summary>
        /// <param name="type">Such as <c>text</c>.</param>
        /// <param name="data">What goes with the type.</param>
        /// <param name="isUnchecked">Sends a type that the library does not know as it is.</param>
        public Message(string type, JsonObject data, bool isUnchecked = false)
        {
            document = new JsonObject { { "type", type }, { "data", data } };
            if (isUnchecked) document["unchecked"] = true;
        }

        internal Message(JsonObject document) { this.document = document; }

        /// <summary>Typed text.</summary>
        public static Message FromText(string text) => new Message("text", new JsonObject { { "body", text } });

        /// <summary>The value of a slider.</summary>
        public static Message FromSlider(double value) => new Message("slider.response", new JsonObject { { "value", value } });

        /// <summary>
        /// Files that you host: each with a <c>link</c>, and as it may be <c>filename</c>, <c>mime_type</c>,
        /// <c>extension</c> and <c>path</c>.
        /// </summary>
        public static Message FromFiles(params JsonObject[] files) =>
            new Message("file_upload.response", new JsonObject { { "files", files } });

        /// <summary>Typed text.</summary>
        public static implicit operator Message(string text) => FromText(text);

        /// <summary>Such as <c>text</c> or <c>slider.response</c>.</summary>
        public string Type => document.Text("type");

        /// <summary>What goes with the type.</summary>
        public JsonObject Data => document.Object("data");

        internal JsonObject ToDocument() => document;

        /// <summary>The type, and never what was said.</summary>
        public override string ToString() => $"Message(Type={Type})";
    }

    /// <summary>
    /// What the bot waits for, so that a window never guesses. <see cref="Client.Answer"/> makes the message that answers it.
    /// The fields of a kind that have no property here stand in <see cref="Document.Raw"/>, as docs/events.md has them.
    /// </summary>
    public sealed class Prompt : Document
    {
        internal Prompt(JsonObject raw) : base(raw) { }

        internal static Prompt Of(JsonObject raw) => raw == null ? null : new Prompt(raw);

        /// <summary>
        /// <c>text</c>, <c>choice</c>, <c>slider</c>, <c>file</c>, <c>form</c>, <c>date</c>, <c>javascript</c>, or
        /// <c>unknown</c> for what this version does not know.
        /// </summary>
        public string Kind => Raw.Text("kind");

        /// <summary>Of a text: <c>any</c>, <c>name</c>, <c>email</c> or <c>phone</c>.</summary>
        public string Format => Raw.Text("format");

        /// <summary>Of a choice, in order.</summary>
        public IReadOnlyList<ChoiceOption> Options => Raw.Objects("options").Select(option => new ChoiceOption(option)).ToList();

        /// <summary>Of a choice: whether several may be picked at once.</summary>
        public bool IsMultiple => Raw.Flag("multiple");

        /// <summary>Of a slider; null where the bot gives none.</summary>
        public double? Min => Raw.Number("min");

        /// <summary>Of a slider; null where the bot gives none.</summary>
        public double? Max => Raw.Number("max");

        /// <inheritdoc/>
        public override string ToString() => $"Prompt(Kind={Kind})";
    }

    /// <summary>One option of a choice.</summary>
    public sealed class ChoiceOption : Document
    {
        internal ChoiceOption(JsonObject raw) : base(raw) { }

        /// <summary>What to show, plain text.</summary>
        public string Label => Raw.Text("label");

        /// <summary>The message that picks it, ready to be sent; null on a mere link.</summary>
        public Message Answer => Raw.Object("answer") is JsonObject answer ? new Message(answer) : null;

        /// <summary>The page to open when it is picked.</summary>
        public string Url => Raw.Text("url");
    }

    /// <summary>What the service says through the webhook. What a type does not have is null.</summary>
    public sealed class Event : Document
    {
        private static readonly string[] Window = { "type", "seq", "event_id", "conversation_id", "received_at", "occurred_at" };

        internal Event(JsonObject raw) : base(raw) { }

        /// <summary>
        /// <c>message</c>, <c>conversation_created</c>, <c>status</c>, <c>assignee</c>, <c>variables</c>, <c>label</c>,
        /// <c>note</c>, <c>sla_breached</c>, <c>message_status</c>, <c>evicted</c>, or <c>unknown</c> for what this version
        /// does not know. Through a gateway also <c>delivery</c>, <c>reset</c>, <c>identity_wanted</c> and <c>upload</c>.
        /// </summary>
        public string Type => Raw.Text("type");

        /// <summary>Counts the events of one client; null from <see cref="Client.ParseWebhook"/>.</summary>
        public long? Seq => Raw.Integer("seq");

        /// <summary>The same for every delivery of the same event.</summary>
        public string EventId => Raw.Text("event_id");

        /// <summary>As <see cref="Conversation.Id"/> names it.</summary>
        public string ConversationId => Raw.Text("conversation_id");

        /// <summary>Whether it came before the message of the turn that it is part of.</summary>
        public bool IsLate => Raw.Flag("late");

        /// <summary><c>bot</c>, <c>agent</c> or <c>visitor</c>, on messages.</summary>
        public string By => Raw.Text("by");

        /// <summary>The message as plain text.</summary>
        public string Text => Raw.Text("text");

        /// <summary>The message as it was sent.</summary>
        public string Html => Raw.Text("html");

        /// <summary>The answer that the bot waits for; null when it waits for none.</summary>
        public Prompt Prompt => Prompt.Of(Raw.Object("prompt"));

        /// <summary>Through a gateway: the visitor's own id of a message of theirs.</summary>
        public string ClientId => Raw.Text("client_id");

        /// <summary>
        /// What became of it: <c>queued</c>, <c>sending</c>, <c>accepted</c>, <c>rejected</c>, <c>unconfirmed</c>,
        /// <c>resent</c> or <c>discarded</c>.
        /// </summary>
        public string State => Raw.Text("state");

        /// <summary>Of a <c>delivery</c> and a <c>reset</c>: why.</summary>
        public string Reason => Raw.Text("reason");

        /// <summary>Whether this is a status that says that the conversation is closed.</summary>
        public bool IsClosed => Raw.Flag("closed");

        /// <summary>
        /// JSON of what a browser may see: what a chat window needs, and nothing that is the account's alone. Neither the
        /// service's own element nor the visitor's key is in it. What is not known is null.
        /// </summary>
        public string ToJson()
        {
            IEnumerable<string> names = Window;
            switch (Type)
            {
                case "message": names = names.Concat(new[] { "by", "text", "html", "prompt" }); break;
                case "status": names = names.Concat(new[] { "closed" }); break;
                case "assignee": names = names.Concat(new[] { "handover" }); break;
            }
            var shown = new JsonObject();
            foreach (var name in names) shown[name] = Raw[name];
            return shown.ToJson();
        }

        /// <summary>Type and ids, and never what was said.</summary>
        public override string ToString() => $"Event(Type={Type}, Seq={Seq}, ConversationId={ConversationId})";
    }

    /// <summary>A message that was taken.</summary>
    public sealed class Sent : Document
    {
        internal Sent(JsonObject raw) : base(raw) { }

        /// <summary>The service's id of it; null where it gives none.</summary>
        public string MessageId => Raw.Text("message_id");

        /// <summary>Through a gateway: your own id of it, or the one that was made.</summary>
        public string ClientId => Raw.Text("client_id");

        /// <summary>Through a gateway: its entry in the gateway's log.</summary>
        public long? Seq => Raw.Integer("seq");

        /// <summary>
        /// Through a gateway: what becomes of it, as of <see cref="Event.State"/>, or <c>kept</c> while it waits here for a
        /// network.
        /// </summary>
        public string State => Raw.Text("state");
    }

    /// <summary>How far a file is on its way to a gateway.</summary>
    public sealed class Uploaded : Document
    {
        internal Uploaded(JsonObject raw) : base(raw) { }

        /// <summary>The gateway's id of it.</summary>
        public string FileId => Raw.Text("file_id");

        /// <summary>The name that is shown.</summary>
        public string Name => Raw.Text("name");

        /// <summary>How many bytes it has.</summary>
        public long Size => Raw.Integer("size") ?? 0;

        /// <summary>How many of them the gateway has.</summary>
        public long Offset => Raw.Integer("offset") ?? 0;

        /// <summary>Whether it is there as a whole.</summary>
        public bool IsReady => Raw.Flag("ready");

        /// <summary>What answers a prompt for a file, once it is ready.</summary>
        public string Link => Raw.Text("link");
    }

    /// <summary>What the bot made of a message: all that came until its turn was over.</summary>
    public sealed class Turn : Document
    {
        internal Turn(JsonObject raw) : base(raw) { }

        /// <summary>What was said, as plain text, one message a line; without what is late.</summary>
        public string Text => Raw.Text("text");

        /// <summary><c>prompt</c>, <c>closed</c>, <c>handed_over</c>, <c>quiet</c> or <c>timeout</c>.</summary>
        public string Ended => Raw.Text("ended");

        /// <summary>The answer that the bot waits for; null when it waits for none.</summary>
        public Prompt Prompt => Prompt.Of(Raw.Object("prompt"));

        /// <summary>Every event of the conversation but the visitor's own messages.</summary>
        public IReadOnlyList<Event> Events => Raw.Objects("events").Select(item => new Event(item)).ToList();

        /// <summary>The service's id of the message; null when the service gives none.</summary>
        public string MessageId => Raw.Text("message_id");

        /// <summary><c>echo</c> or <c>prompt</c>, where the answer to the message was lost and this showed that it was taken.</summary>
        public string ConfirmedBy => Raw.Text("confirmed_by");
    }

    /// <summary>What your own web server must answer to a post of the service.</summary>
    public sealed class Reply : Document
    {
        internal Reply(JsonObject raw) : base(raw) { }

        /// <summary>The HTTP status.</summary>
        public int Status => (int)(Raw.Integer("status") ?? 500);

        /// <summary>JSON; holds the webhook's token in answer to the service's test of the endpoint.</summary>
        public string Body => Raw.Text("body");
    }

    /// <summary>What is known about a visitor when a conversation starts: strings, numbers, booleans and null by name.</summary>
    public sealed class Variables
    {
        /// <summary>Such as <c>name</c>, <c>email</c> and <c>phone</c>; kept across conversations.</summary>
        public JsonObject Contact { get; set; }

        /// <summary>For this conversation alone.</summary>
        public JsonObject Conversation { get; set; }

        /// <summary>Such as <c>timezone</c>, <c>referrerUrl</c> and <c>browserLanguage</c>.</summary>
        public JsonObject System { get; set; }

        internal JsonObject Document() =>
            Client.Given(("contact", Contact), ("conversation", Conversation), ("system", System));
    }
}
