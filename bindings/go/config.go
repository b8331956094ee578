package wotnot

import (
	"fmt"
	"log/slog"
	"time"
)

// Config has the settings of a [Client]. All but Token, or Gateway in its place, have defaults, which are those of the
// library: docs/configuration.md has them, with their ranges.
type Config struct {
	// Token is the account's token: a master key. Keep it on servers. Empty beside a Gateway.
	Token string
	// BotKey is the key that the bot's trigger block shows.
	BotKey string
	// BotKeyField is the name of the field that carries the key: bot_key or publish_key.
	BotKeyField string
	// BaseURL is the service's; empty for its own host.
	BaseURL string
	// Timeout is the overall deadline of a call, its retries included.
	Timeout time.Duration
	// ConnectTimeout is what one attempt to connect may take.
	ConnectTimeout time.Duration
	// Retry bounds the automatic retries of what cannot double a message.
	Retry *Retry
	// Proxy is a URL, "env" for the *_PROXY variables (the default) or "none".
	Proxy string
	// TLS has the trust roots.
	TLS *TLS
	// Webhook says how events come in; nil to take none.
	Webhook *Webhook
	// UserAgent stands before the library's own.
	UserAgent string
	// AllowHTTP lets BaseURL be an http URL of another host than this one.
	AllowHTTP bool
	// Log is "off", "retries" or "calls": what [Client.LogRecords] returns.
	Log string
	// StatePath names a file in which the visitors' conversations outlive the program. Through a gateway: who the visitor
	// is, what was received and what waits for a network.
	StatePath string
	// StateKey seals the state file of a gateway's visitor: 32 random bytes in Base64, such as those that the system keeps
	// for the app.
	StateKey string
	// Gateway is what a visitor talks through, for programs that must not hold the account's token; nil to talk to the
	// service.
	Gateway *Gateway
}

// Gateway is a gateway, and who is there.
type Gateway struct {
	// URL has scheme, host and port; https, or http on loopback.
	URL string `json:"url"`
	// App is the app id of the gateway's site.
	App string `json:"app"`
	// Identity is what the site signed of the visitor. Without it the visitor is anonymous, and stays the same through the
	// state file.
	Identity string `json:"identity,omitempty"`
	// Background has a thread of the library's fill the inbox. Without it the one that waits for events fetches them.
	Background bool `json:"background,omitempty"`
}

// Webhook says how events come in.
type Webhook struct {
	// Token is the shared token that is set beside the endpoint at the vendor.
	Token string `json:"token"`
	// Listen is where the library listens, such as 127.0.0.1:8089; empty when your own web server takes the posts and
	// hands them to [Client.AcceptWebhook].
	Listen string `json:"listen,omitempty"`
	// Path is the path of the endpoint.
	Path string `json:"path,omitempty"`
	// Capacity is how many events wait to be received before posts are refused.
	Capacity int `json:"capacity,omitempty"`
	// CapacityBytes is how many bytes they take at most.
	CapacityBytes int64 `json:"capacity_bytes,omitempty"`
	// Idle is after how long without a reader a conversation gives way when all is full.
	Idle time.Duration `json:"-"`
}

// Retry bounds the automatic retries.
type Retry struct {
	// MaxAttempts is the number of requests in all; 1 turns retries off.
	MaxAttempts int
	// BaseDelay is the upper bound of the first wait; it doubles from there.
	BaseDelay time.Duration
	// MaxDelay is the upper bound of any wait.
	MaxDelay time.Duration
}

// TLS has the trust roots. There is no switch that turns verification off.
type TLS struct {
	// Roots is auto, system, bundled or none.
	Roots string `json:"roots,omitempty"`
	// CAFile is a PEM file whose certificates are trusted besides.
	CAFile string `json:"ca_file,omitempty"`
	// CAPEM is PEM text whose certificates are trusted besides.
	CAPEM string `json:"ca_pem,omitempty"`
}

// The library's form of the settings.
func (c Config) document() map[string]any {
	document := map[string]any{}
	put := func(name string, value any, isSet bool) {
		if isSet {
			document[name] = value
		}
	}
	// Where both are missing, the library names the token.
	put("token", c.Token, c.Token != "" || c.Gateway == nil)
	put("gateway", c.Gateway, c.Gateway != nil)
	put("bot_key", c.BotKey, c.BotKey != "")
	put("bot_key_field", c.BotKeyField, c.BotKeyField != "")
	put("base_url", c.BaseURL, c.BaseURL != "")
	put("timeout_ms", millis(c.Timeout), c.Timeout != 0)
	put("connect_timeout_ms", millis(c.ConnectTimeout), c.ConnectTimeout != 0)
	put("proxy", c.Proxy, c.Proxy != "" && c.Proxy != "none")
	put("proxy", nil, c.Proxy == "none")
	put("tls", c.TLS, c.TLS != nil)
	put("user_agent", c.UserAgent, c.UserAgent != "")
	put("allow_http", true, c.AllowHTTP)
	put("log", c.Log, c.Log != "")
	state := map[string]string{"path": c.StatePath}
	if c.StateKey != "" {
		state["key"] = c.StateKey
	}
	put("state", state, c.StatePath != "")
	if c.Retry != nil {
		document["retry"] = c.Retry.document()
	}
	if c.Webhook != nil {
		document["webhook"] = c.Webhook.document()
	}
	return document
}

func (r Retry) document() any {
	return struct {
		MaxAttempts int    `json:"max_attempts,omitempty"`
		BaseDelay   *int64 `json:"base_delay_ms,omitempty"`
		MaxDelay    *int64 `json:"max_delay_ms,omitempty"`
	}{r.MaxAttempts, millis(r.BaseDelay), millis(r.MaxDelay)}
}

func (w Webhook) document() any {
	type fields Webhook
	return struct {
		fields
		Idle *int64 `json:"idle_ms,omitempty"`
	}{fields(w), millis(w.Idle)}
}

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
