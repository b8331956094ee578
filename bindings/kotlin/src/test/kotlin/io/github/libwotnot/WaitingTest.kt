package io.github.libwotnot

import kotlinx.coroutines.CoroutineStart
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.async
import kotlinx.coroutines.awaitAll
import kotlinx.coroutines.cancel
import kotlinx.coroutines.cancelAndJoin
import kotlinx.coroutines.coroutineScope
import kotlinx.coroutines.flow.map
import kotlinx.coroutines.flow.take
import kotlinx.coroutines.flow.toList
import kotlinx.coroutines.launch
import kotlinx.coroutines.runBlocking
import kotlinx.coroutines.withTimeout
import kotlinx.coroutines.yield
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertNull
import org.junit.jupiter.api.Assertions.assertThrows
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.RepeatedTest
import org.junit.jupiter.api.Test
import java.util.concurrent.ConcurrentLinkedQueue
import kotlin.time.Duration
import kotlin.time.Duration.Companion.days
import kotlin.time.Duration.Companion.microseconds
import kotlin.time.Duration.Companion.milliseconds
import kotlin.time.Duration.Companion.nanoseconds
import kotlin.time.Duration.Companion.seconds
import kotlin.time.Duration.Companion.ZERO

/** Waiting for events: order, cancellation, time-outs, interrupts, the close. */
class WaitingTest : LeavesNothing {
    @Test
    fun `retries and verdicts come as they happen, on a client without a webhook too`() = runBlocking {
        val config = deafConfig().copy(webhook = null, retry = Retry(2, 0, 0), proxy = ProxySetting.Direct, log = LogLevel.RETRIES)
        Wotnot(config).use { client ->
            val records = async(start = CoroutineStart.UNDISPATCHED) { client.logRecords().take(2).toList() }
            assertThrows(WotnotException.Network::class.java) { runBlocking { client.conversation("3f0c").sendText("hush") } }
            val (retry, verdict) = records.await()
            assertEquals(listOf("retry", "verdict"), listOf(retry.kind, verdict.kind))
            assertEquals(listOf(1, 2), listOf(retry.attempts, verdict.attempts))
            assertEquals(Delivery.NOT_SENT, verdict.delivery)
            assertTrue("$retry".startsWith("send_message: attempt 1 failed with network (not_sent): "))
            assertNull(client.receive(ZERO))
        }
    }

    @Test
    fun `events come in the order of their arrival`() = withClient { client ->
        client.acceptWebhook(post("one", "two"))
        client.acceptWebhook(post("three"))
        assertEquals(listOf("one", "two", "three"), client.events().take(3).map { it.said }.toList())
    }

    @Test
    fun `looking without waiting sees what arrived, also after a wait that was given up`() = withClient { client ->
        repeat(50) { round ->
            assertNull(client.receive(ZERO))
            val waiting = async(start = CoroutineStart.UNDISPATCHED) { client.receive() }
            waiting.cancelAndJoin()
            client.acceptWebhook(post("a$round", "b$round"))
            assertEquals("a$round", client.receive(ZERO).said)
            assertEquals("b$round", client.receive(ZERO).said)
        }
    }

    @Test
    fun `a wait without an event ends in time with null, and so does the flow`() = withClient { client ->
        assertNull(client.receive(20.milliseconds))
        assertEquals(emptyList<Event>(), client.events(20.milliseconds).toList())
    }

    @Test
    fun `a cancelled wait ends at once and the next event goes to who asks next`() = withClient { client ->
        val waiting = launch(Dispatchers.Default) { client.receive() }
        withTimeout(10.seconds) { waiting.cancelAndJoin() }
        client.acceptWebhook(post("kept"))
        assertEquals("kept", client.receive(30.seconds).said)
    }

    @RepeatedTest(5)
    fun `no event is lost or doubled while waits are cancelled and time out`() = withClient { client ->
        val total = 300
        val got = ConcurrentLinkedQueue<String>()
        coroutineScope {
            launch(Dispatchers.IO) { repeat(total) { client.acceptWebhook(post("m$it")) } }
            repeat(4) { worker ->
                launch(Dispatchers.Default) {
                    var round = 0
                    while (got.size < total) {
                        val timeout = (worker * 150 * (++round % 3)).microseconds
                        // Nothing suspends between the event and the list: what was received is noted.
                        val waiting = launch(start = CoroutineStart.UNDISPATCHED) {
                            client.receive(timeout)?.let { got += it.said.orEmpty() }
                        }
                        if (round % 2 == 0) waiting.cancel()
                        waiting.join()
                    }
                }
            }
        }
        assertEquals((0 until total).map { "m$it" }.sorted(), got.sorted())
    }

