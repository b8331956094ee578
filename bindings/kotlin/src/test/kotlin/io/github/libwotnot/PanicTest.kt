package io.github.libwotnot

import io.github.libwotnot.blocking.WotnotClient
import kotlinx.coroutines.runBlocking
import kotlinx.serialization.json.JsonObject
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertThrows
import org.junit.jupiter.api.Test

/**
 * A fault inside the library is an error, and the client goes on. The library of the suites is a dev build, which can be
 * made to panic.
 */
class PanicTest : LeavesNothing {
    @Test
    fun `a panic is an error, and the client goes on`(): Unit = Wotnot(deafConfig()).use { client ->
        repeat(3) {
            val error = assertThrows(WotnotException.Internal::class.java) {
                runBlocking { client.call("test_panic", JsonObject(emptyMap())) }
            }
            assertEquals("panic", error.code)
        }
        client.acceptWebhook(post("still here"))
        assertEquals("still here", runBlocking { client.receive() }.said)
    }

    @Test
    fun `the same on the caller's own thread`(): Unit = WotnotClient(deafConfig()).use { client ->
        val error = assertThrows(WotnotException.Internal::class.java) { client.call("test_panic", JsonObject(emptyMap())) }
        assertEquals("panic", error.code)
        assertEquals(0, client.status().counters.calls)
    }
}
