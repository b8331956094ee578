package wotnot

import "fmt"

// Delivery says what became of a message whose call failed. Ask it before you offer "try again".
type Delivery string

const (
	// NotSent: no byte reached the service.
	NotSent Delivery = "not_sent"
	// Rejected: the service said no.
	Rejected Delivery = "rejected"
	// Unknown: the message may have been taken.
	Unknown Delivery = "unknown"
)

// Error is what a call gives instead of its value.
type Error struct {
	// Code names what went wrong.
	Code Code `json:"code"`
	// Status is the number of Code in the C library.
	Status int `json:"status"`
	// Message says what was wrong, what was expected and what to do. Never a secret.
	Message string `json:"message"`
	// Retryable says whether the same call may succeed later without a change.
	Retryable bool `json:"retryable"`
	// RetryAfterMillis is how long the service asked to wait; 0 when it did not.
	RetryAfterMillis int64 `json:"retry_after_ms"`
	// Delivery is empty for calls that send nothing.
	Delivery Delivery `json:"delivery"`
	// HTTPStatus is that of the last answer; 0 when there was none.
	HTTPStatus int `json:"http_status"`
	// APICode is the service's own word, such as JWT_SIGNATURE_EXCEPTION.
	APICode string `json:"api_code"`
	// Attempts counts the requests that were tried.
	Attempts int `json:"attempts"`
	// Method is the method that was called.
	Method string `json:"method"`
	// Reply is what your own web server must answer; on errors of a webhook's post alone.
	Reply *Reply `json:"reply"`

	cause error
}

// Error gives the code and the message.
func (e *Error) Error() string {
	return string(e.Code) + ": " + e.Message
}

// Is reports whether the error has this [Code] or one of its family: a certificate that was refused
// ([CodeTLS]) is a network error too ([CodeNetwork]).
func (e *Error) Is(target error) bool {
	code, isCode := target.(Code)
	return isCode && (e.Code == code || e.Code.family() == code)
}

// Unwrap gives the context's own error, where its end ended the call.
func (e *Error) Unwrap() error {
	return e.cause
}

// Reply is what your own web server must answer to a post of the service.
type Reply struct {
	// Status is the HTTP status.
	Status int `json:"status"`
	// Body is JSON. It holds the webhook's token in answer to the service's test of the endpoint.
	Body string `json:"body"`
}

// Format shows the status alone: the body may hold the webhook's token.
func (r Reply) Format(f fmt.State, _ rune) {
	fmt.Fprintf(f, "Reply(status=%d, body=[%d bytes])", r.Status, len(r.Body))
}
