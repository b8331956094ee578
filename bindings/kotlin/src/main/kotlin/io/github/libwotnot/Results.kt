// What the calls give back. `raw` is the document that each was read from, with fields that this version does not know.
package io.github.libwotnot

import io.github.libwotnot.internal.EMPTY
import io.github.libwotnot.internal.child
import io.github.libwotnot.internal.children
import io.github.libwotnot.internal.int
import io.github.libwotnot.internal.long
import io.github.libwotnot.internal.text
import io.github.libwotnot.internal.time
import io.github.libwotnot.internal.withoutUser
import kotlinx.serialization.json.JsonObject
import java.io.Serializable
import java.time.Instant

/**
 * A message that was taken.
 *
 * @property messageId the service's id of it; null when the service gives none
 * @property clientId through a gateway: your own id of it, or the one that was made
 * @property seq through a gateway: its entry in the gateway's log
 * @property state through a gateway: what becomes of it
 */
public data class Sent(
    val messageId: String?,
    val clientId: String? = null,
    val seq: Long? = null,
    val state: MessageState? = null,
    val raw: JsonObject = EMPTY,
) {
    override fun toString(): String = "Sent(messageId=$messageId, clientId=$clientId, state=$state)"

    internal companion object {
        fun read(raw: JsonObject) =
            Sent(raw.text("message_id"), raw.text("client_id"), raw.long("seq"), MessageState.of(raw.text("state")), raw)
    }
}

/** What `openConversation` does when the visitor has a conversation with the bot. */
public enum class IfKnown {
    /** Gives it, and sends nothing. */
    REUSE,

    /** Throws [WotnotException.InvalidArgument]. */
    REFUSE,

    /** Starts another, which takes its place. */
    NEW,
}

/** How `openConversation` came by a conversation. */
public enum class Opened {
    /** The service made it now. */
    STARTED,

    /** The visitor had it. */
    REUSED,

    /** The answer to its start was lost, and an event named it. */
    RECOVERED,
    ;

    internal companion object {
        fun of(name: String?): Opened? = entries.firstOrNull { it.name.lowercase() == name }
    }
}

/**
 * Who answers in a conversation: the bot.
 *
 * @property id the bot user's id
 * @property to the bot user's e-mail address
 */
public data class Assignee(val id: String?, val to: String?, val raw: JsonObject = EMPTY) {
    /** Without the address. */
    override fun toString(): String = "Assignee(id=$id)"

    internal companion object {
        fun read(raw: JsonObject) = Assignee(raw.text("id"), raw.text("to"), raw)
    }
}

/**
 * The visitor as the service knows them; all null on a conversation that was not started here.
 *
 * @property visitorKey `<visitor id>_<account id>`; events name it as [Event.visitorKey]
 */
public data class Contact(
    val name: String? = null,
    val email: String? = null,
    val phone: String? = null,
    val visitorKey: String? = null,
    val raw: JsonObject = EMPTY,
) {
    /** Which fields are given; never what they hold. */
    override fun toString(): String = "Contact(${raw.keys.joinToString()})"

    internal companion object {
        fun read(raw: JsonObject) = Contact(raw.text("name"), raw.text("email"), raw.text("phone"), raw.text("visitor_key"), raw)
    }
}

/**
 * What your own web server must answer to a post of the service.
 *
 * @property status the HTTP status
 * @property body JSON; holds the webhook token in answer to the service's test of the endpoint
 */
public data class Reply(val status: Int, val body: String) : Serializable {
    override fun toString(): String = "Reply(status=$status, body=[${body.length} characters])"

    internal companion object {
        fun read(raw: JsonObject) = Reply(raw.int("status") ?: 500, raw.text("body").orEmpty())
    }
}

/**
 * A post of the service, taken apart.
 *
 * @property events none when it was the service's test of the endpoint
 * @property reply what to answer, once the events are kept
 */
public data class ParsedWebhook(val events: List<Event>, val reply: Reply) {
    internal companion object {
        fun read(raw: JsonObject) =
            ParsedWebhook(raw.children("events").map(Event::read), Reply.read(raw.child("reply") ?: EMPTY))
    }
}

/**
 * What a client is and has done so far.
 *
 * @property version the native library's version
 * @property webhookUrl where its listener takes events; null when it has none
 * @property timeoutMillis the overall deadline of a call that names none
 * @property webhook how events come in; null on a client without a webhook
 * @property gateway what is known at the gateway; null on a client of the service itself
 */
