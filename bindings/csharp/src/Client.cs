using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Threading;
using System.Threading.Tasks;

namespace Wotnot
{
    /// <summary>
    /// A client of the API channel, for all threads of a program. Dispose of it when done.
    /// <para>A call that may take time has a thread of its own while it lasts. A token that is cancelled ends it at once, with an
    /// <see cref="OperationCanceledException"/> whose inner <see cref="InterruptedException"/> says what became of the
    /// message.</para>
    /// </summary>
    public sealed class Client : IDisposable
    {
        /// <summary>Stands for JSON's null among fields that are left out when they are null.</summary>
        internal static readonly object Null = new object();

        /// <summary>How far a call has come that may be cancelled.</summary>
        private const int Waiting = 0, Running = 1, Cancelled = 2, Over = 3;

        private static long names;
        private readonly ClientHandle handle;

        /// <summary>Checks the settings, and opens the webhook's listener when they ask for one. Sends nothing.</summary>
        /// <exception cref="InvalidArgumentException">It names the setting as docs/configuration.md does.</exception>
        public Client(Config config) : this(config.Document().ToJson()) { }

        private Client(string config) { handle = new ClientHandle(config); }

        /// <summary>A client of settings in the library's JSON form, such as a file holds.</summary>
        public static Client FromJson(string config) => new Client(config);

        /// <summary>The version that the library was built with.</summary>
        public static string LibraryVersion => Native.Version;

        /// <summary>Starts a conversation. <see cref="OpenConversationAsync"/> keeps to one for each visitor.</summary>
        /// <param name="visitorId">Your own unique id of the visitor; null through a gateway, which knows its visitor.</param>
        /// <param name="text">What they said first.</param>
        /// <param name="variables">What is known about them.</param>
        /// <param name="botKey">The bot to talk to, instead of the configured one.</param>
        /// <param name="timeout">The overall deadline, instead of the configured one.</param>
        /// <param name="cancellation">Ends the call.</param>
        public Task<Conversation> StartConversationAsync(
            string visitorId, string text, Variables variables = null, string botKey = null, TimeSpan? timeout = null,
            CancellationToken cancellation = default) =>
            BeginAsync("start_conversation", Start(visitorId, text, variables, botKey, timeout), cancellation);

        /// <summary>
        /// The conversation that the visitor has with the bot, or one that is started with the text.
        /// <see cref="Conversation.Opened"/> says which, and <see cref="Conversation.IsMessageSent"/> whether the service took
        /// the text.
        /// </summary>
        /// <param name="visitorId">Your own unique id of the visitor; null through a gateway, which knows its visitor.</param>
        /// <param name="text">What they said first.</param>
        /// <param name="variables">What is known about them.</param>
        /// <param name="botKey">The bot to talk to, instead of the configured one.</param>
        /// <param name="timeout">The overall deadline, instead of the configured one.</param>
        /// <param name="ifKnown">When the visitor has a conversation: <c>reuse</c> it, <c>refuse</c>, or start a <c>new</c> one.</param>
        /// <param name="cancellation">Ends the call.</param>
        public Task<Conversation> OpenConversationAsync(
            string visitorId, string text, Variables variables = null, string botKey = null, TimeSpan? timeout = null,
            string ifKnown = "reuse", CancellationToken cancellation = default)
        {
            var start = Start(visitorId, text, variables, botKey, timeout);
            start["if_known"] = ifKnown;
            return BeginAsync("open_conversation", start, cancellation);
        }

        /// <summary>
        /// Hands a file to the gateway, and gives the link that answers a prompt for one. It goes on after a cut; after an error,
        /// or a kill of the program, the same call goes on where it stopped.
        /// </summary>
        /// <param name="path">The file.</param>
        /// <param name="name">The name to show, instead of that of the path.</param>
        /// <param name="type">Such as <c>image/png</c>, instead of what the name says.</param>
        /// <param name="timeout">The deadline of the whole; without it each part has the configured one.</param>
        /// <param name="cancellation">Ends the call.</param>
        public Task<Uploaded> UploadAsync(
            string path, string name = null, string type = null, TimeSpan? timeout = null,
            CancellationToken cancellation = default) =>
            UploadAsync(
                Given(("path", path), ("name", name), ("type", type), ("timeout_ms", Millis(timeout))), cancellation);

