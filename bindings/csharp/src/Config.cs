using System;

namespace Wotnot
{
    /// <summary>
    /// The settings of a <see cref="Client"/>. All but the token, or a gateway in its place, have defaults, which are those of
    /// the library: docs/configuration.md has them, with their ranges. What is null is left to it.
    /// </summary>
    public sealed class Config
    {
        /// <summary>Settings with the account's token: a master key. Keep it on servers.</summary>
        public Config(string token) { Token = token; }

        /// <summary>Settings of a visitor who talks through a gateway.</summary>
        public Config(Gateway gateway) { Gateway = gateway; }

        /// <summary>The gateway to talk through as a visitor, for programs that must not hold the account's token.</summary>
        public Gateway Gateway { get; }

        /// <summary>The account's token; null beside a gateway.</summary>
        public string Token { get; }

        /// <summary>The key that the bot's trigger block shows.</summary>
        public string BotKey { get; set; }

        /// <summary>The name of the field that carries the key: <c>bot_key</c> or <c>publish_key</c>.</summary>
        public string BotKeyField { get; set; }

        /// <summary>The service's; null for its own host.</summary>
        public string BaseUrl { get; set; }

        /// <summary>The overall deadline of a call, its retries included.</summary>
        public TimeSpan? Timeout { get; set; }

        /// <summary>What one attempt to connect may take.</summary>
        public TimeSpan? ConnectTimeout { get; set; }

        /// <summary>Requests in all, the first included; 1 turns the automatic retries off.</summary>
        public int? MaxAttempts { get; set; }

        /// <summary>A URL, <c>env</c> for the <c>*_PROXY</c> variables (the default) or <c>none</c>.</summary>
        public string Proxy { get; set; }

        /// <summary>A PEM file whose certificates are trusted besides the system's.</summary>
        public string CaFile { get; set; }

        /// <summary>How events come in; null to take none.</summary>
        public Webhook Webhook { get; set; }

        /// <summary>Stands before the library's own.</summary>
        public string UserAgent { get; set; }

        /// <summary>Lets the base URL be an http URL of another host than this one.</summary>
        public bool AllowHttp { get; set; }

        /// <summary><c>off</c>, <c>retries</c> or <c>calls</c>: what <see cref="Client.LogRecords"/> returns.</summary>
        public string Log { get; set; }

        /// <summary>
        /// A file in which the visitors' conversations outlive the program. Through a gateway: who the visitor is, what was
        /// received and what waits for a network.
        /// </summary>
        public string StatePath { get; set; }

        /// <summary>
        /// Seals the state file of a gateway's visitor: 32 random bytes in Base64, such as those that the system keeps for the app.
        /// </summary>
        public string StateKey { get; set; }

        internal JsonObject Document() => Client.Given(
            ("token", Token),
            ("gateway", Gateway?.Document()),
            ("bot_key", BotKey),
            ("bot_key_field", BotKeyField),
            ("base_url", BaseUrl),
            ("timeout_ms", Client.Millis(Timeout)),
            ("connect_timeout_ms", Client.Millis(ConnectTimeout)),
            ("retry", MaxAttempts is int attempts ? new JsonObject { { "max_attempts", attempts } } : null),
            ("proxy", Proxy == "none" ? Client.Null : Proxy),
            ("tls", CaFile != null ? new JsonObject { { "ca_file", CaFile } } : null),
            ("webhook", Webhook?.Document()),
            ("user_agent", UserAgent),
            ("allow_http", AllowHttp ? (object)true : null),
            ("log", Log),
            ("state", StatePath != null ? Client.Given(("path", StatePath), ("key", StateKey)) : null));

        /// <summary>Which bot is meant, and no secret.</summary>
        public override string ToString() => $"Config(Token=[redacted], BotKey={BotKey}, Gateway={Gateway})";
    }

    /// <summary>A gateway, and who is there: for apps and kiosks, which must not hold the account's token.</summary>
    public sealed class Gateway
    {
        /// <summary>The gateway at this URL, and the app id of its site.</summary>
        public Gateway(string url, string app)
        {
            Url = url;
            App = app;
        }

        /// <summary>Scheme, host and port; https, or http on loopback.</summary>
        public string Url { get; }

        /// <summary>The app id of the gateway's site.</summary>
        public string App { get; }

        /// <summary>
        /// What the site signed of the visitor. Without it the visitor is anonymous, and stays the same through the state file.
        /// </summary>
        public string Identity { get; set; }

        /// <summary>
        /// Whether a background thread fills the inbox. Without it the thread that waits for events fetches them.
        /// </summary>
        public bool Background { get; set; }

        internal JsonObject Document() => Client.Given(
            ("url", Url), ("app", App), ("identity", Identity), ("background", Background ? (object)true : null));

        /// <summary>Without the identity.</summary>
        public override string ToString() => $"Gateway(Url={Url}, App={App})";
    }

    /// <summary>How events come in. What is null is left to the library.</summary>
    public sealed class Webhook
    {
        /// <summary>A webhook with the shared token that is set beside the endpoint at the vendor.</summary>
        public Webhook(string token) { Token = token; }

        /// <summary>The shared token.</summary>
        public string Token { get; }

        /// <summary>
        /// Where the library listens, such as <c>127.0.0.1:8089</c>; null when your own web server takes the posts and hands
        /// them to <see cref="Client.AcceptWebhook"/>.
        /// </summary>
        public string Listen { get; set; }

        /// <summary>The path of the endpoint.</summary>
        public string Path { get; set; }

        /// <summary>How many events wait to be received before posts are refused.</summary>
        public int? Capacity { get; set; }

        internal JsonObject Document() =>
            Client.Given(("token", Token), ("listen", Listen), ("path", Path), ("capacity", Capacity));

        /// <summary>Without the token.</summary>
        public override string ToString() => $"Webhook(Token=[redacted], Listen={Listen})";
    }
}
