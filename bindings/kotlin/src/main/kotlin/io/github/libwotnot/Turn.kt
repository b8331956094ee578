package io.github.libwotnot

import io.github.libwotnot.internal.EMPTY
import io.github.libwotnot.internal.child
import io.github.libwotnot.internal.children
import io.github.libwotnot.internal.text
import kotlinx.serialization.json.JsonObject

/**
 * What the bot made of a message: all that came until its turn was over.
 *
 * @property messageId the service's id of the message; null when the service gives none
 * @property text what was said, as plain text, one message a line; without what is [Event.isLate]
 * @property ended how the turn came to its end
 * @property prompt the answer that the bot waits for; null when it waits for none
 * @property events every event of the conversation but the visitor's own messages
 * @property confirmedBy what showed that the message was taken, where its answer was lost: `echo` or `prompt`
 */
public data class Turn(
    val messageId: String?,
    val text: String,
    val ended: TurnEnd,
    val prompt: Prompt?,
    val events: List<Event>,
    val confirmedBy: String? = null,
    val raw: JsonObject = EMPTY,
) {
    /** Never what was said. */
    override fun toString(): String = "Turn(messageId=$messageId, ended=$ended, prompt=$prompt, events=${events.size})"

    internal companion object {
        fun read(raw: JsonObject) = Turn(
            messageId = raw.text("message_id"),
            text = raw.text("text").orEmpty(),
            ended = TurnEnd.of(raw.text("ended")),
            prompt = raw.child("prompt")?.let(Prompt::read),
            events = raw.children("events").map(Event::read),
            confirmedBy = raw.text("confirmed_by"),
            raw = raw,
        )
    }
}

/** How a turn comes to its end. */
public enum class TurnEnd {
    /** The bot asked something. */
    PROMPT,

    /** The conversation was closed. */
    CLOSED,

    /** A person answers from now on. */
    HANDED_OVER,

    /** Something came, and then nothing for a while. */
    QUIET,

    /** The time was over. */
    TIMEOUT,

    /** A way that this version does not know. */
    UNKNOWN,
    ;

    internal companion object {
        fun of(name: String?): TurnEnd = entries.firstOrNull { it.name.lowercase() == name } ?: UNKNOWN
    }
}
