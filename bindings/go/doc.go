// Package wotnot puts a WotNot chatbot behind your own chat window: it starts conversations, sends what visitors
// answer, and receives what the bot says. It wraps the C library libwotnot by cgo; what the service accepts, what is
// tried again and what became of a message is decided there, the same for every language.
//
// Every call takes a [context.Context] and ends at once when that is done. What fails is an [*Error], whose Delivery
// says what became of the message; errors.Is(err, wotnot.CodeRateLimited) asks for a code.
//
// A [Client] is for all goroutines of a program. A call that blocks takes a thread of the operating system for as long
// as it lasts, as every call of a C function does.
//
// The library is found by pkg-config, as the package wotnot, or with the build tag wotnot_static as wotnot-static.
package wotnot
