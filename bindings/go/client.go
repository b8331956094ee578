package wotnot

import (
	"context"
	"encoding/json"
	"fmt"
	"iter"
	"time"
)

// Client is a client of the API channel. Share it among goroutines, and close it when done.
type Client struct {
	id nativeID
}

// New checks the settings, and opens the webhook's listener when they ask for one. It sends nothing.
// A wrong setting is an [*Error] with [CodeInvalidArgument] that names it as docs/configuration.md does.
func New(config Config) (*Client, error) {
	text, err := encode(config.document())
	if err != nil {
		return nil, err
	}
	return NewFromJSON(string(text))
}

// NewFromJSON makes a client of settings in the library's JSON form, such as a file holds.
func NewFromJSON(config string) (*Client, error) {
	id, err := nativeNew(config)
	if err != nil {
		return nil, err
	}
	return &Client{id}, nil
}

// Close ends every call and every wait with [CodeClosed], and stops the listener. A second time does nothing.
func (c *Client) Close() error {
	return nativeClose(c.id)
}

// Interrupt wakes everybody who waits for an event now: [Client.Receive] gives [CodeInterrupted], and a loop over
// [Client.Events] ends.
func (c *Client) Interrupt() error {
	return nativeInterrupt(c.id)
}

// Start is how a conversation starts.
type Start struct {
	// VisitorID is your own unique id of the visitor; a gateway knows its visitor, and needs none.
	VisitorID string `json:"visitor_id,omitempty"`
	// Message is what they say first: [Text].
	Message Message `json:"message"`
	// Variables is what is known about them.
	Variables *Variables `json:"variables,omitempty"`
	// BotKey is the bot to talk to, instead of the configured one.
	BotKey string `json:"bot_key,omitempty"`
	// Timeout is the overall deadline, instead of the configured one.
	Timeout time.Duration `json:"-"`
	// IfKnown is what [Client.OpenConversation] does when the visitor has a conversation; [Reuse] when empty.
	IfKnown IfKnown `json:"if_known,omitempty"`
}

// MarshalJSON writes the parameters of the library.
func (s Start) MarshalJSON() ([]byte, error) {
	type fields Start
	return encode(struct {
		fields
		Timeout *int64 `json:"timeout_ms,omitempty"`
	}{fields(s), millis(s.Timeout)})
}

// Format shows nothing of the visitor.
func (s Start) Format(f fmt.State, _ rune) {
	fmt.Fprint(f, "Start(visitor_id=[redacted])")
}

// IfKnown is what [Client.OpenConversation] does when the visitor has a conversation with the bot.
type IfKnown string

const (
	// Reuse gives it, and sends nothing.
	Reuse IfKnown = "reuse"
	// Refuse gives an error with [CodeInvalidArgument].
	Refuse IfKnown = "refuse"
	// Another starts a new one, which takes its place.
	Another IfKnown = "new"
)

// Variables is what is known about a visitor when a conversation starts: strings, numbers, booleans and nil by name.
type Variables struct {
	// System has such as timezone, referrerUrl and browserLanguage.
	System map[string]any `json:"system,omitempty"`
	// Contact has such as name, email and phone; it is kept across conversations.
	Contact map[string]any `json:"contact,omitempty"`
	// Conversation is for this conversation alone.
	Conversation map[string]any `json:"conversation,omitempty"`
}

// Format shows how many there are, and never what they hold.
func (v Variables) Format(f fmt.State, _ rune) {
	fmt.Fprintf(f, "Variables(system=%d, contact=%d, conversation=%d)", len(v.System), len(v.Contact), len(v.Conversation))
}

// StartConversation starts a conversation. [Client.OpenConversation] keeps to one for each visitor.
func (c *Client) StartConversation(ctx context.Context, start Start) (*Conversation, error) {
	return c.begin(ctx, "start_conversation", start)
}

// OpenConversation gives the conversation that the visitor has with the bot, or starts it with the message.
// [Conversation.Opened] says which, and [Conversation.MessageSent] whether the service took the message.
func (c *Client) OpenConversation(ctx context.Context, start Start) (*Conversation, error) {
	return c.begin(ctx, "open_conversation", start)
}

func (c *Client) begin(ctx context.Context, method string, start Start) (*Conversation, error) {
	chat, err := call[Conversation](ctx, c, method, start)
	if err != nil {
		return nil, err
	}
	chat.client = c
	return chat, nil
}

// Conversation continues one that was started before. It sends nothing.
func (c *Client) Conversation(id string) *Conversation {
	return &Conversation{client: c, ID: id}
}

// Forget forgets the conversations that [Client.OpenConversation] knows of the visitor, with the events of them that
// wait, and gives how many there were. Through a gateway it erases all that the gateway keeps of the visitor, who needs
// no id.
func (c *Client) Forget(ctx context.Context, visitorID string) (int, error) {
	params := map[string]string{}
	if visitorID != "" {
		params["visitor_id"] = visitorID
	}
	result, err := call[struct {
		Forgotten int `json:"forgotten"`
	}](ctx, c, "forget", params)
	if err != nil {
		return 0, err
	}
	return result.Forgotten, nil
}

