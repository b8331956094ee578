// Calls that another thread may have to end. Each has a name of its own, by which the library ends it.
package io.github.libwotnot.internal

import io.github.libwotnot.Status
import io.github.libwotnot.WotnotException
import kotlinx.coroutines.CancellationException
import kotlinx.coroutines.CoroutineScope
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.NonCancellable
import kotlinx.coroutines.SupervisorJob
import kotlinx.coroutines.async
import kotlinx.coroutines.sync.Semaphore
import kotlinx.coroutines.withContext
import kotlinx.coroutines.withTimeoutOrNull
import kotlinx.serialization.json.JsonElement
import kotlinx.serialization.json.JsonObject
import kotlinx.serialization.json.JsonPrimitive
import java.nio.channels.ClosedByInterruptException
import java.nio.channels.spi.AbstractInterruptibleChannel
import java.util.concurrent.atomic.AtomicLong
import java.util.concurrent.atomic.AtomicReference
import kotlin.time.Duration.Companion.milliseconds
import kotlin.time.TimeSource

/** How many calls of one client's coroutines may block threads at once; beside the 64 that an application has of its own. */
internal const val CALLS_AT_ONCE: Int = 64

/** The calls of one client. What hangs in one client holds up no other. */
internal class Calls(private val client: NativeClient) {
    private val threads = CoroutineScope(SupervisorJob() + Dispatchers.IO.limitedParallelism(CALLS_AT_ONCE))
    private val places = Semaphore(CALLS_AT_ONCE)

    /** The overall deadline of a call that names none. */
    private val defaultTimeout by lazy { Status.read(client.call("status", EMPTY).asObject()).timeoutMillis }

    /**
     * Runs where blocking is fine. A cancelled call is ended, and its cancellation has the library's
     * exception as its cause, which says what became of the message.
     */
    suspend fun run(method: String, params: JsonObject): JsonElement {
        val call = Call(client, method, params)
        // One whose time is over before its turn begins all the sooner: the library ends it, and sends nothing.
        if (!takePlace(call, params)) return call.run()
        val work = threads.async {
            try {
                call.run()
            } finally {
                places.release()
            }
        }
        try {
            return work.await()
        } catch (cancelled: CancellationException) {
            call.cancel()
            return withContext(NonCancellable) { outcome(cancelled) { work.await() } }
        }
    }

    /** Blocks the caller's thread, whose interrupt ends the call. */
    fun runHere(method: String, params: JsonObject): JsonElement {
        val call = Call(client, method, params)
        return OnInterrupt(call::cancel).during(call::run)
    }

    /** Whether there was a place within the call's time. */
    private suspend fun takePlace(call: Call, params: JsonObject): Boolean {
        if (places.tryAcquire()) return true
        val timeout = (params.long("timeout_ms") ?: defaultTimeout).milliseconds
        var isTaken = false
        try {
            withTimeoutOrNull(timeout) {
                places.acquire()
                isTaken = true
            }
        } catch (cancelled: CancellationException) {
            if (isTaken) places.release()
            call.cancel()
            outcome(cancelled, call::run)
        }
        return isTaken
    }

    private inline fun outcome(cancelled: CancellationException, end: () -> JsonElement): JsonElement = try {
        end()
    } catch (error: WotnotException) {
        throw CancellationException(cancelled.message, error)
    }
}

/** One call under a name of its own. */
private class Call(private val client: NativeClient, private val method: String, private val params: JsonObject) {
    /** The caller's own, or one that no caller would think of. */
    private val name = params["call_id"] ?: JsonPrimitive("jvm-${names.incrementAndGet()}")
    private val asked = TimeSource.Monotonic.markNow()
    private val stage = AtomicReference(Stage.WAITS)

    private enum class Stage { WAITS, RUNS, IS_OVER, IS_CANCELLED }

    /** Blocks until the call is over. Once. */
    fun run(): JsonElement {
        val runs = stage.compareAndSet(Stage.WAITS, Stage.RUNS)
        val facts = document(
            "call_id" to name,
            "queued_ms" to asked.elapsedNow().inWholeMilliseconds.takeIf { it > 0 }.json(),
            "cancelled" to JsonPrimitive(true).takeUnless { runs },
        )
        try {
            return client.call(method, JsonObject(facts + params))
        } finally {
            stage.compareAndSet(Stage.RUNS, Stage.IS_OVER)
        }
    }

    /** Ends the call, from any thread; before it begins, too. */
    fun cancel() {
        if (stage.compareAndSet(Stage.WAITS, Stage.IS_CANCELLED)) return
        // The library knows the name a moment after the call has begun.
        while (stage.get() == Stage.RUNS && !isFound()) Thread.yield()
    }

    private fun isFound() = try {
        client.call("cancel", document("call_id" to name)).asObject().flag("found")
    } catch (_: WotnotException) {
        // The client is closed, which ends the call too.
        true
    }

    private companion object {
        val names = AtomicLong()
    }
}

/** What a channel is to Java's own blocking calls: has the interrupt of a thread end what it is blocked in. */
private class OnInterrupt(private val end: () -> Unit) : AbstractInterruptibleChannel() {
    /** Runs on the thread that interrupts. */
    override fun implCloseChannel() = end()

    fun <T> during(block: () -> T): T {
        begin()
        try {
            return block()
        } finally {
            try {
                end(true)
            } catch (_: ClosedByInterruptException) {
                // What the block gave says it better; the thread still knows that it was interrupted.
            }
        }
    }
}