    @Test
    fun `each conversation gets its own events, in order, and nobody's are dropped`() = withClient { client ->
        val (a, b) = listOf("a", "b").map { id ->
            async(Dispatchers.Default) { client.conversation(id).events().take(40).map { it.said }.toList() }
        }
        repeat(40) {
            client.acceptWebhook(post("a$it", conversation = "a"))
            client.acceptWebhook(post("b$it", conversation = "b"))
        }
        client.acceptWebhook(post("other", conversation = "c"))
        assertEquals((0 until 40).map { "a$it" }, a.await())
        assertEquals((0 until 40).map { "b$it" }, b.await())
        assertEquals("other", client.receive(30.seconds).said)
    }

    @Test
    fun `more receivers may wait than the dispatcher has threads`() = withClient { client ->
        val waiting = List(200) { async(Dispatchers.IO) { client.receive() } }
        repeat(200) { client.acceptWebhook(post("m$it")) }
        assertEquals(200, withTimeout(30.seconds) { waiting.awaitAll() }.toSet().size)
    }

    @Test
    fun `interrupt wakes those who wait and is not remembered`() = withClient { client ->
        val waiting = async(start = CoroutineStart.UNDISPATCHED) { runCatching { client.receive() } }
        val loop = async(start = CoroutineStart.UNDISPATCHED) { client.events().toList() }
        client.interrupt()
        val error = waiting.await().exceptionOrNull()
        assertTrue(error is WotnotException.Interrupted) { error.toString() }
        assertEquals(emptyList<Event>(), loop.await(), "a loop ends without an error")
        assertNull(client.receive(20.milliseconds))
    }

    @Test
    fun `close wakes everybody who waits, ends their flows, and a second close is fine`() = withClient { client ->
        val waiting = List(8) { async(Dispatchers.IO) { runCatching { client.receive() }.exceptionOrNull() } }
        val flow = async(Dispatchers.IO) { client.events().toList() }
        client.close()
        client.close()
        waiting.awaitAll().forEach { assertTrue(it is WotnotException.Closed) { it.toString() } }
        assertEquals(emptyList<Event>(), flow.await())
        assertThrows(WotnotException.Closed::class.java) { runBlocking { client.receive() } }
    }

    @Test
    fun `a flow that is cancelled has given every event that it took`() = withClient { client ->
        client.acceptWebhook(post(*Array(10) { "m$it" }))
        val got = ConcurrentLinkedQueue<String>()
        val following = launch {
            client.events().collect { event ->
                got += event.said.orEmpty()
                cancel()
            }
        }
        following.join()
        assertEquals(listOf("m0"), got.toList())
        assertEquals("m1", client.receive(ZERO).said)
    }

    @Test
    fun `flows that others cancel lose no event`() = withClient { client ->
        val total = 1_000
        launch(Dispatchers.Default) { repeat(total) { client.acceptWebhook(post("m$it")) } }
        val got = ConcurrentLinkedQueue<String>()
        while (got.size < total) {
            val following = launch(Dispatchers.Default) { client.events(20.milliseconds).collect { got += it.said.orEmpty() } }
            val before = got.size
            while (following.isActive && got.size < before + 3) yield()
            following.cancelAndJoin()
        }
        assertEquals((0 until total).map { "m$it" }, got.toList())
    }

    @Test
    fun `times of any length are times to wait`() = withClient { client ->
        client.acceptWebhook(post("one", "two", "three"))
        for ((text, timeout) in listOf("one" to Duration.INFINITE, "two" to (Long.MAX_VALUE / 2).days, "three" to 1.nanoseconds)) {
            assertEquals(text, client.receive(timeout).said)
        }
        assertNull(client.receive(1.nanoseconds))
        assertNull(client.receive((-1).days))
    }

    @Test
    fun `a client without a webhook says why nothing could ever arrive`() {
        Wotnot(WotnotConfig("fake.jwt.token")).use { client ->
            for (timeout in listOf(ZERO, 30.seconds)) {
                val error = assertThrows(WotnotException.InvalidArgument::class.java) { runBlocking { client.receive(timeout) } }
                assertTrue(error.reason.startsWith("webhook: this client has no webhook"))
            }
        }
    }

    private fun withClient(test: suspend kotlinx.coroutines.CoroutineScope.(Wotnot) -> Unit) =
        Wotnot(deafConfig()).use { client -> runBlocking { withTimeout(60.seconds) { test(client) } } }
}
