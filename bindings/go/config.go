package wotnot

import (
	"fmt"
	"log/slog"
	"time"
)

// Config has the settings of a [Client]. All but Token, or Gateway in its place, have defaults, which are those of the
// library: docs/configuration.md has them, with their ranges.
type Config struct {
	// generated: settings, by `cargo xtask generate`
	// The account's JWT. A master key: keep it on servers. Required, but where there is a Gateway.
	Token string
	// The bot to talk to when a call names none. The bot's trigger block shows it.
	BotKey string
	// Scheme, host and port of the service; https, or http on loopback. A path /api/v1 at its end is left off.
	// https://app.wotnot.io by default.
	BaseURL string
	// How events come in. Without it a client only sends.
	Webhook *Webhook
	// The overall deadline of a call: attempts, waits, DNS and connecting included. 30 seconds by default.
	Timeout time.Duration
	// The share of Timeout that making one connection may take: look-up, TCP, TLS and the way through a proxy. What takes
	// longer has sent nothing, and is tried again. 10 seconds by default.
	ConnectTimeout time.Duration
	// Automatic retries of what cannot double a message.
	Retry *Retry
	// The URL of an http or https proxy, "env" for what the environment says (by default), or "none".
	Proxy string
	// TLS trust roots. There is no switch that turns verification off.
	TLS *TLS
	// The User-Agent header. The library's name and version when absent.
	UserAgent string
	// The name of the field that carries the bot key on the wire: "bot_key" or "publish_key". bot_key by default.
	BotKeyField string
	// Allows http:// to hosts beyond loopback. The token then travels in the clear.
	AllowHTTP bool
	// The file that keeps which conversation each visitor has, in a folder that exists. Several processes of one machine
	// may share it; each account has its own. Through a gateway it keeps who the visitor is, what was received and what
	// waits for a network, and belongs to one client.
	StatePath string
	// Seals that file: 32 random bytes in Base64, which the app keeps where its system keeps keys. A file that was written
	// with another key, or without one, is refused.
	StateKey string
	// What is logged: retries logs each retry and the end of each call that was tried again or failed, calls the end of
	// every other call too. [Client.LogRecords] gives it. off by default.
	Log string
	// The gateway to talk through as a visitor, in place of Token, BotKey, BaseURL and Webhook: for phones, kiosks and
	// programs that must not hold the account's token.
	Gateway *Gateway
	// generated: end
}

// The library's form of the settings.
func (c Config) document() map[string]any {
	document, put := newDocument()
	// generated: document, by `cargo xtask generate`
	put("token", c.Token, c.Token != "" || c.Gateway == nil)
	put("bot_key", c.BotKey, c.BotKey != "")
	put("base_url", c.BaseURL, c.BaseURL != "")
	put("webhook", c.Webhook.document(), c.Webhook != nil)
	put("timeout_ms", millis(c.Timeout), c.Timeout != 0)
	put("connect_timeout_ms", millis(c.ConnectTimeout), c.ConnectTimeout != 0)
	put("retry", c.Retry.document(), c.Retry != nil)
	put("proxy", proxy(c.Proxy), c.Proxy != "")
	put("tls", c.TLS.document(), c.TLS != nil)
	put("user_agent", c.UserAgent, c.UserAgent != "")
	put("bot_key_field", c.BotKeyField, c.BotKeyField != "")
	put("allow_http", true, c.AllowHTTP)
	put("state", c.state(), c.StatePath != "")
	put("log", c.Log, c.Log != "")
	put("gateway", c.Gateway.document(), c.Gateway != nil)
	// generated: end
	return document
}

// A JSON object, and what puts a value that is set into it.
func newDocument() (map[string]any, func(name string, value any, isSet bool)) {
	document := map[string]any{}
	return document, func(name string, value any, isSet bool) {
		if isSet {
			document[name] = value
		}
	}
}

func (c Config) state() map[string]any {
	document, put := newDocument()
	put("path", c.StatePath, true)
	put("key", c.StateKey, c.StateKey != "")
	return document
}

func proxy(value string) any {
	if value == "none" {
		return nil
	}
	return value
}

// generated: sections, by `cargo xtask generate`
// Webhook is a section of [Config]. How events come in. Without it a client only sends.
type Webhook struct {
	// The shared token that is set beside the endpoint at the vendor.
	Token string
	// Where to listen, such as 127.0.0.1:8089 (port 0 picks a free one). Without it your own web server takes the posts.
	// It hands them to [Client.AcceptWebhook].
	Listen string
	// The path of the endpoint. /wotnot/events by default.
	Path string
	// How many events wait to be received before posts are refused. 16,384 by default.
	Capacity int
	// How many bytes they take before posts are refused: each its JSON text and 256 bytes. 64 MiB by default.
	CapacityBytes int64
	// After how long without a reader a conversation gives way when all is full. 15 minutes by default.
	Idle time.Duration
}

