// One client of the C library: text in, JSON out, every string freed once. No types of the protocol.
package io.github.libwotnot.internal

import com.sun.jna.Pointer
import com.sun.jna.ptr.LongByReference
import com.sun.jna.ptr.PointerByReference
import io.github.libwotnot.Code
import io.github.libwotnot.WotnotException
import kotlinx.serialization.SerializationException
import kotlinx.serialization.json.Json
import kotlinx.serialization.json.JsonElement
import kotlinx.serialization.json.JsonNull
import kotlinx.serialization.json.JsonObject
import java.nio.ByteBuffer
import java.nio.CharBuffer

/** Deeper than the library reads, whose words this makes it give. */
private val TOO_DEEP = "[".repeat(1000)

internal class NativeClient(configJson: String) {
    private val id: Long

    init {
        val client = LongByReference()
        val config = encoded(configJson)
        val (status, envelope) = answer { Library.wotnot_client_new(config, client, it) }
        value(status, envelope, "client_new")
        id = client.value
    }

    /** Blocks until the call is over. */
    fun call(method: String, params: JsonElement): JsonElement {
        val (status, envelope) = answer(method, params)
        return value(status, envelope, method)
    }

    /** The event that [params] want, or null when none came within their time, which is no reason for an exception. */
    fun receive(params: JsonObject): JsonObject? {
        val (status, envelope) = answer("receive", params)
        return if (status == Code.TIMEOUT.number) null else value(status, envelope, "receive").asObject()
    }

    private fun answer(method: String, params: JsonElement): Pair<Int, JsonObject> {
        val text = try {
            params.toString()
        } catch (_: StackOverflowError) {
            TOO_DEEP
        }
        val name = encoded(method)
        val body = encoded(text)
        return answer { Library.wotnot_call(id, name, body, it) }
    }

    /** Wakes those who are blocked in the method `receive` now. */
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

/** The status and the envelope that a function gives. */
private inline fun answer(call: (PointerByReference) -> Int): Pair<Int, JsonObject> {
    val out = PointerByReference()
    val status = call(out)
    val text = out.value?.let { pointer ->
        try {
            pointer.utf8()
        } finally {
            Library.wotnot_string_free(pointer)
        }
    }
    return status to parsed(text)
}

private fun value(status: Int, envelope: JsonObject, method: String): JsonElement {
    if (status == Code.OK.number) return envelope["value"] ?: JsonNull
    throw WotnotException.read(envelope["error"] as? JsonObject ?: EMPTY, status, method)
}

private fun parsed(text: String?): JsonObject = try {
    text?.let(Json::parseToJsonElement) as? JsonObject ?: EMPTY
} catch (_: SerializationException) {
    EMPTY
}

private fun Pointer.utf8(): String = getString(0, "UTF-8")

/**
 * NUL-terminated UTF-8. What has no such form goes as a byte that the library refuses, so that it names
 * the place and says what was sent: half of a surrogate pair as one that UTF-8 does not have, and NUL,
 * which would cut the text, as a character that neither JSON nor the name of a method holds.
 */
private fun encoded(text: String): ByteArray {
    val encoder = Charsets.UTF_8.newEncoder()
    val characters = CharBuffer.wrap(text)
    val bytes = ByteBuffer.allocate(text.length * 3 + 1)
    while (true) {
        val result = encoder.encode(characters, bytes, true)
        if (!result.isError) break
        characters.position(characters.position() + result.length())
        bytes.put(0xFF.toByte())
    }
    val length = bytes.position()
    val encoded = bytes.array().copyOf(length + 1)
    for (i in 0 until length) if (encoded[i] == 0.toByte()) encoded[i] = 1
    return encoded
}
