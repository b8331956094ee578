package io.github.libwotnot

import io.github.libwotnot.internal.child
import io.github.libwotnot.internal.flag
import io.github.libwotnot.internal.int
import io.github.libwotnot.internal.long
import io.github.libwotnot.internal.nativeStatusName
import io.github.libwotnot.internal.text
import kotlinx.serialization.json.JsonObject
import java.io.Serializable

/**
 * What a call says instead of giving its value. One class for each family of codes; [Unknown] for
 * codes that this version does not know.
 */
public sealed class WotnotException(private val details: Details) : RuntimeException("${details.code}: ${details.message}") {
    /** The code's name, such as `rate_limited`; see [Code.of]. */
    public val code: String get() = details.code

    /** The number of [code] in the C library. */
    public val status: Int get() = details.status

    /** What was wrong, what was expected and what to do, without the code. Never a secret. */
    public val reason: String get() = details.message

    /** Whether the same call may succeed later without a change. */
    public val isRetryable: Boolean get() = details.retryable

    /** How many milliseconds the service asked to wait. */
    public val retryAfterMillis: Long? get() = details.retryAfterMillis

    /** What became of the message; null for calls that send nothing. */
    public val delivery: Delivery? get() = details.delivery

    /** The HTTP status of the last answer. */
    public val httpStatus: Int? get() = details.httpStatus

    /** The service's own word, such as `JWT_SIGNATURE_EXCEPTION`. */
    public val apiCode: String? get() = details.apiCode

    /** How many requests were tried. */
    public val attempts: Int get() = details.attempts

    /** The method that was called. */
    public val method: String? get() = details.method

    /** What your own web server must answer; on webhook errors alone. */
    public val reply: Reply? get() = details.reply

    /** The same error with another [reason], thrown from where this one was. */
    internal fun renamed(reason: String): WotnotException =
        if (reason == this.reason) this else make(details.copy(reason)).also { it.stackTrace = stackTrace }

    /** Nothing came within the time of a wait; only `call` says so, `receive` gives null. */
    public class Timeout internal constructor(details: Details) : WotnotException(details)

    // generated: classes, by `cargo xtask generate`
    /** `interrupt` or a cancellation woke the call. */
    public class Interrupted internal constructor(details: Details) : WotnotException(details)

    /** The client was closed, now or before. */
    public class Closed internal constructor(details: Details) : WotnotException(details)

    /** A field of the configuration or of the parameters is wrong; the message names it. Nothing was sent. */
    public class InvalidArgument internal constructor(details: Details) : WotnotException(details)

    /** The client was made before a fork; make a new one in the child. */
    public class Forked internal constructor(details: Details) : WotnotException(details)

    /** Resolving, connecting, reading or writing failed. */
    public open class Network internal constructor(details: Details) : WotnotException(details)

    /** The TLS handshake or the certificate was refused. */
    public class Tls internal constructor(details: Details) : Network(details)

    /** The proxy refused or could not be reached. */
    public class Proxy internal constructor(details: Details) : Network(details)

    /** The overall deadline passed. */
    public class RequestTimeout internal constructor(details: Details) : WotnotException(details)

    /** The service refused the token. */
    public class Unauthorized internal constructor(details: Details) : WotnotException(details)

    /** The API channel is not enabled in the account. */
    public class ChannelNotEnabled internal constructor(details: Details) : WotnotException(details)

    /** The service made no conversation; try again later. */
    public class ConversationNotCreated internal constructor(details: Details) : WotnotException(details)

    /** The service called the request invalid. */
    public class InvalidRequest internal constructor(details: Details) : WotnotException(details)

    /** The service knows no such path or conversation. */
    public class NotFound internal constructor(details: Details) : WotnotException(details)

    /** The service asked to slow down. See [retryAfterMillis]. */
    public class RateLimited internal constructor(details: Details) : WotnotException(details)

    /** The service refused in another way: any other 4xx. */
    public class Rejected internal constructor(details: Details) : WotnotException(details)

    /** The service failed: any 5xx. */
    public class ServerError internal constructor(details: Details) : WotnotException(details)

