// What only a visitor of a gateway has: states of messages, decisions on them, transcripts.
package io.github.libwotnot

import io.github.libwotnot.internal.flag
import io.github.libwotnot.internal.int
import io.github.libwotnot.internal.text
import kotlinx.serialization.json.JsonObject

/** What became of a message, through a gateway. */
public enum class MessageState {
    /** It waits here for a network. */
    KEPT,

    /** The gateway has it. */
    QUEUED,

    /** It is on its way to the bot. */
    SENDING,

    /** The bot has it. */
    ACCEPTED,

    /** The service refused it; [Event.reason] says why. */
    REJECTED,

    /** The bot has it or not: [Conversation.resolve] decides. */
    UNCONFIRMED,

    /** It was sent once more. */
    RESENT,

    /** It was given up. */
    DISCARDED,
    ;

    internal companion object {
        fun of(name: String?): MessageState? = entries.firstOrNull { it.name.lowercase() == name }
    }
}

/** What is done about a message that is [MessageState.UNCONFIRMED]. */
public enum class Resolution {
    /** It is sent once more. */
    RESEND,

    /** It is given up. */
    DISCARD,
}

/** The form of a transcript. */
public enum class TranscriptFormat {
    JSON,
    TXT,
    HTML,
}

/**
 * Who the visitor is at a gateway, and what waits for a network.
 *
 * @property visitorId the gateway's id of the visitor; null before the first call
 * @property conversationId the conversation that was begun; null when none was
 * @property kept how many messages are kept here and go out when there is a network
 * @property background whether a thread of the client's own fills the inbox
 */
public data class GatewayStatus(
    val visitorId: String?,
    val conversationId: String?,
    val kept: Int,
    val background: Boolean,
) {
    internal companion object {
        fun read(raw: JsonObject) = GatewayStatus(
            visitorId = raw.text("visitor_id"),
            conversationId = raw.text("conversation_id"),
            kept = raw.int("kept") ?: 0,
            background = raw.flag("background"),
        )
    }
}
