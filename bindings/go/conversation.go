package wotnot

import (
	"context"
	"encoding/json"
	"fmt"
	"iter"
	"time"
)

// Conversation is a visitor's conversation. It sends on behalf of the visitor, and every failure says what became of
// the message.
type Conversation struct {
	client *Client

	// ID names the conversation, here and in [Event.ConversationID].
	ID string
	// Opened says how [Client.OpenConversation] came by it: started, reused, or recovered when the answer to its start
	// was lost and an event named it. Empty on one that it did not give.
	Opened string
	// MessageSent says whether the service took the message of the call that gave this.
	MessageSent bool
	// Contact is who the service takes the visitor for.
	Contact Contact
	// Raw is the document that it was read from.
	Raw json.RawMessage
}

// Contact is the visitor as the service knows them. What it does not know is empty.
type Contact struct {
	Name  string `json:"name"`
	Email string `json:"email"`
	Phone string `json:"phone"`
	// VisitorKey is how events name the visitor.
	VisitorKey string `json:"visitor_key"`
}

// Format shows nothing of the visitor.
func (c Contact) Format(f fmt.State, _ rune) {
	fmt.Fprint(f, "Contact([redacted])")
}

// UnmarshalJSON reads what start_conversation and open_conversation give.
func (c *Conversation) UnmarshalJSON(text []byte) error {
	var started struct {
		Conversation struct {
			ID string `json:"id"`
		} `json:"conversation"`
		Contact     Contact `json:"contact"`
		Opened      string  `json:"opened"`
		MessageSent *bool   `json:"message_sent"`
	}
	if err := keepRaw(text, &started, &c.Raw); err != nil {
		return err
	}
	c.ID, c.Contact, c.Opened = started.Conversation.ID, started.Contact, started.Opened
	c.MessageSent = started.MessageSent == nil || *started.MessageSent
	return nil
}

// Format shows the id alone.
func (c Conversation) Format(f fmt.State, _ rune) {
	fmt.Fprintf(f, "Conversation(%s)", c.ID)
}

// Option changes one call.
type Option func(map[string]any)

// WithTimeout sets the overall deadline of the call, instead of the configured one.
func WithTimeout(timeout time.Duration) Option {
	return func(params map[string]any) { params["timeout_ms"] = millis(timeout) }
}

// WithQuiet sets how long a bot that has said something may be silent before its turn is over, for
// [Conversation.Ask].
func WithQuiet(quiet time.Duration) Option {
	return func(params map[string]any) { params["quiet_ms"] = millis(quiet) }
}

// WithClientID gives a message your own id, by which a gateway counts it once.
func WithClientID(id string) Option {
	return func(params map[string]any) { params["client_id"] = id }
}

// Queued has a message kept where there is no network, to go out later; through a gateway.
func Queued() Option {
	return func(params map[string]any) { params["queue"] = true }
}

// MessageState is what became of a message, through a gateway.
type MessageState string

// The states of a message.
const (
	// MessageKept is a message that waits here for a network.
	MessageKept MessageState = "kept"
	// MessageQueued is one that the gateway has.
	MessageQueued MessageState = "queued"
	// MessageSending is one that is on its way to the bot.
	MessageSending MessageState = "sending"
	// MessageAccepted is one that the bot has.
	MessageAccepted MessageState = "accepted"
	// MessageRejected is one that the service refused; [Event.Reason] says why.
	MessageRejected MessageState = "rejected"
	// MessageUnconfirmed is one that the bot has or has not: [Conversation.Resolve] decides.
	MessageUnconfirmed MessageState = "unconfirmed"
	// MessageResent is one that was sent once more.
	MessageResent MessageState = "resent"
	// MessageDiscarded is one that was given up.
	MessageDiscarded MessageState = "discarded"
)

// Sent is a message that the service took.
type Sent struct {
	// MessageID is the service's; empty when the service gives none.
	MessageID string `json:"message_id"`
	// ClientID is your own id of it or the one that was made, through a gateway.
	ClientID string `json:"client_id"`
	// Seq is its entry in the gateway's log.
	Seq uint64 `json:"seq"`
	// State is what becomes of it, through a gateway.
	State MessageState `json:"state"`
	// Raw is the document that it was read from.
	Raw json.RawMessage `json:"-"`
}

// UnmarshalJSON keeps the document too.
func (s *Sent) UnmarshalJSON(text []byte) error {
	type fields Sent
	return keepRaw(text, (*fields)(s), &s.Raw)
}

// Send sends an answer, such as a choice's own or one that [Client.Answer] made.
func (c *Conversation) Send(ctx context.Context, message Message, options ...Option) (*Sent, error) {
	return call[Sent](ctx, c.client, "send_message", c.params(message, options))
}

// SendText sends typed text.
func (c *Conversation) SendText(ctx context.Context, text string, options ...Option) (*Sent, error) {
	return c.Send(ctx, Text(text), options...)
}

// Decision is what is done about a message that is [MessageUnconfirmed].
type Decision string

const (
	// Resend sends it once more.
	Resend Decision = "resend"
	// Discard gives it up.
	Discard Decision = "discard"
)

// Resolve decides on a message that is [MessageUnconfirmed], through a gateway.
func (c *Conversation) Resolve(ctx context.Context, clientID string, decision Decision) (*Sent, error) {
	params := map[string]any{"conversation_id": c.ID, "client_id": clientID, "action": decision}
	return call[Sent](ctx, c.client, "resolve", params)
}

// Transcript gives the whole conversation as a gateway has it, in the format json, txt or html.
func (c *Conversation) Transcript(ctx context.Context, format string) (string, error) {
	params := map[string]any{"conversation_id": c.ID, "format": format}
	transcript, err := call[struct {
		Content string `json:"content"`
	}](ctx, c.client, "transcript", params)
	if err != nil {
		return "", err
	}
	return transcript.Content, nil
}

// Ask says something and gives the bot's whole turn: all that comes until it asks something, the conversation is closed
// or handed over, or nothing more comes. It needs a client with a webhook. When it fails, no event is lost.
func (c *Conversation) Ask(ctx context.Context, message Message, options ...Option) (*Turn, error) {
	return call[Turn](ctx, c.client, "converse", c.params(message, options))
}

// AskText does the same with typed text.
func (c *Conversation) AskText(ctx context.Context, text string, options ...Option) (*Turn, error) {
	return c.Ask(ctx, Text(text), options...)
}

// Receive gives the next event of this conversation, as [Client.Receive] does. Those of others stay for others.
func (c *Conversation) Receive(ctx context.Context, wait time.Duration) (*Event, error) {
	return c.client.receive(ctx, receiveParams{ConversationID: c.ID, Wait: waitMillis(wait)})
}

// Events loops over the events of this conversation, as [Client.Events] does over those of all.
func (c *Conversation) Events(ctx context.Context, wait time.Duration) iter.Seq2[*Event, error] {
	return loop(func() (*Event, error) { return c.Receive(ctx, wait) })
}

func (c *Conversation) params(message Message, options []Option) map[string]any {
	params := map[string]any{"conversation_id": c.ID, "message": message}
	for _, option := range options {
		option(params)
	}
	return params
}
