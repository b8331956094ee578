package io.github.libwotnot

/**
 * What a call can say: the status table of the C library.
 *
 * @property number the number that the C functions return
 */
public enum class Code(public val number: Int) {
    // generated: codes, by `cargo xtask generate`
    /** Success. */
    OK(0),

    /** No event arrived within the time that `receive` was given. Not an error. */
    TIMEOUT(1),

    /** `interrupt` or a cancellation woke the call. */
    INTERRUPTED(2),

    /** The client was closed, now or before. */
    CLOSED(3),

    /** A required pointer was NULL. */
    NULL_ARGUMENT(10),

    /** A string was not UTF-8. */
    INVALID_UTF8(11),

    /** A string was not JSON. */
    INVALID_JSON(12),

    /** A field of the configuration or of the parameters is wrong; the message names it. */
    INVALID_ARGUMENT(13),

    /** The client id is zero or unknown. */
    INVALID_CLIENT(14),

    /** The client was made before a fork; make a new one in the child. */
    FORKED(15),

    /** There is no such method. */
    UNKNOWN_METHOD(16),

    /** Resolving, connecting, reading or writing failed. */
    NETWORK(20),

    /** The TLS handshake or the certificate was refused. */
    TLS(21),

    /** The proxy refused or could not be reached. */
    PROXY(22),

    /** The overall deadline passed. */
    REQUEST_TIMEOUT(23),

    /** The service refused the token. */
    UNAUTHORIZED(30),

    /** The API channel is not enabled in the account. */
    CHANNEL_NOT_ENABLED(31),

    /** The service made no conversation; try again later. */
    CONVERSATION_NOT_CREATED(32),

    /** The service called the request invalid. */
    INVALID_REQUEST(33),

    /** The service knows no such path or conversation. */
    NOT_FOUND(34),

    /** The service asked to slow down. */
    RATE_LIMITED(35),

    /** The service refused in another way: any other 4xx. */
    REJECTED(36),

    /** The service failed: any 5xx. */
    SERVER_ERROR(37),

    /** The answer is not what the API promises. */
    PROTOCOL_ERROR(38),

    /** The webhook token is missing or wrong. */
    WEBHOOK_REJECTED(39),

    /** A queue of this library is full, or the system gives no thread. */
    OVERLOADED(40),

    /** A fault of this library. */
    INTERNAL(90),

    /** A panic inside this library was caught. */
    PANIC(91),

    // generated: end
    ;

    /** The name that JSON uses, such as `rate_limited`. */
    public val wireName: String get() = name.lowercase()

    public companion object {
        /** The code with this name in JSON, or null for one that this version does not know. */
        @JvmStatic
        public fun of(wireName: String): Code? = entries.firstOrNull { it.wireName == wireName }
    }
}

/** What became of a message whose call failed: read it before you offer "try again". */
public enum class Delivery {
    /** Nothing reached the service. */
    NOT_SENT,

    /** The service said no. */
    REJECTED,

    /** The message may have been taken. */
    UNKNOWN,
    ;

    internal companion object {
        fun of(name: String?): Delivery? = when (name) {
            null -> null
            "not_sent" -> NOT_SENT
            "rejected" -> REJECTED
            // A word that this version does not know promises nothing.
            else -> UNKNOWN
        }
    }
}
