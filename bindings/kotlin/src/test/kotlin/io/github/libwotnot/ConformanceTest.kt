package io.github.libwotnot

import kotlinx.coroutines.runBlocking
import kotlinx.serialization.json.JsonElement
import kotlin.time.Duration.Companion.milliseconds

/** Every vector, through the client for coroutines. */
class ConformanceTest : Conformance(::SuspendingSubject)

private class SuspendingSubject(config: String) : Subject {
    private val client = Wotnot.fromJson(config)

    override fun call(method: String, params: JsonElement): JsonElement = runBlocking { client.call(method, params) }

    override fun receive(timeoutMillis: Long): Event? = runBlocking { client.receive(timeoutMillis.milliseconds) }

    override fun interrupt() = client.interrupt()

    override fun close() = client.close()

    override fun toString() = client.toString()
}
