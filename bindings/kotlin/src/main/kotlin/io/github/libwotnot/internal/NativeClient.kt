// One client of the C library: text in, JSON out, every string freed once. No types of the protocol.
package io.github.libwotnot.internal

import com.sun.jna.Pointer
import com.sun.jna.ptr.LongByReference
import com.sun.jna.ptr.PointerByReference
import io.github.libwotnot.Code
import io.github.libwotnot.Delivery
import io.github.libwotnot.WotnotException
import kotlinx.serialization.SerializationException
import kotlinx.serialization.json.Json
import kotlinx.serialization.json.JsonElement
import kotlinx.serialization.json.JsonNull
import kotlinx.serialization.json.JsonObject
import java.nio.CharBuffer
import java.nio.charset.CharacterCodingException

/** Waits for ever: `WOTNOT_FOREVER`. */
internal const val FOREVER: Int = -1

internal class NativeClient(configJson: String) {
    private val id: Long

    init {
        val client = LongByReference()
        val config = encoded("the configuration", configJson, null)
        value("client_new") { Library.wotnot_client_new(config, client, it) }
        id = client.value
    }

    /** Blocks until the call is over. */
    fun call(method: String, params: JsonElement): JsonElement {
        val name = encoded("the method's name", method, method)
        val body = encoded("the parameters", params.toString(), method)
        return value(method) { Library.wotnot_call(id, name, body, it) }
    }

    /** The next event's document, or null when none came within the time. Blocks meanwhile. */
    fun receive(timeoutMillis: Int): JsonObject? {
        val value = value("receive") { Library.wotnot_receive(id, timeoutMillis, it) }
        return value as? JsonObject
    }

    /** Wakes whoever is blocked in [receive] now. */
    fun interrupt() {
        Library.wotnot_interrupt(id)
    }

    fun close() {
        Library.wotnot_client_close(id)
    }
}

/** The library's version. */
internal fun nativeVersion(): String = Library.wotnot_version().utf8()

/** The library's own name of a status. */
internal fun nativeStatusName(status: Int): String = Library.wotnot_status_name(status).utf8()

/** Strings and clients that are not given back yet. For leak tests. */
internal fun nativeLeaks(): Pair<Long, Long> =
    Library.wotnot_live_strings().toLong() to Library.wotnot_live_clients().toLong()

private inline fun value(method: String, call: (PointerByReference) -> Int): JsonElement {
    val out = PointerByReference()
    val status = call(out)
    val text = out.value?.let { pointer ->
        try {
            pointer.utf8()
        } finally {
            Library.wotnot_string_free(pointer)
        }
    }
    if (status == Code.TIMEOUT.number) return JsonNull
    val envelope = parsed(text)
    if (status == Code.OK.number) return envelope["value"] ?: JsonNull
    throw WotnotException.read(envelope["error"] as? JsonObject ?: JsonObject(emptyMap()), status, method)
}

private fun parsed(text: String?): JsonObject = try {
    text?.let(Json::parseToJsonElement) as? JsonObject ?: JsonObject(emptyMap())
} catch (_: SerializationException) {
    JsonObject(emptyMap())
}

private fun Pointer.utf8(): String = getString(0, "UTF-8")

/** NUL-terminated UTF-8. A half of a surrogate pair or a NUL is refused rather than sent as something else. */
private fun encoded(what: String, text: String, method: String?): ByteArray {
    val refused = { code: Code, why: String ->
        WotnotException.of(
            code,
            "$what: $why",
            method = method,
            delivery = if (method in SENDING) Delivery.NOT_SENT else null,
        )
    }
    if ('\u0000' in text) throw refused(Code.INVALID_ARGUMENT, "must not hold the character NUL")
    try {
        val bytes = Charsets.UTF_8.newEncoder().encode(CharBuffer.wrap(text))
        return ByteArray(bytes.remaining() + 1).also { bytes.get(it, 0, bytes.remaining()) }
    } catch (_: CharacterCodingException) {
        throw refused(Code.INVALID_UTF8, "holds half of a surrogate pair, which has no UTF-8 form")
    }
}

/** The methods that send something, so that what fails before them is known not to be sent. */
private val SENDING = setOf("start_conversation", "send_message")