func (w *Webhook) document() map[string]any {
	if w == nil {
		return nil
	}
	document, put := newDocument()
	put("token", w.Token, true)
	put("listen", w.Listen, w.Listen != "")
	put("path", w.Path, w.Path != "")
	put("capacity", w.Capacity, w.Capacity != 0)
	put("capacity_bytes", w.CapacityBytes, w.CapacityBytes != 0)
	put("idle_ms", millis(w.Idle), w.Idle != 0)
	return document
}

// Retry is a section of [Config]. Automatic retries of what cannot double a message.
type Retry struct {
	// Requests in all, the first included. 1 turns retries off. 4 by default.
	MaxAttempts int
	// The upper bound of the first wait; it doubles from there. 200 milliseconds by default.
	BaseDelay time.Duration
	// The upper bound of any wait. 8 seconds by default.
	MaxDelay time.Duration
}

func (r *Retry) document() map[string]any {
	if r == nil {
		return nil
	}
	document, put := newDocument()
	put("max_attempts", r.MaxAttempts, r.MaxAttempts != 0)
	put("base_delay_ms", millis(r.BaseDelay), r.BaseDelay != 0)
	put("max_delay_ms", millis(r.MaxDelay), r.MaxDelay != 0)
	return document
}

// TLS is a section of [Config]. TLS trust roots. There is no switch that turns verification off.
type TLS struct {
	// The base set of authorities: auto is the system's store, or the bundled set where there is none. auto by default.
	Roots string
	// A PEM file whose certificates are trusted besides.
	CAFile string
	// PEM text whose certificates are trusted besides.
	CAPEM string
}

func (t *TLS) document() map[string]any {
	if t == nil {
		return nil
	}
	document, put := newDocument()
	put("roots", t.Roots, t.Roots != "")
	put("ca_file", t.CAFile, t.CAFile != "")
	put("ca_pem", t.CAPEM, t.CAPEM != "")
	return document
}

// Gateway is a section of [Config]. The gateway to talk through as a visitor, in place of Token, BotKey, BaseURL and
// Webhook: for phones, kiosks and programs that must not hold the account's token.
type Gateway struct {
	// Scheme, host and port of the gateway; https, or http on loopback.
	URL string
	// The app id of the gateway's site.
	App string
	// What the site signed of the visitor. Without it the visitor is anonymous, and stays the same through the state file.
	Identity string
	// Whether a background thread fills the inbox. Without it the thread that waits for events fetches them.
	Background bool
}

func (g *Gateway) document() map[string]any {
	if g == nil {
		return nil
	}
	document, put := newDocument()
	put("url", g.URL, true)
	put("app", g.App, true)
	put("identity", g.Identity, g.Identity != "")
	put("background", true, g.Background)
	return document
}

// generated: end

// Format shows which bot and host are meant, and no secret: neither the token nor a proxy's password.
func (c Config) Format(f fmt.State, _ rune) {
	fmt.Fprintf(f, "Config(token=[redacted], bot_key=%s)", c.BotKey)
}

// LogValue is the same for log/slog.
func (c Config) LogValue() slog.Value {
	return slog.StringValue(fmt.Sprint(c))
}

// MarshalJSON refuses: settings hold the account's token, which a log or a page must never get by accident.
func (c Config) MarshalJSON() ([]byte, error) {
	return nil, &Error{Code: CodeInvalidArgument, Message: "Config: holds the account's token, and is not written as JSON"}
}

// Format shows no token.
func (w Webhook) Format(f fmt.State, _ rune) {
	fmt.Fprintf(f, "Webhook(token=[redacted], listen=%s)", w.Listen)
}

// LogValue is the same for log/slog.
func (w Webhook) LogValue() slog.Value {
	return slog.StringValue(fmt.Sprint(w))
}

// Format shows no identity.
func (g Gateway) Format(f fmt.State, _ rune) {
	fmt.Fprintf(f, "Gateway(url=%s, app=%s)", g.URL, g.App)
}

// LogValue is the same for log/slog.
func (g Gateway) LogValue() slog.Value {
	return slog.StringValue(fmt.Sprint(g))
}