        /// <summary>The same part by part: <paramref name="progress"/> learns how far it is.</summary>
        /// <param name="content">A stream that can be sought.</param>
        /// <param name="name">The name to show.</param>
        /// <param name="progress">Gets each part.</param>
        /// <param name="type">Such as <c>image/png</c>, instead of what the name says.</param>
        /// <param name="cancellation">Ends the call.</param>
        public async Task<Uploaded> UploadAsync(
            Stream content, string name, IProgress<Uploaded> progress, string type = null,
            CancellationToken cancellation = default)
        {
            var part = new byte[256 * 1024];
            var now = await UploadAsync(
                Given(("name", name), ("size", content.Length), ("type", type)), cancellation).ConfigureAwait(false);
            progress?.Report(now);
            while (!now.IsReady)
            {
                content.Position = now.Offset;
                var read = await content.ReadAsync(part, 0, part.Length, cancellation).ConfigureAwait(false);
                var next = Given(("file_id", now.FileId), ("offset", now.Offset), ("data", Convert.ToBase64String(part, 0, read)));
                now = await UploadAsync(next, cancellation).ConfigureAwait(false);
                progress?.Report(now);
            }
            return now;
        }

        private async Task<Uploaded> UploadAsync(JsonObject parameters, CancellationToken cancellation) =>
            new Uploaded((JsonObject)await CallAsync("upload", parameters, cancellation).ConfigureAwait(false));

        /// <summary>
        /// Says through a gateway whether people see the program now: <c>foreground</c>, or <c>background</c>, where it is asked
        /// less often.
        /// </summary>
        public void SetAppState(string state) => Call("set_app_state", Given(("state", state)));

        /// <summary>Continues a conversation that was started before. Sends nothing.</summary>
        public Conversation Conversation(string id) =>
            new Conversation(this, new JsonObject { { "conversation", new JsonObject { { "id", id } } } });

        /// <summary>
        /// Forgets the conversations that <see cref="OpenConversationAsync"/> knows of the visitor, with their events; gives how
        /// many there were. Through a gateway it erases all that the gateway keeps of the visitor, who needs no id.
        /// </summary>
        public int Forget(string visitorId = null) =>
            (int)(((JsonObject)Call("forget", Given(("visitor_id", visitorId)))).Integer("forgotten") ?? 0);

        /// <summary>
        /// Who the visitor is, as your site signed it for a gateway: give a fresh one when the event <c>identity_wanted</c> asks
        /// for it. With null the visitor is anonymous.
        /// </summary>
        public void SetIdentity(string identity) => Call("set_identity", Given(("identity", identity)));

        /// <summary>
        /// The message that answers a prompt, out of a plain value: docs/messages.md says which it takes. Sends nothing.
        /// </summary>
        /// <exception cref="InvalidArgumentException">It says what the bot asks for, when it is something else.</exception>
        public Message Answer(Prompt prompt, object value) =>
            new Message((JsonObject)Call("answer", new JsonObject { { "prompt", prompt.Raw }, { "value", value } }));

        /// <summary>
        /// The next event, in the order of arrival, or null when none arrives within the time; without one it waits on. A
        /// cancelled wait takes no event.
        /// </summary>
        public Task<Event> ReceiveAsync(TimeSpan? timeout = null, CancellationToken cancellation = default) =>
            ReceiveAsync(null, timeout, cancellation);

