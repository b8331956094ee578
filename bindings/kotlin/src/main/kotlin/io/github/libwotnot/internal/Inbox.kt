// Coroutines that wait for events. Waiting holds no thread but one for each client, which wakes those whose events came;
// each takes its event from the library itself, so that none is ever on its way to somebody who has left.
package io.github.libwotnot.internal

import kotlinx.coroutines.CoroutineScope
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.SupervisorJob
import kotlinx.coroutines.channels.Channel
import kotlinx.coroutines.currentCoroutineContext
import kotlinx.coroutines.ensureActive
import kotlinx.coroutines.launch
import kotlinx.coroutines.withTimeoutOrNull
import kotlinx.serialization.json.JsonArray
import kotlinx.serialization.json.JsonObject
import kotlinx.serialization.json.JsonPrimitive
import java.util.concurrent.locks.ReentrantLock
import kotlin.concurrent.withLock
import kotlin.time.Duration
import kotlin.time.TimeSource

/** Whether what is logged is wanted, or what the service says. */
internal enum class Log {
    ONLY,
    WITHOUT,
    ;

    fun json() = JsonPrimitive(name.lowercase())
}

internal class Inbox(private val client: NativeClient) {
    private val watchers = CoroutineScope(SupervisorJob() + Dispatchers.IO.limitedParallelism(1))

    /** Guards what follows; never held while another's code runs. */
    private val lock = ReentrantLock()

    /** By conversation; under null, those who take any event. */
    private val receivers = HashMap<String?, LinkedHashSet<Receiver>>()
    private var isWatched = false

    /** The newest change that was looked at; the watcher's own. */
    private var change = JsonPrimitive(0)

    /** The next event (of this conversation, when not null; of the log, when [log] says so), or null after the time. */
    suspend fun receive(conversation: String?, timeout: Duration, log: Log = Log.WITHOUT): JsonObject? {
        val receiver = Receiver(conversation, log)
        receiver.look()?.let { return it }
        if (!timeout.isPositive()) return null
        val end = TimeSource.Monotonic.markNow() + timeout
        join(receiver)
        try {
            while (true) {
                receiver.look()?.let { return it }
                if (timeout.isInfinite()) {
                    receiver.woken.receive()
                } else {
                    withTimeoutOrNull(-end.elapsedNow()) { receiver.woken.receive() } ?: return receiver.look()
                }
            }
        } finally {
            leave(receiver)
        }
    }

    /** Ends the waits of now. */
    fun interrupt() {
        val interrupted = lock.withLock { receivers.values.flatten() }
        interrupted.forEach {
            it.isInterrupted = true
            it.woken.trySend(Unit)
        }
    }

    private fun join(receiver: Receiver) {
        val isFirst = lock.withLock {
            receivers.getOrPut(receiver.conversation, ::LinkedHashSet) += receiver
            !isWatched.also { isWatched = true }
        }
        if (isFirst) watchers.launch { watch() }
    }

    private fun leave(receiver: Receiver) = lock.withLock {
        val others = receivers[receiver.conversation]
        if (others != null && others.remove(receiver) && others.isEmpty()) receivers -= receiver.conversation
    }

    /** Wakes receivers as long as there are any. When the last one leaves, it waits for the change that ends it. */
    private fun watch() {
        while (lock.withLock { receivers.isNotEmpty().also { isWatched = it } }) {
            try {
                val found = client.call("wait", document("after" to change)).asObject()
                change = found["change"] as? JsonPrimitive ?: change
                val conversations = (found["conversations"] as? JsonArray).orEmpty().map { (it as? JsonPrimitive)?.content }
                lock.withLock { (conversations + null).flatMap { receivers[it].orEmpty() } }.forEach { it.woken.trySend(Unit) }
            } catch (error: Throwable) {
                lock.withLock { receivers.values.flatten().also { receivers.clear() } }.forEach { it.woken.close(error) }
            }
        }
    }

    private inner class Receiver(val conversation: String?, val log: Log) {
        /** Remembers one waking until it is asked for. */
        val woken = Channel<Unit>(Channel.CONFLATED)

        @Volatile
        var isInterrupted = false

        /** Takes the event that is there. Nothing suspends between this and the caller. */
        suspend fun look(): JsonObject? {
            currentCoroutineContext().ensureActive()
            val params = document(
                "conversation_id" to conversation.json(),
                "log" to log.json(),
                "timeout_ms" to JsonPrimitive(0),
                "cancelled" to JsonPrimitive(true).takeIf { isInterrupted },
            )
            return client.receive(params)
        }
    }
}
