package io.github.libwotnot

import io.github.libwotnot.internal.child
import io.github.libwotnot.internal.int
import io.github.libwotnot.internal.long
import io.github.libwotnot.internal.text
import kotlinx.serialization.json.JsonObject

/** What is logged of a client. */
public enum class LogLevel {
    /** Nothing. */
    OFF,

    /** Each retry, and the verdict of each call that was tried again or failed. */
    RETRIES,

    /** That, and the verdict of every other call. */
    CALLS,
}

/** What happened to a call. Holds no token, no id of a visitor, and nothing that anybody said. */
public class LogRecord internal constructor(internal val document: JsonObject) {
    /** `retry` (an attempt failed, and another one follows) or `verdict` (the call is over). */
    public val kind: String get() = document.text("kind").orEmpty()

    /** All of it as one line for people. */
    public val text: String get() = document.text("text").orEmpty()

    /** The library's method, such as `send_message`. */
    public val method: String get() = document.text("method").orEmpty()

    /** The conversation that the call named; null where it named none. */
    public val conversationId: String? get() = document.text("conversation_id")

    /** `ok`, or the error's, as [WotnotException.code] has it. */
    public val code: String get() = document.text("code").orEmpty()

    /** What became of the message so far; null on success. */
    public val delivery: Delivery? get() = Delivery.of(document.text("delivery"))

    /** The HTTP status of the last answer, on failures that had one. */
    public val httpStatus: Int? get() = document.int("http_status")

    /** How many requests were tried up to now. */
    public val attempts: Int get() = document.int("attempts") ?: 0

    /** How long is waited before the next one; on retries alone. */
    public val waitMillis: Long? get() = document.long("wait_ms")

    /** How long the call has taken up to now. */
    public val durationMillis: Long get() = document.long("duration_ms") ?: 0

    /** The error's text; null on success. */
    public val message: String? get() = document.text("message")

    /** How many older records nobody took and are gone. */
    public val dropped: Long get() = document.long("dropped") ?: 0

    /** [text]. */
    override fun toString(): String = text

    internal companion object {
        fun read(event: JsonObject) = LogRecord(event.child("log") ?: JsonObject(emptyMap()))
    }
}
