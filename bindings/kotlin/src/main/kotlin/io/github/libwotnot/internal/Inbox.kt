// Hands events to those who wait for them: one puller a client, and no event is lost to a cancellation.
package io.github.libwotnot.internal

import io.github.libwotnot.Event
import io.github.libwotnot.WotnotException
import kotlinx.coroutines.CancellationException
import kotlinx.coroutines.CoroutineScope
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.SupervisorJob
import kotlinx.coroutines.launch
import kotlinx.coroutines.suspendCancellableCoroutine
import kotlinx.coroutines.withTimeoutOrNull
import java.util.concurrent.CompletableFuture
import java.util.concurrent.ExecutionException
import java.util.concurrent.TimeUnit
import java.util.concurrent.TimeoutException
import java.util.concurrent.locks.ReentrantLock
import kotlin.concurrent.withLock
import kotlin.coroutines.resumeWithException
import kotlin.time.Duration

/** Events that were taken for one conversation's receiver and belong to others; beyond them nothing more is taken. */
private const val MOST_HELD = 1024

/**
 * The C library wakes all receivers or none, and takes no conversation to wait for. So one coroutine
 * pulls while somebody waits, and each event goes to the first receiver that wants it. A receiver
 * that gives up just leaves; what was on its way to it goes back to its place.
 */
internal class Inbox(private val client: NativeClient) {
    private val pullers = CoroutineScope(SupervisorJob() + Dispatchers.IO.limitedParallelism(1))

    /** Guards what follows; never held while another's code runs. */
    private val lock = ReentrantLock()
    private val held = ArrayDeque<Event>()
    private val receivers = LinkedHashSet<Receiver>()
    private var isPulling = false

    /** Held from the taking of an event to its assignment, so that events keep their order. Fair, for [poll]. */
    private val order = ReentrantLock(true)

    /** The next event (of this conversation, when not null), or null after the time. */
    suspend fun receive(conversation: String?, timeout: Duration): Event? {
        if (!timeout.isPositive()) return poll(conversation)
        if (timeout.isInfinite()) return next(conversation)
        var event: Event? = null
        try {
            withTimeoutOrNull(timeout) { event = next(conversation) }
        } catch (cancelled: CancellationException) {
            event?.let(::giveBack)
            throw cancelled
        }
        return event
    }

    /** The same for a thread, which it blocks. */
    @Throws(InterruptedException::class)
    fun await(conversation: String?, timeout: java.time.Duration?): Event? {
        if (timeout != null && (timeout.isZero || timeout.isNegative)) return poll(conversation)
        val future = CompletableFuture<Event>()
        val receiver = object : Receiver(conversation) {
            override fun give(event: Event) {
                future.complete(event)
            }

            override fun fail(error: Throwable) {
                future.completeExceptionally(error)
            }
        }
        join(receiver)
        try {
            return if (timeout == null) future.get() else future.get(nanos(timeout), TimeUnit.NANOSECONDS)
        } catch (_: TimeoutException) {
            return if (leave(receiver)) null else outcome(future)
        } catch (interrupted: InterruptedException) {
            if (!leave(receiver)) future.thenAccept(::giveBack)
            throw interrupted
        } catch (error: ExecutionException) {
            throw error.cause ?: error
        }
    }

    /** Fails everybody who waits now. */
    fun interrupt() {
        failAll(WotnotException.interrupted())
        client.interrupt()
    }

    private suspend fun next(conversation: String?): Event = suspendCancellableCoroutine { continuation ->
        val receiver = object : Receiver(conversation) {
            override fun give(event: Event) = continuation.resume(event) { _, undelivered, _ -> giveBack(undelivered) }

            override fun fail(error: Throwable) = continuation.resumeWithException(error)
        }
        join(receiver)
        // After the joining: one that was cancelled before it leaves at once.
        continuation.invokeOnCancellation { leave(receiver) }
    }

    /** Looks without waiting, behind everything that arrived before. */
    private fun poll(conversation: String?): Event? {
        while (!order.tryLock(1, TimeUnit.MILLISECONDS)) client.interrupt()
        val assigned = ArrayList<Pair<Receiver, Event>>()
        try {
            lock.withLock { take(conversation) }?.let { return it }
            while (lock.withLock { held.size < MOST_HELD }) {
                val event = client.receive(0)?.let(Event::read) ?: return null
                val receiver = lock.withLock { assign(event) { it.isOf(conversation) } }
                when {
                    receiver != null -> assigned += receiver to event
                    event.isOf(conversation) -> return event
                }
            }
            return null
        } finally {
            order.unlock()
            assigned.forEach { (receiver, event) -> receiver.give(event) }
        }
    }

    private fun pull() {
        while (true) {
            val goOn = lock.withLock { isNeeded().also { isPulling = it } }
            if (!goOn) return
            try {
                var event: Event? = null
                val receiver = order.withLock {
                    event = client.receive(FOREVER)?.let(Event::read)
                    event?.let { lock.withLock { assign(it) { false } } }
                }
                event?.let { receiver?.give(it) }
            } catch (_: WotnotException.Interrupted) {
                continue
            } catch (error: Throwable) {
                failAll(error)
            }
        }
    }

    private fun join(receiver: Receiver) {
        val event = lock.withLock {
            val event = take(receiver.conversation)
            if (event == null) {
                receivers += receiver
                startPulling()
            }
            event
        }
        event?.let(receiver::give)
    }

    /** Whether the receiver was still waiting: no event is on its way to it. */
    private fun leave(receiver: Receiver): Boolean {
        val (left, isIdle) = lock.withLock { receivers.remove(receiver) to receivers.isEmpty() }
        // Missed when the puller is not in its wait yet; then it holds the next event for whoever asks, and ends.
        if (left && isIdle) client.interrupt()
        return left
    }

    private fun giveBack(event: Event) {
        val receiver = lock.withLock { assign(event) { false } }
        receiver?.give(event)
    }

    private fun failAll(error: Throwable) {
        val failed = lock.withLock { receivers.toList().also { receivers.clear() } }
        failed.forEach { it.fail(error) }
    }

    /** The first receiver that wants the event, which then waits no more. Without one it is held, unless it is taken. */
    private fun assign(event: Event, isTaken: (Event) -> Boolean): Receiver? {
        val receiver = receivers.firstOrNull { event.isOf(it.conversation) }
        if (receiver != null) {
            receivers -= receiver
        } else if (!isTaken(event)) {
            val behind = held.indexOfLast { (it.seq ?: 0) < (event.seq ?: 0) }
            held.add(behind + 1, event)
        }
        return receiver
    }

    private fun take(conversation: String?): Event? {
        val at = held.indexOfFirst { it.isOf(conversation) }
        if (at < 0) return null
        val event = held.removeAt(at)
        startPulling()
        return event
    }

    private fun startPulling() {
        if (isPulling || !isNeeded()) return
        isPulling = true
        pullers.launch { pull() }
    }

    private fun isNeeded() = receivers.isNotEmpty() && held.size < MOST_HELD

    private fun Event.isOf(conversation: String?) = conversation == null || conversationId == conversation

    private fun outcome(future: CompletableFuture<Event>): Event = try {
        future.get()
    } catch (error: ExecutionException) {
        throw error.cause ?: error
    }

    private fun nanos(timeout: java.time.Duration): Long = try {
        timeout.toNanos()
    } catch (_: ArithmeticException) {
        Long.MAX_VALUE
    }

    private abstract class Receiver(val conversation: String?) {
        abstract fun give(event: Event)

        abstract fun fail(error: Throwable)
    }
}