        /// <summary>
        /// The events as they arrive, for a loop on a thread of yours. Ends when none arrives within the time, by
        /// <see cref="Interrupt"/>, and when the client is closed.
        /// </summary>
        public IEnumerable<Event> Events(TimeSpan? timeout = null, CancellationToken cancellation = default) =>
            Loop(Wait(null, "without", timeout), cancellation).Select(item => new Event(item));

        /// <summary>
        /// Retries and results as they happen, where <see cref="Config.Log"/> asks for them; docs/events.md has their fields. Go
        /// through them on a thread of yours, with whatever your program logs with. Ends as <see cref="Events"/> does.
        /// </summary>
        public IEnumerable<JsonObject> LogRecords(TimeSpan? timeout = null, CancellationToken cancellation = default) =>
            Loop(Wait(null, "only", timeout), cancellation).Select(item => item.Object("log"));

        /// <summary>Checks a post to your own web server and keeps its events; gives what to answer.</summary>
        /// <exception cref="WotnotException">Its <see cref="WotnotException.Reply"/> is what to answer.</exception>
        public Reply AcceptWebhook(string body, string authorization = null) =>
            new Reply(((JsonObject)Call("accept_webhook", Post(body, authorization))).Object("reply"));

        /// <summary>Checks a post to your own web server and takes it apart: the events, and what to answer. Keeps nothing.</summary>
        /// <exception cref="WotnotException">Its <see cref="WotnotException.Reply"/> is what to answer.</exception>
        public (IReadOnlyList<Event> Events, Reply Reply) ParseWebhook(string body, string authorization = null)
        {
            var parsed = (JsonObject)Call("parse_webhook", Post(body, authorization));
            return (parsed.Objects("events").Select(item => new Event(item)).ToList(), new Reply(parsed.Object("reply")));
        }

        /// <summary>What this client is and has done, as docs/schema/status.result.schema.json has it.</summary>
        public JsonObject Status() => (JsonObject)Call("status", new JsonObject());

        /// <summary>
        /// Calls a method of the library as it is, on this thread, for what has no function here: docs/schema has their
        /// parameters.
        /// </summary>
        public object Call(string method, object parameters, CancellationToken cancellation = default)
        {
            if (!cancellation.CanBeCanceled || method == "cancel" || !(parameters is JsonObject fields))
                return Native.Call(handle.Id, method, JsonWriter.Write(parameters));
            return CallUntilCancelled(method, fields, cancellation);
        }

        /// <summary>The same on a thread of its own.</summary>
        public Task<object> CallAsync(string method, object parameters, CancellationToken cancellation = default) =>
            Task.Factory.StartNew(
                () => Call(method, parameters, cancellation),
                CancellationToken.None,
                TaskCreationOptions.LongRunning | TaskCreationOptions.DenyChildAttach,
                TaskScheduler.Default);

        /// <summary>Wakes everybody who waits for an event now.</summary>
        public void Interrupt() => Native.Interrupt(handle.Id);

        /// <summary>
        /// Ends every call and every wait with a <see cref="ClosedException"/>, and stops the listener. A second time does
        /// nothing.
        /// </summary>
        public void Dispose()
        {
            handle.Dispose();
            // The handle lets go but once.
            Native.wotnot_client_close(handle.Id);
        }

        /// <summary>The name alone: a client holds no setting.</summary>
        public override string ToString() => "Wotnot.Client";

