package io.github.libwotnot

import io.github.libwotnot.internal.EMPTY
import io.github.libwotnot.internal.child
import io.github.libwotnot.internal.children
import io.github.libwotnot.internal.flag
import io.github.libwotnot.internal.int
import io.github.libwotnot.internal.number
import io.github.libwotnot.internal.text
import kotlinx.serialization.json.JsonArray
import kotlinx.serialization.json.JsonElement
import kotlinx.serialization.json.JsonObject

/** What the bot waits for, so that a window never guesses. `answer` of a client makes the message that answers it. */
public sealed interface Prompt {
    /** The document that it was read from. */
    public val raw: JsonObject

    /** Typed text. [format] is `any`, `name`, `email` or `phone`. */
    public data class Text(val format: String, override val raw: JsonObject = EMPTY) : Prompt {
        override fun toString(): String = "Text(format=$format)"
    }

    /**
     * One of several options, in order; an option's own `answer` is ready to be sent. With [multiple], several may be picked at
     * once: [least] to [most] of them, where the bot says.
     */
    public data class Choice(
        val options: List<ChoiceOption>,
        override val raw: JsonObject = EMPTY,
        val multiple: Boolean = false,
        val least: Int? = null,
        val most: Int? = null,
    ) : Prompt {
        override fun toString(): String = "Choice(options=${options.size})"
    }

    /** A number of [unit]. Bounds are null where the bot gives none. */
    public data class Slider(
        val min: Double?,
        val max: Double?,
        val step: Double?,
        val unit: String?,
        override val raw: JsonObject = EMPTY,
    ) : Prompt {
        override fun toString(): String = "Slider(min=$min, max=$max, step=$step, unit=$unit)"
    }

    /** Files that you host. [limits] stand under the names that the service uses. */
    public data class File(val limits: JsonObject, override val raw: JsonObject = EMPTY) : Prompt {
        override fun toString(): String = "File(limits=$limits)"
    }

    /** Several fields at once. */
    public data class Form(val fields: List<FormField>, override val raw: JsonObject = EMPTY) : Prompt {
        override fun toString(): String = "Form(fields=${fields.size})"
    }

    /** A date. The rules of [validation] stand under the names that the service uses. */
    public data class Date(val validation: JsonObject, override val raw: JsonObject = EMPTY) : Prompt {
        override fun toString(): String = "Date(validation=$validation)"
    }

    /**
     * The values of [variables], computed on the visitor's side. Run
     * [code] in a sandbox, or compute the variables some other way.
     */
    public data class Javascript(
        val code: String?,
        val variables: List<JsonElement>,
        override val raw: JsonObject = EMPTY,
    ) : Prompt {
        override fun toString(): String = "Javascript(variables=${variables.size})"
    }

    /** A kind that this version does not know; see [raw] and the event's. */
    public data class Unknown(val kind: String, override val raw: JsonObject = EMPTY) : Prompt {
        override fun toString(): String = "Unknown(kind=$kind)"
    }

    public companion object {
        internal fun read(raw: JsonObject): Prompt = when (val kind = raw.text("kind").orEmpty()) {
            "text" -> Text(raw.text("format") ?: "any", raw)
            "choice" -> Choice(
                options = raw.children("options").map(ChoiceOption::read),
                raw = raw,
                multiple = raw.flag("multiple"),
                least = raw.int("least"),
                most = raw.int("most"),
            )
            "slider" -> Slider(raw.number("min"), raw.number("max"), raw.number("step"), raw.text("unit"), raw)
            "file" -> File(raw.child("limits") ?: EMPTY, raw)
            "form" -> Form(raw.children("fields").map(FormField::read), raw)
            "date" -> Date(raw.child("validation") ?: EMPTY, raw)
            "javascript" -> Javascript(raw.text("code"), (raw["variables"] as? JsonArray).orEmpty(), raw)
            else -> Unknown(kind, raw)
        }
    }
}

/**
 * One option of a choice.
 *
 * @property label what to show, plain text
 * @property answer the message that picks it, ready for `send`; null on a mere link
 * @property url the page to open when it is picked
 * @property card the card of a carousel that it belongs to
 */
public data class ChoiceOption(
    val label: String,
    val answer: Message?,
    val url: String? = null,
    val card: Card? = null,
    val raw: JsonObject = EMPTY,
) {
    override fun toString(): String = "ChoiceOption(label=$label, answer=$answer, url=$url, card=${card?.index})"

    internal companion object {
        fun read(raw: JsonObject) = ChoiceOption(
            label = raw.text("label").orEmpty(),
            answer = raw.child("answer")?.let(Message::read),
            url = raw.text("url"),
            card = raw.child("card")?.let(Card::read),
            raw = raw,
        )
    }
}

/**
 * One card of a carousel.
 *
 * @property index its place, from 0
 * @property image the URL of a picture
 */
public data class Card(
    val index: Int,
    val title: String,
    val description: String,
    val image: String?,
    val raw: JsonObject = EMPTY,
) {
    override fun toString(): String = "Card(index=$index, title=$title)"

    internal companion object {
        fun read(raw: JsonObject) = Card(
            index = raw.int("index") ?: 0,
            title = raw.text("title").orEmpty(),
            description = raw.text("description").orEmpty(),
            image = raw.text("image"),
            raw = raw,
        )
    }
}

/**
 * One field of a form.
 *
 * @property label what to show, and what to answer under
 * @property raw everything that the service says about it
 */
public data class FormField(val label: String, val raw: JsonObject = EMPTY) {
    override fun toString(): String = "FormField(label=$label)"

    internal companion object {
        fun read(raw: JsonObject) = FormField(raw.text("label").orEmpty(), raw)
    }
}
