using System;
using System.Collections.Generic;
using System.Threading;
using System.Threading.Tasks;

namespace Wotnot
{
    /// <summary>A visitor's conversation. It sends on behalf of the visitor, and every failure says what became of the message.</summary>
    public sealed class Conversation : Document
    {
        private readonly Client client;

        internal Conversation(Client client, JsonObject raw) : base(raw) { this.client = client; }

        /// <summary>Names the conversation, here and in <see cref="Event.ConversationId"/>.</summary>
        public string Id => Raw.Object("conversation")?.Text("id");

        /// <summary>
        /// How <see cref="Client.OpenConversationAsync"/> came by it: <c>started</c>, <c>reused</c>, or <c>recovered</c> when
        /// the answer to its start was lost and an event named it.
        /// </summary>
        public string Opened => Raw.Text("opened");

        /// <summary>Whether the service took the message of the call that gave this.</summary>
        public bool IsMessageSent => Raw.Has("message_sent") ? Raw.Flag("message_sent") : Raw.Has("contact");

        /// <summary>The visitor as the service knows them: <c>name</c>, <c>email</c>, <c>phone</c> and <c>visitor_key</c>.</summary>
        public JsonObject Contact => Raw.Object("contact") ?? new JsonObject();

        /// <summary>
        /// Sends text, or an answer such as a choice's own or one that <see cref="Client.Answer"/> made. Gives what is known of
        /// the message.
        /// </summary>
        /// <param name="message">What the visitor says.</param>
        /// <param name="timeout">The overall deadline, instead of the configured one.</param>
        /// <param name="cancellation">Ends the call.</param>
        /// <param name="clientId">Your own id of the message; through a gateway, which counts it once.</param>
        /// <param name="queue">Whether it is kept where there is no network, and goes out later; through a gateway.</param>
        public Task<Sent> SendAsync(
            Message message, TimeSpan? timeout = null, CancellationToken cancellation = default, string clientId = null,
            bool queue = false)
        {
            var parameters = Parameters(message, timeout, null);
            if (clientId != null) parameters["client_id"] = clientId;
            if (queue) parameters["queue"] = true;
            return SentAsync("send_message", parameters, cancellation);
        }

        /// <summary>
        /// Decides on a message whose <see cref="Event.State"/> is <c>unconfirmed</c>, through a gateway: <c>resend</c> or
        /// <c>discard</c>.
        /// </summary>
        public Task<Sent> ResolveAsync(
            string clientId, string action, TimeSpan? timeout = null, CancellationToken cancellation = default) =>
            SentAsync(
                "resolve",
                Client.Given(
                    ("conversation_id", Id), ("client_id", clientId), ("action", action), ("timeout_ms", Client.Millis(timeout))),
                cancellation);

        /// <summary>The whole conversation as a gateway has it: <c>json</c>, <c>txt</c> or <c>html</c>.</summary>
        public async Task<string> TranscriptAsync(
            string format = "txt", TimeSpan? timeout = null, CancellationToken cancellation = default)
        {
            var parameters = Client.Given(("conversation_id", Id), ("format", format), ("timeout_ms", Client.Millis(timeout)));
            return ((JsonObject)await client.CallAsync("transcript", parameters, cancellation).ConfigureAwait(false)).Text("content");
        }

        private async Task<Sent> SentAsync(string method, JsonObject parameters, CancellationToken cancellation) =>
            new Sent((JsonObject)await client.CallAsync(method, parameters, cancellation).ConfigureAwait(false));

        /// <summary>
        /// Says something, text or an answer, and gives the bot's whole turn: all that comes until it asks something, the
        /// conversation is closed or handed over, or nothing more comes. It needs a client with a webhook. When it fails, no event
        /// is lost.
        /// </summary>
        /// <param name="message">What the visitor says.</param>
        /// <param name="timeout">The time of the message and the turn together, instead of the configured one.</param>
        /// <param name="quiet">How long a bot that has said something may be silent before its turn is over.</param>
        /// <param name="cancellation">Ends the call.</param>
        public async Task<Turn> AskAsync(
            Message message, TimeSpan? timeout = null, TimeSpan? quiet = null, CancellationToken cancellation = default)
        {
            var parameters = Parameters(message, timeout, quiet);
            return new Turn((JsonObject)await client.CallAsync("converse", parameters, cancellation).ConfigureAwait(false));
        }

        /// <summary>The next event of this conversation, or null when none arrives within the time. Those of others stay for others.</summary>
        public Task<Event> ReceiveAsync(TimeSpan? timeout = null, CancellationToken cancellation = default) =>
            client.ReceiveAsync(Id, timeout, cancellation);

        /// <summary>The events of this conversation, as <see cref="Client.Events"/> gives those of all.</summary>
        public IEnumerable<Event> Events(TimeSpan? timeout = null, CancellationToken cancellation = default) =>
            client.EventsOf(Id, timeout, cancellation);

        private JsonObject Parameters(Message message, TimeSpan? timeout, TimeSpan? quiet) => Client.Given(
            ("conversation_id", Id),
            ("message", message?.ToDocument()),
            ("timeout_ms", Client.Millis(timeout)),
            ("quiet_ms", Client.Millis(quiet)));

        /// <summary>The id alone.</summary>
        public override string ToString() => $"Conversation(Id={Id})";
    }
}