        private object CallUntilCancelled(string method, JsonObject parameters, CancellationToken cancellation)
        {
            var fields = new JsonObject();
            foreach (var field in parameters) fields[field.Key] = field.Value;
            if (!fields.Has("call_id")) fields["call_id"] = "dotnet-" + Interlocked.Increment(ref names);
            var stage = Waiting;
            var name = new JsonObject { { "call_id", fields["call_id"] } };
            // Where the token is cancelled already, this runs here and now.
            using (cancellation.Register(() =>
            {
                if (Interlocked.CompareExchange(ref stage, Cancelled, Waiting) == Waiting) return;
                // The library knows the name a moment after the call has begun.
                while (Volatile.Read(ref stage) == Running && !IsFound(name)) Thread.Yield();
            }, false))
            {
                // The library says what becomes of a call that was cancelled before it began.
                if (Interlocked.CompareExchange(ref stage, Running, Waiting) != Waiting) fields["cancelled"] = true;
                try
                {
                    return Native.Call(handle.Id, method, fields.ToJson());
                }
                catch (InterruptedException interrupted) when (cancellation.IsCancellationRequested)
                {
                    throw new OperationCanceledException(interrupted.Message, interrupted, cancellation);
                }
                finally
                {
                    Volatile.Write(ref stage, Over);
                }
            }
        }

        private bool IsFound(JsonObject name)
        {
            try
            {
                return ((JsonObject)Native.Call(handle.Id, "cancel", name.ToJson())).Flag("found");
            }
            catch (WotnotException)
            {
                // The client is closed, which ends the call too.
                return true;
            }
        }

        private async Task<Conversation> BeginAsync(string method, JsonObject start, CancellationToken cancellation) =>
            new Conversation(this, (JsonObject)await CallAsync(method, start, cancellation).ConfigureAwait(false));

        internal async Task<Event> ReceiveAsync(string conversation, TimeSpan? timeout, CancellationToken cancellation)
        {
            var wait = Wait(conversation, "without", timeout);
            var taken = await Task.Factory.StartNew(
                () => Take(wait, cancellation),
                CancellationToken.None,
                TaskCreationOptions.LongRunning | TaskCreationOptions.DenyChildAttach,
                TaskScheduler.Default).ConfigureAwait(false);
            return taken == null ? null : new Event(taken);
        }

        internal IEnumerable<Event> EventsOf(string conversation, TimeSpan? timeout, CancellationToken cancellation) =>
            Loop(Wait(conversation, "without", timeout), cancellation).Select(item => new Event(item));

        private IEnumerable<JsonObject> Loop(JsonObject wait, CancellationToken cancellation)
        {
            while (true)
            {
                JsonObject taken = null;
                try
                {
                    taken = Take(wait, cancellation);
                }
                catch (InterruptedException) { }
                catch (ClosedException) { }
                if (taken == null) yield break;
                yield return taken;
            }
        }

        private JsonObject Take(JsonObject wait, CancellationToken cancellation)
        {
            try
            {
                return (JsonObject)Call("receive", wait, cancellation);
            }
            catch (WotnotException error) when (error.Code == "timeout")
            {
                return null;
            }
        }

        private static JsonObject Wait(string conversation, string log, TimeSpan? timeout) =>
            Given(("conversation_id", conversation), ("log", log), ("timeout_ms", Millis(timeout)));

        private static JsonObject Start(string visitorId, string text, Variables variables, string botKey, TimeSpan? timeout) =>
            Given(
                ("visitor_id", visitorId),
                ("message", Message.FromText(text).ToDocument()),
                ("variables", variables?.Document()),
                ("bot_key", botKey),
                ("timeout_ms", Millis(timeout)));

        private static JsonObject Post(string body, string authorization) =>
            Given(("body", body), ("authorization", authorization));

        /// <summary>An object of these fields, without those that are null.</summary>
        internal static JsonObject Given(params (string Name, object Value)[] fields)
        {
            var given = new JsonObject();
            foreach (var field in fields)
            {
                if (field.Value != null) given[field.Name] = field.Value == Null ? null : field.Value;
            }
            return given;
        }

        /// <summary>Whole milliseconds; a time is never rounded to 0, and one without an end is none.</summary>
        internal static object Millis(TimeSpan? time)
        {
            if (!(time is TimeSpan given) || given == Timeout.InfiniteTimeSpan || given == TimeSpan.MaxValue) return null;
            return (long)Math.Ceiling(given.TotalMilliseconds);
        }
    }
}