    /** The answer is not what the API promises. */
    public class ProtocolError internal constructor(details: Details) : WotnotException(details)

    /** The webhook token is missing or wrong. For a post: answer it with [reply]. */
    public class WebhookRejected internal constructor(details: Details) : WotnotException(details)

    /** A queue of this library is full, or the system gives no thread. For a post: answer it with [reply]. */
    public class Overloaded internal constructor(details: Details) : WotnotException(details)

    /** A fault of this library. Please report it. */
    public class Internal internal constructor(details: Details) : WotnotException(details)

    // generated: end

    /** A code that this version does not know. */
    public class Unknown internal constructor(details: Details) : WotnotException(details)

    /** The error document of the C library. */
    public class Details internal constructor(
        internal val code: String,
        internal val status: Int,
        internal val message: String,
        internal val retryable: Boolean = false,
        internal val retryAfterMillis: Long? = null,
        internal val delivery: Delivery? = null,
        internal val httpStatus: Int? = null,
        internal val apiCode: String? = null,
        internal val attempts: Int = 0,
        internal val method: String? = null,
        internal val reply: Reply? = null,
    ) : Serializable {
        internal fun copy(message: String) =
            Details(code, status, message, retryable, retryAfterMillis, delivery, httpStatus, apiCode, attempts, method, reply)
    }

    internal companion object {
        /** The exception for an error document; `status` and `method` stand in where it is silent. */
        fun read(document: JsonObject, status: Int, method: String): WotnotException = make(
            Details(
                code = document.text("code") ?: nativeStatusName(status),
                status = document.int("status") ?: status,
                message = document.text("message") ?: "the library gave no reason",
                retryable = document.flag("retryable"),
                retryAfterMillis = document.long("retry_after_ms"),
                delivery = Delivery.of(document.text("delivery")),
                httpStatus = document.int("http_status"),
                apiCode = document.text("api_code"),
                attempts = document.int("attempts") ?: 0,
                method = document.text("method") ?: method,
                reply = document.child("reply")?.let(Reply::read),
            ),
        )

        /** What this binding finds out by itself. */
        fun of(code: Code, message: String, method: String? = null, delivery: Delivery? = null): WotnotException =
            make(Details(code.wireName, code.number, message, method = method, delivery = delivery))

        private fun make(details: Details): WotnotException = when (Code.of(details.code)) {
            // generated: table
            Code.INTERRUPTED -> Interrupted(details)
            Code.CLOSED -> Closed(details)
            Code.NULL_ARGUMENT -> InvalidArgument(details)
            Code.INVALID_UTF8 -> InvalidArgument(details)
            Code.INVALID_JSON -> InvalidArgument(details)
            Code.INVALID_ARGUMENT -> InvalidArgument(details)
            Code.INVALID_CLIENT -> Closed(details)
            Code.FORKED -> Forked(details)
            Code.UNKNOWN_METHOD -> InvalidArgument(details)
            Code.NETWORK -> Network(details)
            Code.TLS -> Tls(details)
            Code.PROXY -> Proxy(details)
            Code.REQUEST_TIMEOUT -> RequestTimeout(details)
            Code.UNAUTHORIZED -> Unauthorized(details)
            Code.CHANNEL_NOT_ENABLED -> ChannelNotEnabled(details)
            Code.CONVERSATION_NOT_CREATED -> ConversationNotCreated(details)
            Code.INVALID_REQUEST -> InvalidRequest(details)
            Code.NOT_FOUND -> NotFound(details)
            Code.RATE_LIMITED -> RateLimited(details)
            Code.REJECTED -> Rejected(details)
            Code.SERVER_ERROR -> ServerError(details)
            Code.PROTOCOL_ERROR -> ProtocolError(details)
            Code.WEBHOOK_REJECTED -> WebhookRejected(details)
            Code.OVERLOADED -> Overloaded(details)
            Code.INTERNAL -> Internal(details)
            Code.PANIC -> Internal(details)
            // generated: end
            Code.TIMEOUT -> Timeout(details)
            Code.OK, null -> Unknown(details)
        }
    }
}