// SetIdentity says who the visitor is, as your site signed it for a gateway: give a fresh one when the event
// identity_wanted asks for it. With an empty one the visitor is anonymous.
func (c *Client) SetIdentity(identity string) error {
	params := map[string]string{}
	if identity != "" {
		params["identity"] = identity
	}
	_, err := call[struct{}](context.Background(), c, "set_identity", params)
	return err
}

// Answer makes the message that answers a prompt, out of a plain value; docs/messages.md says which it takes. What the
// bot did not ask for is an [*Error] with [CodeInvalidArgument] that says what it asks for. It sends nothing.
func (c *Client) Answer(prompt *Prompt, value any) (Message, error) {
	message, err := call[Message](context.Background(), c, "answer", map[string]any{"prompt": prompt, "value": value})
	if err != nil {
		return Message{}, err
	}
	return *message, nil
}

// Receive gives the next event, in the order of arrival. When none arrives within the wait the error has
// [CodeTimeout]; 0 looks without waiting, and [Forever] has no end. A context that is done takes no event.
func (c *Client) Receive(ctx context.Context, wait time.Duration) (*Event, error) {
	return c.receive(ctx, receiveParams{Wait: waitMillis(wait), Log: "without"})
}

// Events loops over events as they arrive. The loop ends when none arrives within the wait, by [Client.Interrupt] and
// when the client is closed; any other error, a context that is done among them, comes last.
func (c *Client) Events(ctx context.Context, wait time.Duration) iter.Seq2[*Event, error] {
	return loop(func() (*Event, error) { return c.Receive(ctx, wait) })
}

// LogRecords loops over retries and verdicts as they happen, where [Config.Log] asks for them: run it on a goroutine of
// yours, with whatever your program logs with. It ends as [Client.Events] does.
func (c *Client) LogRecords(ctx context.Context, wait time.Duration) iter.Seq2[*LogRecord, error] {
	return loop(func() (*LogRecord, error) {
		event, err := c.receive(ctx, receiveParams{Wait: waitMillis(wait), Log: "only"})
		if err != nil {
			return nil, err
		}
		return event.log, nil
	})
}

type receiveParams struct {
	ConversationID string `json:"conversation_id,omitempty"`
	Wait           *int64 `json:"timeout_ms,omitempty"`
	Log            string `json:"log,omitempty"`
}

func (c *Client) receive(ctx context.Context, params receiveParams) (*Event, error) {
	return call[Event](ctx, c, "receive", params)
}

// AcceptWebhook checks a post to your own web server and keeps its events for [Client.Receive]. It gives what to answer,
// also with an error: authorization is the header of that name, or empty.
func (c *Client) AcceptWebhook(body []byte, authorization string) (Reply, error) {
	result, err := call[ParsedWebhook](context.Background(), c, "accept_webhook", post(body, authorization))
	if err != nil {
		return replyOf(err), err
	}
	return result.Reply, nil
}

// ParseWebhook checks a post to your own web server and takes it apart. It keeps nothing.
func (c *Client) ParseWebhook(body []byte, authorization string) (ParsedWebhook, error) {
	result, err := call[ParsedWebhook](context.Background(), c, "parse_webhook", post(body, authorization))
	if err != nil {
		return ParsedWebhook{Reply: replyOf(err)}, err
	}
	return *result, nil
}

// ParsedWebhook is a post of the service, taken apart.
type ParsedWebhook struct {
	// Events has none when it was the service's test of the endpoint.
	Events []Event `json:"events"`
	// Reply is what to answer, once the events are kept.
	Reply Reply `json:"reply"`
}

func post(body []byte, authorization string) map[string]string {
	params := map[string]string{"body": string(body)}
	if authorization != "" {
		params["authorization"] = authorization
	}
	return params
}

// What to answer to a post that was refused; 500 where the library does not say.
func replyOf(err error) Reply {
	if failure, isOurs := err.(*Error); isOurs && failure.Reply != nil {
		return *failure.Reply
	}
	return Reply{Status: 500, Body: "{}"}
}

// Status says what the client is and has done.
type Status struct {
	// Version is the library's.
	Version string `json:"version"`
	// BaseURL is the service's.
	BaseURL string `json:"base_url"`
	// WebhookURL is where the client's listener takes events; empty when it has none.
	WebhookURL string `json:"webhook_url"`
	// Raw is the whole document, with every counter.
	Raw json.RawMessage `json:"-"`
}

// UnmarshalJSON keeps the document too.
func (s *Status) UnmarshalJSON(text []byte) error {
	type fields Status
	return keepRaw(text, (*fields)(s), &s.Raw)
}

// Status says what the client is and has done.
func (c *Client) Status() (*Status, error) {
	return call[Status](context.Background(), c, "status", nil)
}

// A loop that ends quietly where the library says that there is nothing left to wait for.
func loop[T any](next func() (*T, error)) iter.Seq2[*T, error] {
	return func(yield func(*T, error) bool) {
		for {
			item, err := next()
			if failure, isOurs := err.(*Error); isOurs && failure.cause == nil {
				switch failure.Code {
				case CodeTimeout, CodeInterrupted, CodeClosed, CodeInvalidClient:
					return
				}
			}
			if !yield(item, err) || err != nil {
				return
			}
		}
	}
}
