package wotnot

// Code names what went wrong. It is an error itself, so that errors.Is(err, wotnot.CodeNotFound) asks for it.
type Code string

// Error gives the code's name.
func (c Code) Error() string {
	return string(c)
}

// The codes of this version; a newer library may say others.
const (
	// generated: codes, by `cargo xtask generate`
	// CodeTimeout: No event arrived within the time that `receive` was given. Not an error.
	CodeTimeout Code = "timeout"
	// CodeInterrupted: `interrupt` or a cancellation woke the call.
	CodeInterrupted Code = "interrupted"
	// CodeClosed: The client was closed, now or before.
	CodeClosed Code = "closed"
	// CodeNullArgument: A required pointer was NULL.
	CodeNullArgument Code = "null_argument"
	// CodeInvalidUTF8: A string was not UTF-8.
	CodeInvalidUTF8 Code = "invalid_utf8"
	// CodeInvalidJSON: A string was not JSON.
	CodeInvalidJSON Code = "invalid_json"
	// CodeInvalidArgument: A field of the configuration or of the parameters is wrong; the message names it.
	CodeInvalidArgument Code = "invalid_argument"
	// CodeInvalidClient: The client id is zero or unknown.
	CodeInvalidClient Code = "invalid_client"
	// CodeForked: The client was made before a fork; make a new one in the child.
	CodeForked Code = "forked"
	// CodeUnknownMethod: There is no such method.
	CodeUnknownMethod Code = "unknown_method"
	// CodeNetwork: Resolving, connecting, reading or writing failed.
	CodeNetwork Code = "network"
	// CodeTLS: The TLS handshake or the certificate was refused.
	CodeTLS Code = "tls"
	// CodeProxy: The proxy refused or could not be reached.
	CodeProxy Code = "proxy"
	// CodeRequestTimeout: The overall deadline passed.
	CodeRequestTimeout Code = "request_timeout"
	// CodeUnauthorized: The service refused the token.
	CodeUnauthorized Code = "unauthorized"
	// CodeChannelNotEnabled: The API channel is not enabled in the account.
	CodeChannelNotEnabled Code = "channel_not_enabled"
	// CodeConversationNotCreated: The service made no conversation; try again later.
	CodeConversationNotCreated Code = "conversation_not_created"
	// CodeInvalidRequest: The service called the request invalid.
	CodeInvalidRequest Code = "invalid_request"
	// CodeNotFound: The service knows no such path or conversation.
	CodeNotFound Code = "not_found"
	// CodeRateLimited: The service asked to slow down.
	CodeRateLimited Code = "rate_limited"
	// CodeRejected: The service refused in another way: any other 4xx.
	CodeRejected Code = "rejected"
	// CodeServerError: The service failed: any 5xx.
	CodeServerError Code = "server_error"
	// CodeProtocolError: The answer is not what the API promises.
	CodeProtocolError Code = "protocol_error"
	// CodeWebhookRejected: The webhook token is missing or wrong.
	CodeWebhookRejected Code = "webhook_rejected"
	// CodeOverloaded: A queue of this library is full, or the system gives no thread.
	CodeOverloaded Code = "overloaded"
	// CodeInternal: A fault of this library.
	CodeInternal Code = "internal"
	// CodePanic: A panic inside this library was caught.
	CodePanic Code = "panic"
	// generated: end
)

// The more general code that a code is a kind of; else the code itself.
func (c Code) family() Code {
	switch c {
	// generated: families
	case CodeNullArgument:
		return CodeInvalidArgument
	case CodeInvalidUTF8:
		return CodeInvalidArgument
	case CodeInvalidJSON:
		return CodeInvalidArgument
	case CodeInvalidClient:
		return CodeClosed
	case CodeUnknownMethod:
		return CodeInvalidArgument
	case CodeTLS:
		return CodeNetwork
	case CodeProxy:
		return CodeNetwork
	case CodePanic:
		return CodeInternal
	// generated: end
	default:
		return c
	}
}
