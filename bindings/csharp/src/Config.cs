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

        // generated: settings, by `cargo xtask generate`
        /// <summary>
        /// The account's JWT. A master key: keep it on servers. Required, but where there is a <c>Gateway</c>.
        /// </summary>
        public string Token { get; }

        /// <summary>The bot to talk to when a call names none. The bot's trigger block shows it.</summary>
        public string BotKey { get; set; }

        /// <summary>
        /// Scheme, host and port of the service; https, or http on loopback. A path <c>/api/v1</c> at its end is left
        /// off. <c>https://app.wotnot.io</c> when null.
        /// </summary>
        public string BaseUrl { get; set; }

        /// <summary>How events come in. Without it a client only sends.</summary>
        public Webhook Webhook { get; set; }

        /// <summary>
        /// The overall deadline of a call: attempts, waits, DNS and connecting included. 30 seconds when null.
        /// </summary>
        public TimeSpan? Timeout { get; set; }

        /// <summary>
        /// The share of <c>Timeout</c> that making one connection may take: look-up, TCP, TLS and the way through a
        /// proxy. What takes longer has sent nothing, and is tried again. 10 seconds when null.
        /// </summary>
        public TimeSpan? ConnectTimeout { get; set; }

        /// <summary>Automatic retries of what cannot double a message.</summary>
        public Retry Retry { get; set; }

        /// <summary>
        /// The URL of an http or https proxy, <c>env</c> for what the environment says, or <c>none</c>. <c>env</c> when
        /// null.
        /// </summary>
        public string Proxy { get; set; }

        /// <summary>TLS trust roots. There is no switch that turns verification off.</summary>
        public Tls Tls { get; set; }

        /// <summary>The <c>User-Agent</c> header. The library's name and version when absent.</summary>
        public string UserAgent { get; set; }

        /// <summary>
        /// The name of the field that carries the bot key on the wire: <c>"bot_key"</c> or <c>"publish_key"</c>.
        /// <c>bot_key</c> when null.
        /// </summary>
        public string BotKeyField { get; set; }

        /// <summary>Allows <c>http://</c> to hosts beyond loopback. The token then travels in the clear.</summary>
        public bool AllowHttp { get; set; }

        /// <summary>
        /// The file that keeps which conversation each visitor has, in a folder that exists. Several processes of one
        /// machine may share it; each account has its own. Through a gateway it keeps who the visitor is, what was
        /// received and what waits for a network, and belongs to one client.
        /// </summary>
        public string StatePath { get; set; }

        /// <summary>
        /// Seals that file: 32 random bytes in Base64, which the app keeps where its system keeps keys. A file that was
        /// written with another key, or without one, is refused.
        /// </summary>
        public string StateKey { get; set; }

        /// <summary>
        /// What is logged: <c>retries</c> logs each retry and the end of each call that was tried again or failed,
        /// <c>calls</c> the end of every other call too. <see cref="Client.LogRecords"/> gives it. <c>off</c> when
        /// null.
        /// </summary>
        public string Log { get; set; }

        /// <summary>
        /// The gateway to talk through as a visitor, in place of <c>Token</c>, <c>BotKey</c>, <c>BaseUrl</c> and
        /// <c>Webhook</c>: for phones, kiosks and programs that must not hold the account's token.
        /// </summary>
        public Gateway Gateway { get; }

        // generated: end

        // generated: document, by `cargo xtask generate`
        internal JsonObject Document() => Client.Given(
            ("token", Token),
            ("bot_key", BotKey),
            ("base_url", BaseUrl),
            ("webhook", Webhook?.Document()),
            ("timeout_ms", Client.Millis(Timeout)),
            ("connect_timeout_ms", Client.Millis(ConnectTimeout)),
            ("retry", Retry?.Document()),
            ("proxy", Proxy == "none" ? Client.Null : Proxy),
            ("tls", Tls?.Document()),
            ("user_agent", UserAgent),
            ("bot_key_field", BotKeyField),
            ("allow_http", AllowHttp ? (object)true : null),
            ("state", StatePath != null ? Client.Given(("path", StatePath), ("key", StateKey)) : null),
            ("log", Log),
            ("gateway", Gateway?.Document()));
        // generated: end

        /// <summary>Which bot is meant, and no secret.</summary>
        public override string ToString() => $"Config(Token=[redacted], BotKey={BotKey}, Gateway={Gateway})";
    }

    // generated: sections, by `cargo xtask generate`
    /// <summary>How events come in. Without it a client only sends.</summary>
    public sealed class Webhook
    {
        /// <summary>With what has no default.</summary>
        public Webhook(string token) { Token = token; }

        /// <summary>The shared token that is set beside the endpoint at the vendor.</summary>
        public string Token { get; }

        /// <summary>
        /// Where to listen, such as <c>127.0.0.1:8089</c> (port 0 picks a free one). Without it your own web server
        /// takes the posts. It hands them to <see cref="Client.AcceptWebhook"/>.
        /// </summary>
        public string Listen { get; set; }

        /// <summary>The path of the endpoint. <c>/wotnot/events</c> when null.</summary>
        public string Path { get; set; }

        /// <summary>How many events wait to be received before posts are refused. 16,384 when null.</summary>
        public int? Capacity { get; set; }

        /// <summary>
        /// How many bytes they take before posts are refused: each its JSON text and 256 bytes. 64 MiB when null.
        /// </summary>
        public long? CapacityBytes { get; set; }

        /// <summary>
        /// After how long without a reader a conversation gives way when all is full. 15 minutes when null.
        /// </summary>
        public TimeSpan? Idle { get; set; }

        internal JsonObject Document() => Client.Given(
            ("token", Token),
            ("listen", Listen),
            ("path", Path),
            ("capacity", Capacity),
            ("capacity_bytes", CapacityBytes),
            ("idle_ms", Client.Millis(Idle)));

        /// <summary>Without secrets.</summary>
        public override string ToString() => $"Webhook(Token=[redacted], Listen={Listen}, Path={Path})";
    }

    /// <summary>Automatic retries of what cannot double a message.</summary>
    public sealed class Retry
    {
        /// <summary>Requests in all, the first included. 1 turns retries off. 4 when null.</summary>
        public int? MaxAttempts { get; set; }

        /// <summary>The upper bound of the first wait; it doubles from there. 200 milliseconds when null.</summary>
        public TimeSpan? BaseDelay { get; set; }

        /// <summary>The upper bound of any wait. 8 seconds when null.</summary>
        public TimeSpan? MaxDelay { get; set; }

        internal JsonObject Document() => Client.Given(
            ("max_attempts", MaxAttempts),
            ("base_delay_ms", Client.Millis(BaseDelay)),
            ("max_delay_ms", Client.Millis(MaxDelay)));
    }

    /// <summary>TLS trust roots. There is no switch that turns verification off.</summary>
    public sealed class Tls
    {
        /// <summary>
        /// The base set of authorities: <c>auto</c> is the system's store, or the bundled set where there is none.
        /// <c>auto</c> when null.
        /// </summary>
        public string Roots { get; set; }

        /// <summary>A PEM file whose certificates are trusted besides.</summary>
        public string CaFile { get; set; }

        /// <summary>PEM text whose certificates are trusted besides.</summary>
        public string CaPem { get; set; }

        internal JsonObject Document() => Client.Given(
            ("roots", Roots),
            ("ca_file", CaFile),
            ("ca_pem", CaPem));

        /// <summary>Without secrets.</summary>
        public override string ToString() => $"Tls(Roots={Roots}, CaFile={CaFile})";
    }

    /// <summary>
    /// The gateway to talk through as a visitor, in place of <c>Token</c>, <c>BotKey</c>, <c>BaseUrl</c> and
    /// <c>Webhook</c>: for phones, kiosks and programs that must not hold the account's token.
    /// </summary>
    public sealed class Gateway
    {
        /// <summary>With what has no default.</summary>
        public Gateway(string url, string app) { Url = url; App = app; }

        /// <summary>Scheme, host and port of the gateway; https, or http on loopback.</summary>
        public string Url { get; }

        /// <summary>The app id of the gateway's site.</summary>
        public string App { get; }

        /// <summary>
        /// What the site signed of the visitor. Without it the visitor is anonymous, and stays the same through the
        /// state file.
        /// </summary>
        public string Identity { get; set; }

        /// <summary>
        /// Whether a background thread fills the inbox. Without it the thread that waits for events fetches them.
        /// </summary>
        public bool Background { get; set; }

        internal JsonObject Document() => Client.Given(
            ("url", Url),
            ("app", App),
            ("identity", Identity),
            ("background", Background ? (object)true : null));

        /// <summary>Without secrets.</summary>
        public override string ToString() => $"Gateway(Url={Url}, App={App})";
    }

    // generated: end
}
