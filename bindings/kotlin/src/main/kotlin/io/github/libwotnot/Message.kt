package io.github.libwotnot

import io.github.libwotnot.internal.EMPTY
import io.github.libwotnot.internal.child
import io.github.libwotnot.internal.document
import io.github.libwotnot.internal.json
import io.github.libwotnot.internal.number
import io.github.libwotnot.internal.refused
import io.github.libwotnot.internal.scalars
import io.github.libwotnot.internal.text
import kotlinx.serialization.SerializationException
import kotlinx.serialization.json.Json
import kotlinx.serialization.json.JsonArray
import kotlinx.serialization.json.JsonElement
import kotlinx.serialization.json.JsonObject
import kotlinx.serialization.json.JsonPrimitive

/**
 * What the visitor says: the vendor's own object. A choice's [ChoiceOption.answer] is one, ready to be sent.
 *
 * @property unchecked sends a type that this version does not know as it is
 */
public data class Message(val type: String, val data: JsonObject, val unchecked: Boolean = false) {
    /** The type alone; never what was said. */
    override fun toString(): String = "Message(type=$type)"

    internal fun json(): JsonObject =
        document("type" to type.json(), "data" to data, "unchecked" to JsonPrimitive(true).takeIf { unchecked })

    public companion object {
        /** Typed text. */
        @JvmStatic
        public fun text(text: String): Message = Message("text", document("body" to text.json()))

        /** The value of a slider. */
        @JvmStatic
        public fun slider(value: Number): Message =
            Message("slider.response", document("value" to number("message.data.value", value)))

        /** Files that you host. */
        @JvmStatic
        public fun files(files: List<FileLink>): Message =
            Message("file_upload.response", document("files" to JsonArray(files.map(FileLink::json))))

        /** What was filled into a form, by label. */
        @JvmStatic
        public fun form(fields: Map<String, Any?>): Message =
            Message("form.response", document("fields" to pairs("label", "message.data.fields", fields)))

        /** The values that a JavaScript block asked for. */
        @JvmStatic
        public fun variables(contact: Map<String, Any?>, other: Map<String, Any?>): Message {
            val path = "message.data.variables"
            val variables = document(
                "contact_variables" to pairs("name", "$path.contact_variables", contact),
                "non_contact_variables" to pairs("name", "$path.non_contact_variables", other),
            )
            return Message("javascript.response", document("variables" to variables))
        }

        /**
         * A message as the vendor's page shows it: `{"type": ..., "data": {...}}`.
         *
         * @throws WotnotException.InvalidArgument when it is no such JSON
         */
        @JvmStatic
        public fun fromJson(json: String): Message {
            val document = try {
                Json.parseToJsonElement(json) as? JsonObject
            } catch (_: SerializationException) {
                null
            } catch (_: StackOverflowError) {
                null
            }
            val type = (document?.get("type") as? JsonPrimitive)?.takeIf { it.isString }?.content
            val data = document?.get("data") as? JsonObject
            if (type == null || data == null) throw refused("expected JSON with a text `type` and an object `data`")
            return Message(type, data, document["unchecked"] == JsonPrimitive(true))
        }

        internal fun read(raw: JsonObject) = Message(raw.text("type").orEmpty(), raw.child("data") ?: EMPTY)

        private fun pairs(key: String, path: String, values: Map<String, Any?>): JsonElement =
            JsonArray(values.scalars(path).map { (name, value) -> document(key to name.json(), "value" to value) })
    }
}

/**
 * One file of an answer. What is null is filled in from [path], or else from the link.
 *
 * @property link where the service can fetch the file: an absolute http or https URL that you serve
 * @property filename the name to show
 * @property mimeType such as `image/png`
 * @property extension without the dot
 * @property path the local file behind the link; only its name is used, nothing is uploaded
 */
public data class FileLink @JvmOverloads constructor(
    val link: String,
    val filename: String? = null,
    val mimeType: String? = null,
    val extension: String? = null,
    val path: String? = null,
) {
    /** Which fields are given; never what they hold. */
    override fun toString(): String = "FileLink(${json().keys.joinToString()})"

    internal fun json(): JsonObject = document(
        "link" to link.json(),
        "filename" to filename.json(),
        "mime_type" to mimeType.json(),
        "extension" to extension.json(),
        "path" to path.json(),
    )
}

/**
 * What is known about a visitor when a conversation starts: strings, numbers, booleans and null, by name.
 *
 * @property system such as `timezone`, `referrerUrl`, `browserLanguage`
 * @property contact such as `name`, `email`, `phone`: kept across conversations
 * @property conversation for this conversation alone
 */
public data class Variables @JvmOverloads constructor(
    val contact: Map<String, Any?> = emptyMap(),
    val conversation: Map<String, Any?> = emptyMap(),
    val system: Map<String, Any?> = emptyMap(),
) {
    /** How many there are; never what they hold. */
    override fun toString(): String =
        "Variables(contact=${contact.size}, conversation=${conversation.size}, system=${system.size})"

    internal fun json(): JsonObject = document(
        "system" to part("system", system),
        "contact" to part("contact", contact),
        "conversation" to part("conversation", conversation),
    )

    private fun part(kind: String, values: Map<String, Any?>) = values.takeIf { it.isNotEmpty() }?.let { JsonObject(it.scalars("variables.$kind")) }
}
