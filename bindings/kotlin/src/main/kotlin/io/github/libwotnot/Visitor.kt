// What only a visitor of a gateway has: states of messages, decisions on them, transcripts.
package io.github.libwotnot

import io.github.libwotnot.internal.EMPTY
import io.github.libwotnot.internal.flag
import io.github.libwotnot.internal.int
import io.github.libwotnot.internal.long
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

/** Whether people see an app now. */
public enum class AppState {
    FOREGROUND,

    /** The gateway is asked less often. */
    BACKGROUND,
}

/**
 * How far a file is on its way to a gateway.
 *
 * @property fileId the gateway's id of it
 * @property name the name that is shown
 * @property size how many bytes it has
 * @property offset how many of them the gateway has
 * @property isReady whether it is there as a whole
 * @property link what answers a prompt for a file, once it is ready
 */
public data class Uploaded(
    val fileId: String,
    val name: String,
    val size: Long,
    val offset: Long,
    val isReady: Boolean,
    val link: String?,
    val raw: JsonObject = EMPTY,
) {
    /** Without the name and the link. */
    override fun toString(): String = "Uploaded(fileId=$fileId, size=$size, offset=$offset, isReady=$isReady)"

    internal companion object {
        fun read(raw: JsonObject) = Uploaded(
            fileId = raw.text("file_id").orEmpty(),
            name = raw.text("name").orEmpty(),
            size = raw.long("size") ?: 0,
            offset = raw.long("offset") ?: 0,
            isReady = raw.flag("ready"),
            link = raw.text("link"),
            raw = raw,
        )
    }
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
