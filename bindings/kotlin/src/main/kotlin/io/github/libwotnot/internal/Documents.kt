// Reading fields of JSON documents, and writing Kotlin and Java values as JSON. A field of another shape reads as null.
package io.github.libwotnot.internal

import io.github.libwotnot.Code
import io.github.libwotnot.WotnotException
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

/** An object of these fields, without those that are null. */
internal fun document(vararg fields: Pair<String, JsonElement?>): JsonObject =
    JsonObject(buildMap { fields.forEach { (name, value) -> if (value != null) put(name, value) } })

internal fun String?.json(): JsonElement? = this?.let(::JsonPrimitive)

internal fun Number?.json(): JsonElement? = this?.let(::JsonPrimitive)

/** The values of variables: strings, numbers, booleans and null. */
internal fun Map<String, Any?>.json(path: String): JsonObject = JsonObject(mapValues { (name, value) -> scalar("$path.$name", value) })

internal fun scalar(path: String, value: Any?): JsonElement = when (value) {
    null -> JsonNull
    is JsonElement -> value
    is String -> JsonPrimitive(value)
    is Boolean -> JsonPrimitive(value)
    is Number -> finite(path, value)
    is Enum<*> -> JsonPrimitive(value.name)
    else -> throw WotnotException.of(
        Code.INVALID_ARGUMENT,
        "$path: expected a string, a number, a boolean or null, found ${value.javaClass.simpleName}",
    )
}

internal fun finite(path: String, value: Number): JsonPrimitive {
    if ((value is Double || value is Float) && !value.toDouble().isFinite()) {
        throw WotnotException.of(Code.INVALID_ARGUMENT, "$path: expected a finite number, found $value")
    }
    return JsonPrimitive(value)
}
