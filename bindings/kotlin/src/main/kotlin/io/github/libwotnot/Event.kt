package io.github.libwotnot

import io.github.libwotnot.internal.child
import io.github.libwotnot.internal.flag
import io.github.libwotnot.internal.long
import io.github.libwotnot.internal.text
import io.github.libwotnot.internal.time
import kotlinx.serialization.json.JsonElement
import kotlinx.serialization.json.JsonNull
import kotlinx.serialization.json.JsonObject
import java.time.Instant

/** What the service says through the webhook. A kind that this version does not know is [Unknown]: look at [raw]. */
public sealed class Event(internal val document: JsonObject) {
    /** Counts the events of one client in the order in which they arrived; null from `parseWebhook`. */
    public val seq: Long? get() = document.long("seq")

    /** The same for every delivery of the same event. */
    public val eventId: String get() = document.text("event_id").orEmpty()

    /** The conversation, as [Conversation.id] names it. */
    public val conversationId: String? get() = document.text("conversation_id")

    /** The visitor, as [Contact.visitorKey] names them. */
    public val visitorKey: String? get() = document.text("visitor_key")

    /** When this library took it. */
    public val receivedAt: Instant? get() = document.time("received_at")

    /** When it happened by the service's clock, where it says so. */
    public val occurredAt: Instant? get() = document.time("occurred_at")

    /** Whether it came before the message of the turn that it is part of. */
    public val isLate: Boolean get() = document.flag("late")

    /** Through a gateway: the visitor's own id of a message of theirs. */
    public val clientId: String? get() = document.text("client_id")

    /** Beside [clientId]: what became of it; null for a state that this version does not know. */
    public val state: MessageState? get() = MessageState.of(document.text("state"))

    /** On [Delivery] and [Reset]: why. */
    public val reason: String? get() = document.text("reason")

    /** The element of the post, as it was sent; its text where it cannot be read, and null on [Evicted]. */
    public val raw: JsonElement get() = document["raw"] ?: JsonNull

    /** The payload of every kind but [Message] and [Evicted], as it was sent. */
    public val payload: JsonElement get() = document["payload"] ?: JsonNull

    /** The bot, an agent or the visitor said something. */
    public class Message internal constructor(document: JsonObject) : Event(document) {
        /** `bot`, `agent` or `visitor`; null where the service does not say. */
        public val by: String? = document.text("by")

        /** The message as plain text; empty when it has none. */
        public val text: String = document.text("text").orEmpty()

        /** The message as HTML, as it was sent; null when it has none. */
        public val html: String? = document.text("html")

        /** The message as it was sent. */
        public val message: JsonElement = document["message"] ?: JsonNull

        /** The answer that the bot waits for; null when it waits for none. */
        public val prompt: Prompt? = document.child("prompt")?.let(Prompt::read)
    }

    /** A conversation was made. */
    public class ConversationCreated internal constructor(document: JsonObject) : Event(document)

    /** A conversation was opened or closed. */
    public class Status internal constructor(document: JsonObject) : Event(document) {
        /** Whether it is closed now; null where the service does not say. */
        public val closed: Boolean? = document["closed"]?.let { document.flag("closed") }
    }

    /** Somebody else answers now. */
    public class Assignee internal constructor(document: JsonObject) : Event(document) {
        /** Who answers from now on; null where the service does not say. */
        public val handover: Handover? = document.child("handover")?.let(Handover::read)
    }

    /** A variable was written. */
    public class Variables internal constructor(document: JsonObject) : Event(document)

    /** A label was put on. */
    public class Label internal constructor(document: JsonObject) : Event(document)

    /** An agent wrote a note. */
    public class Note internal constructor(document: JsonObject) : Event(document)

    /** A service level was missed. */
    public class SlaBreached internal constructor(document: JsonObject) : Event(document)

    /** A message was delivered or read. */
    public class MessageStatus internal constructor(document: JsonObject) : Event(document)

    /** The inbox was full, and this conversation, which nobody read, gave way to others. */
    public class Evicted internal constructor(document: JsonObject) : Event(document) {
        /** How many of its events are gone. */
        public val events: Long = document.long("events") ?: 0
    }

    /** What became of the visitor's message, from a gateway: [state] of [clientId]. */
    public class Delivery internal constructor(document: JsonObject) : Event(document)

    /** A gateway could not go on where this client was: what it has of the conversation follows. */
    public class Reset internal constructor(document: JsonObject) : Event(document)

    /** A gateway does not take the visitor's identity any more: give it a fresh one. */
    public class IdentityWanted internal constructor(document: JsonObject) : Event(document)

    /** How far a file is on its way to a gateway. */
    public class Upload internal constructor(document: JsonObject) : Event(document)

    /** A kind that this version does not know. */
    public class Unknown internal constructor(document: JsonObject) : Event(document)

    /**
     * JSON for a browser or another program: what a chat window needs, and nothing that the service sent
     * besides. No [raw], no [payload], no [visitorKey]. What is not known is null.
     */
    public fun toJson(): String {
        val more = when (this) {
            is Message -> listOf("by", "text", "html", "prompt")
            is Status -> listOf("closed")
            is Assignee -> listOf("handover")
            else -> emptyList()
        }
        return JsonObject((WINDOW + more).associateWith { document[it] ?: JsonNull }).toString()
    }

    override fun equals(other: Any?): Boolean = other is Event && other.document == document

    override fun hashCode(): Int = document.hashCode()

    /** Kind and ids; never what was said. */
    override fun toString(): String = "${javaClass.simpleName}(seq=$seq, eventId=$eventId, conversationId=$conversationId)"

    internal companion object {
        private val WINDOW = listOf("type", "seq", "event_id", "conversation_id", "received_at", "occurred_at")

        fun read(document: JsonObject): Event = when (document.text("type")) {
            "message" -> Message(document)
            "conversation_created" -> ConversationCreated(document)
            "status" -> Status(document)
            "assignee" -> Assignee(document)
            "variables" -> Variables(document)
            "label" -> Label(document)
            "note" -> Note(document)
            "sla_breached" -> SlaBreached(document)
            "message_status" -> MessageStatus(document)
            "evicted" -> Evicted(document)
            "delivery" -> Delivery(document)
            "reset" -> Reset(document)
            "identity_wanted" -> IdentityWanted(document)
            "upload" -> Upload(document)
            else -> Unknown(document)
        }
    }
}

/**
 * Who answers from now on.
 *
 * @property direction `to_agent` or `to_bot`
 * @property name their name, where the service gives it
 */
public data class Handover(val direction: String, val name: String?) {
    internal companion object {
        fun read(raw: JsonObject) = Handover(raw.text("direction").orEmpty(), raw.text("name"))
    }
}