public data class Status(
    val version: String,
    val baseUrl: String,
    val webhookUrl: String?,
    val timeoutMillis: Long,
    val counters: Counters,
    val raw: JsonObject = EMPTY,
    val webhook: WebhookStatus? = null,
    val gateway: GatewayStatus? = null,
) {
    override fun toString(): String =
        "Status(version=$version, baseUrl=${baseUrl.withoutUser()}, webhookUrl=$webhookUrl, timeoutMillis=$timeoutMillis)"

    internal companion object {
        fun read(raw: JsonObject) = Status(
            version = raw.text("version").orEmpty(),
            baseUrl = raw.text("base_url").orEmpty(),
            webhookUrl = raw.text("webhook_url"),
            timeoutMillis = raw.long("timeout_ms") ?: Long.MAX_VALUE,
            counters = Counters.read(raw.child("counters") ?: EMPTY),
            raw = raw,
            webhook = raw.child("webhook")?.let(WebhookStatus::read),
            gateway = raw.child("gateway")?.let(GatewayStatus::read),
        )
    }
}

/**
 * Counts since the client was made.
 *
 * @property calls calls that sent something, or meant to
 * @property failures those of them that failed
 * @property retries requests beyond the first of a call
 * @property eventsHeld events that the native queue holds now
 * @property bytesHeld what they take of the webhook's `capacityBytes`
 * @property conversationsHeld the conversations that they belong to
 * @property eventsEvicted events that nobody read and that gave way to others when all was full
 * @property deliveriesRefused deliveries that were answered 503 because the queue was full
 * @property eventsDuplicate events that were delivered more than once and left out
 */
public data class Counters(
    val calls: Long,
    val failures: Long,
    val retries: Long,
    val bytesSent: Long,
    val bytesReceived: Long,
    val eventsHeld: Long,
    val deliveriesRefused: Long,
    val eventsDuplicate: Long,
    val raw: JsonObject = EMPTY,
    val bytesHeld: Long = 0,
    val conversationsHeld: Long = 0,
    val eventsEvicted: Long = 0,
) {
    internal companion object {
        fun read(raw: JsonObject): Counters {
            val count = { name: String -> raw.long(name) ?: 0 }
            return Counters(
                calls = count("calls"),
                failures = count("failures"),
                retries = count("retries"),
                bytesSent = count("bytes_sent"),
                bytesReceived = count("bytes_received"),
                eventsHeld = count("events_held"),
                deliveriesRefused = count("deliveries_refused"),
                eventsDuplicate = count("events_duplicate"),
                raw = raw,
                bytesHeld = count("bytes_held"),
                conversationsHeld = count("conversations_held"),
                eventsEvicted = count("events_evicted"),
            )
        }
    }
}

/**
 * How events come in, and what was refused.
 *
 * @property capacity how many events wait at most
 * @property capacityBytes how many bytes they take at most
 * @property idleMillis after how long without a reader a conversation gives way when all is full
 * @property lastRefusedAt when a post was last refused; null when none was
 */
public data class WebhookStatus(
    val capacity: Long,
    val capacityBytes: Long,
    val idleMillis: Long,
    val refused: RefusedPosts,
    val lastRefusedAt: Instant?,
) {
    internal companion object {
        fun read(raw: JsonObject) = WebhookStatus(
            capacity = raw.long("capacity") ?: 0,
            capacityBytes = raw.long("capacity_bytes") ?: 0,
            idleMillis = raw.long("idle_ms") ?: 0,
            refused = RefusedPosts.read(raw.child("refused") ?: EMPTY),
            lastRefusedAt = raw.time("last_refused_at"),
        )
    }
}

/**
 * Posts that were refused since the client was made, by reason.
 *
 * @property unauthorized no webhook token, or a wrong one (401)
 * @property malformed no JSON, or no delivery (400)
 * @property tooLarge a body over 1 MiB, or more than an empty queue takes (413)
 * @property overloaded the queue was full (503)
 * @property wrongPath the listener was asked for another path (404)
 * @property wrongMethod the listener was asked by another method than POST (405)
 * @property tooSlow the sender took too long for its body (408)
 */
public data class RefusedPosts(
    val unauthorized: Long,
    val malformed: Long,
    val tooLarge: Long,
    val overloaded: Long,
    val wrongPath: Long,
    val wrongMethod: Long,
    val tooSlow: Long,
) {
    internal companion object {
        fun read(raw: JsonObject): RefusedPosts {
            val count = { name: String -> raw.long(name) ?: 0 }
            return RefusedPosts(
                unauthorized = count("unauthorized"),
                malformed = count("malformed"),
                tooLarge = count("too_large"),
                overloaded = count("overloaded"),
                wrongPath = count("wrong_path"),
                wrongMethod = count("wrong_method"),
                tooSlow = count("too_slow"),
            )
        }
    }
}
