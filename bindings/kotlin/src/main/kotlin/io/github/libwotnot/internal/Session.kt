// What both faces of a client share: the calls with their parameters and results, and the events.
package io.github.libwotnot.internal

import io.github.libwotnot.Assignee
import io.github.libwotnot.Contact
import io.github.libwotnot.Event
import io.github.libwotnot.Message
import io.github.libwotnot.ParsedWebhook
import io.github.libwotnot.Reply
import io.github.libwotnot.Sent
import io.github.libwotnot.Status
import io.github.libwotnot.Variables
import io.github.libwotnot.WotnotException
import kotlinx.coroutines.CancellationException
import kotlinx.coroutines.CoroutineScope
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.SupervisorJob
import kotlinx.coroutines.async
import kotlinx.coroutines.flow.Flow
import kotlinx.coroutines.flow.flow
import kotlinx.serialization.json.JsonElement
import kotlinx.serialization.json.JsonObject
import kotlin.time.Duration

/** How many calls of coroutines may block threads at once; beside the 64 that an application has of its own. */
private const val CALLS_AT_ONCE = 64

private val calls = CoroutineScope(SupervisorJob() + Dispatchers.IO.limitedParallelism(CALLS_AT_ONCE))

internal class Session(configJson: String) {
    private val client = NativeClient(configJson)
    val inbox = Inbox(client)

    /** Runs where blocking is fine, so that a cancelled caller need not wait for it. */
    suspend fun callAside(method: String, params: JsonElement): JsonElement {
        val call = calls.async { client.call(method, params) }
        try {
            return call.await()
        } catch (cancelled: CancellationException) {
            // Takes effect while it waits for a thread; once it runs, the network call goes on.
            call.cancel()
            throw cancelled
        }
    }

    fun callNow(method: String, params: JsonElement): JsonElement = client.call(method, params)

    suspend fun start(visitor: String, message: Message, variables: Variables?, botKey: String?, timeoutMillis: Long?): Started =
        Started.read(callAside(START, startParams(visitor, message, variables, botKey, timeoutMillis)))

    fun startNow(visitor: String, message: Message, variables: Variables?, botKey: String?, timeoutMillis: Long?): Started =
        Started.read(client.call(START, startParams(visitor, message, variables, botKey, timeoutMillis)))

    suspend fun sendAside(conversation: String, message: Message, timeoutMillis: Long?): Sent =
        Sent.read(callAside(SEND, sendParams(conversation, message, timeoutMillis)).asObject())

    fun sendNow(conversation: String, message: Message, timeoutMillis: Long?): Sent =
        Sent.read(client.call(SEND, sendParams(conversation, message, timeoutMillis)).asObject())

    fun parse(body: String, authorization: String?): ParsedWebhook =
        ParsedWebhook.read(client.call("parse_webhook", post(body, authorization)).asObject())

    fun accept(body: String, authorization: String?): Reply =
        Reply.read(client.call("accept_webhook", post(body, authorization)).asObject().child("reply") ?: EMPTY)

    fun status(): Status = Status.read(client.call("status", EMPTY).asObject())

    fun known(id: String): Started = Started(id, Contact(), null, null, EMPTY)

    fun events(conversation: String?, timeout: Duration): Flow<Event> = flow {
        while (true) {
            val event = try {
                inbox.receive(conversation, timeout)
            } catch (_: WotnotException.Closed) {
                null
            }
            emit(event ?: return@flow)
        }
    }

    fun close() = client.close()

    private companion object {
        const val START = "start_conversation"
        const val SEND = "send_message"

        fun startParams(visitor: String, message: Message, variables: Variables?, botKey: String?, timeoutMillis: Long?) =
            document(
                "visitor_id" to visitor.json(),
                "message" to message.json(),
                "variables" to variables?.json(),
                "bot_key" to botKey.json(),
                "timeout_ms" to timeoutMillis.json(),
            )

        fun sendParams(conversation: String, message: Message, timeoutMillis: Long?) = document(
            "conversation_id" to conversation.json(),
            "message" to message.json(),
            "timeout_ms" to timeoutMillis.json(),
        )

        fun post(body: String, authorization: String?) =
            document("body" to body.json(), "authorization" to authorization.json())
    }
}

/** A conversation as the service told of it. */
internal class Started(
    val id: String,
    val contact: Contact,
    val assignee: Assignee?,
    val createdAt: String?,
    val raw: JsonObject,
) {
    companion object {
        fun read(value: JsonElement): Started {
            val raw = value.asObject()
            val conversation = raw.child("conversation") ?: EMPTY
            return Started(
                id = conversation.text("id").orEmpty(),
                contact = Contact.read(raw.child("contact") ?: EMPTY),
                assignee = conversation.child("assignee")?.let(Assignee::read),
                createdAt = conversation.text("created_at"),
                raw = raw,
            )
        }
    }
}

internal fun JsonElement.asObject(): JsonObject = this as? JsonObject ?: EMPTY
