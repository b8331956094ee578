// Reading fields of JSON documents, and writing Kotlin and Java values as JSON. A field of another shape reads as null.
package io.github.libwotnot.internal

import io.github.libwotnot.Code
import io.github.libwotnot.Delivery
import io.github.libwotnot.FileLink
import io.github.libwotnot.WotnotException
import kotlinx.serialization.json.Json
import kotlinx.serialization.json.JsonArray
import kotlinx.serialization.json.JsonElement
import kotlinx.serialization.json.JsonNull
import kotlinx.serialization.json.JsonObject
import kotlinx.serialization.json.JsonPrimitive
import kotlinx.serialization.json.booleanOrNull
import kotlinx.serialization.json.contentOrNull
import kotlinx.serialization.json.doubleOrNull
import kotlinx.serialization.json.intOrNull
import kotlinx.serialization.json.longOrNull
import java.time.Instant
import java.time.LocalDate
import java.time.format.DateTimeParseException

internal val EMPTY: JsonObject = JsonObject(emptyMap())

internal fun JsonObject.text(name: String): String? = (this[name] as? JsonPrimitive)?.takeIf { it.isString }?.contentOrNull

internal fun JsonObject.number(name: String): Double? = (this[name] as? JsonPrimitive)?.takeIf { !it.isString }?.doubleOrNull

internal fun JsonObject.long(name: String): Long? = (this[name] as? JsonPrimitive)?.longOrNull

internal fun JsonObject.int(name: String): Int? = (this[name] as? JsonPrimitive)?.intOrNull

internal fun JsonObject.flag(name: String): Boolean = (this[name] as? JsonPrimitive)?.booleanOrNull ?: false

internal fun JsonObject.child(name: String): JsonObject? = this[name] as? JsonObject

internal fun JsonObject.children(name: String): List<JsonObject> =
    (this[name] as? JsonArray).orEmpty().filterIsInstance<JsonObject>()

internal fun JsonObject.time(name: String): Instant? = try {
    text(name)?.let(Instant::parse)
} catch (_: DateTimeParseException) {
    null
}

/** A URL without the user and the password that it may hold. */
internal fun String.withoutUser(): String = if ('@' in this) "[redacted]@${substringAfterLast('@')}" else this

/** An object of these fields, without those that are null. */
internal fun document(vararg fields: Pair<String, JsonElement?>): JsonObject =
    JsonObject(buildMap { fields.forEach { (name, value) -> if (value != null) put(name, value) } })

internal fun String?.json(): JsonElement? = this?.let(::JsonPrimitive)

internal fun Number?.json(): JsonElement? = this?.let(::JsonPrimitive)

internal fun JsonElement.asObject(): JsonObject = this as? JsonObject ?: EMPTY

/** The values of variables by name: strings, numbers, booleans and null. A map of Java's may have any key. */
internal fun Map<*, *>.scalars(path: String): Map<String, JsonElement> = entries.associate { (key, value) ->
    val name = key as? String ?: throw refused("$path: expected a name for each value, found ${key?.javaClass?.simpleName ?: "null"}")
    name to scalar("$path.$name", value)
}

private fun scalar(path: String, value: Any?): JsonElement = when (value) {
    null -> JsonNull
    is JsonElement -> value
    is String -> JsonPrimitive(value)
    is Boolean -> JsonPrimitive(value)
    is Number -> number(path, value)
    is Enum<*> -> JsonPrimitive(value.name)
    else -> throw refused("$path: expected a string, a number, a boolean or null, found ${value.javaClass.simpleName}")
}

/** What answers a prompt: a text, a number, a date, a file, or a list or a map of them. */
internal fun answerOf(path: String, value: Any?): JsonElement = when (value) {
    is FileLink -> value.json()
    is LocalDate -> JsonPrimitive(value.toString())
    is JsonElement -> value
    is Map<*, *> -> JsonObject(value.scalars(path))
    is Iterable<*> -> JsonArray(value.mapIndexed { index, item -> answerOf("$path[$index]", item) })
    else -> scalar(path, value)
}

/** How JSON writes numbers. A class of numbers may write itself otherwise: as `NaN`, or as JSON of its own. */
private val NUMBER = Regex("""-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?""")

internal fun number(path: String, value: Number): JsonElement {
    val text = value.toString()
    if (!NUMBER.matches(text)) {
        val found = if (value is Double || value is Float) text else value.javaClass.simpleName
        throw refused("$path: expected a finite number, found $found")
    }
    return Json.parseToJsonElement(text)
}

/** What a value of this language is refused with, before anything is sent. */
internal fun refused(why: String): WotnotException =
    WotnotException.of(Code.INVALID_ARGUMENT, why, delivery = Delivery.NOT_SENT)
