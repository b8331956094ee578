// What both faces of a client share: the calls with their parameters and results, and the events.
package io.github.libwotnot.internal

import io.github.libwotnot.AppState
import io.github.libwotnot.Assignee
import io.github.libwotnot.Contact
import io.github.libwotnot.Event
import io.github.libwotnot.IfKnown
import io.github.libwotnot.LogRecord
import io.github.libwotnot.Message
import io.github.libwotnot.Opened
import io.github.libwotnot.ParsedWebhook
import io.github.libwotnot.Prompt
import io.github.libwotnot.Reply
import io.github.libwotnot.Resolution
import io.github.libwotnot.Sent
import io.github.libwotnot.Status
import io.github.libwotnot.TranscriptFormat
import io.github.libwotnot.Turn
import io.github.libwotnot.Uploaded
import io.github.libwotnot.Variables
import io.github.libwotnot.WotnotException
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.flow.Flow
import kotlinx.coroutines.flow.FlowCollector
import kotlinx.coroutines.withContext
import kotlinx.serialization.json.JsonElement
import kotlinx.serialization.json.JsonObject
import kotlinx.serialization.json.JsonPrimitive
import kotlin.time.Duration

internal class Session(configJson: String) {
    private val client = NativeClient(configJson)
    private val calls = Calls(client)
    val inbox = Inbox(client)

    suspend fun call(method: String, params: JsonElement): JsonElement =
        if (params is JsonObject && blocks(method)) calls.run(method, params) else client.call(method, params)

    fun callHere(method: String, params: JsonElement): JsonElement =
        if (params is JsonObject && blocks(method)) calls.runHere(method, params) else client.call(method, params)

    /** Whether a call may get a name of ours: that in `cancel` is another call's. */
    private fun blocks(method: String) = method != "cancel"

    suspend fun start(params: JsonObject): Started = Started.read(namingArguments { calls.run(START, params) })

    fun startHere(params: JsonObject): Started = Started.read(namingArguments { calls.runHere(START, params) })

    suspend fun open(params: JsonObject): Started = Started.read(namingArguments { calls.run(OPEN, params) })

    fun openHere(params: JsonObject): Started = Started.read(namingArguments { calls.runHere(OPEN, params) })

    fun forget(visitor: String?): Int {
        val params = document("visitor_id" to visitor.json())
        return namingArguments { client.call("forget", params) }.asObject().int("forgotten") ?: 0
    }

    fun setIdentity(identity: String?) {
        client.call("set_identity", document("identity" to identity.json()))
    }

    fun setAppState(state: AppState) {
        client.call("set_app_state", document("state" to state.name.lowercase().json()))
    }

    suspend fun upload(params: JsonObject): Uploaded = Uploaded.read(namingArguments { calls.run(UPLOAD, params) }.asObject())

    fun uploadHere(params: JsonObject): Uploaded = Uploaded.read(namingArguments { calls.runHere(UPLOAD, params) }.asObject())

    fun uploadParts(parts: PartsOf, name: String, mediaType: String?, fileId: String?): Flow<Uploaded> = kotlinx.coroutines.flow.flow {
        var now = when (fileId) {
            null -> upload(document("name" to name.json(), "size" to parts.size().json(), "type" to mediaType.json()))
            else -> upload(document("file_id" to fileId.json()))
        }
        emit(now)
        while (!now.isReady) {
            val at = now.offset
            val data = withContext(Dispatchers.IO) { parts.at(at) }
            now = upload(document("file_id" to now.fileId.json(), "offset" to at.json(), "data" to data.json()))
            emit(now)
        }
    }

    suspend fun resolve(params: JsonObject): Sent = Sent.read(namingArguments { calls.run(RESOLVE, params) }.asObject())

    fun resolveHere(params: JsonObject): Sent = Sent.read(namingArguments { calls.runHere(RESOLVE, params) }.asObject())

    suspend fun transcript(params: JsonObject): String = content(namingArguments { calls.run(TRANSCRIPT, params) })

    fun transcriptHere(params: JsonObject): String = content(namingArguments { calls.runHere(TRANSCRIPT, params) })

    private fun content(value: JsonElement): String = value.asObject().text("content").orEmpty()

    suspend fun send(params: JsonObject): Sent = Sent.read(namingArguments { calls.run(SEND, params) }.asObject())

    fun sendHere(params: JsonObject): Sent = Sent.read(namingArguments { calls.runHere(SEND, params) }.asObject())

    suspend fun ask(params: JsonObject): Turn = Turn.read(namingArguments { calls.run(CONVERSE, params) }.asObject())

    fun askHere(params: JsonObject): Turn = Turn.read(namingArguments { calls.runHere(CONVERSE, params) }.asObject())

    /** The next event, for the caller's own thread, whose interrupt ends the wait with [WotnotException.Interrupted]. */
    fun receiveHere(conversation: String?, timeout: java.time.Duration?): Event? =
        takeHere(conversation, timeout, Log.WITHOUT)?.let(Event::read)

    private fun takeHere(conversation: String?, timeout: java.time.Duration?, log: Log): JsonObject? = try {
        val params = document(
            "conversation_id" to conversation.json(),
            "log" to log.json(),
            "timeout_ms" to timeout?.waitMillis().json(),
        )
        calls.runHere("receive", params).asObject()
    } catch (_: WotnotException.Timeout) {
        null
    }

    /** The same, where an interrupt of the thread is what it is for Java's own blocking functions. */
    @Throws(InterruptedException::class)
    fun await(conversation: String?, timeout: java.time.Duration?): Event? = try {
        receiveHere(conversation, timeout)
    } catch (error: WotnotException.Interrupted) {
        throw if (Thread.interrupted()) InterruptedException(error.reason).initCause(error) else error
    }

    fun eventsHere(conversation: String?, timeout: java.time.Duration?): Iterable<Event> =
        iterable { receiveHere(conversation, timeout) }

    fun logRecordsHere(timeout: java.time.Duration?): Iterable<LogRecord> =
        iterable { takeHere(null, timeout, Log.ONLY)?.let(LogRecord::read) }

    /** A loop ends quietly with the client and by [interrupt]; that its thread was interrupted it says. */
    private fun <T : Any> iterable(next: () -> T?): Iterable<T> = Iterable {
        generateSequence {
            try {
                next()
            } catch (_: WotnotException.Closed) {
                null
            } catch (error: WotnotException.Interrupted) {
                if (Thread.currentThread().isInterrupted) throw error
                null
            }
        }.iterator()
    }

    fun parse(body: String, authorization: String?): ParsedWebhook =
        ParsedWebhook.read(client.call("parse_webhook", post(body, authorization)).asObject())

    fun accept(body: String, authorization: String?): Reply =
        Reply.read(client.call("accept_webhook", post(body, authorization)).asObject().child("reply") ?: EMPTY)

    fun answer(prompt: Prompt, value: Any?): Message {
        val params = document("prompt" to prompt.raw, "value" to answerOf("value", value))
        return Message.read(client.call("answer", params).asObject())
    }

    fun status(): Status = Status.read(client.call("status", EMPTY).asObject())

    fun known(id: String): Started = Started(id, Contact(), null, null, null, false, EMPTY)

    suspend fun receive(conversation: String?, timeout: Duration): Event? = inbox.receive(conversation, timeout)?.let(Event::read)

    fun events(conversation: String?, timeout: Duration): Flow<Event> = flow { receive(conversation, timeout) }

    fun logRecords(timeout: Duration): Flow<LogRecord> = flow { inbox.receive(null, timeout, Log.ONLY)?.let(LogRecord::read) }

    /** Not the builder `flow`, whose `emit` refuses the event of a coroutine that was cancelled meanwhile, and so loses it. */
    private fun <T : Any> flow(next: suspend () -> T?): Flow<T> = object : Flow<T> {
        override suspend fun collect(collector: FlowCollector<T>) {
            while (true) {
                val taken = try {
                    next()
                } catch (_: WotnotException.Closed) {
                    null
                } catch (_: WotnotException.Interrupted) {
                    null
                }
                collector.emit(taken ?: return)
            }
        }
    }

    fun interrupt() {
        client.interrupt()
        inbox.interrupt()
    }

    fun close() = client.close()

    private companion object {
        const val START = "start_conversation"
        const val OPEN = "open_conversation"
        const val SEND = "send_message"
        const val CONVERSE = "converse"
        const val RESOLVE = "resolve"
        const val UPLOAD = "upload"
        const val TRANSCRIPT = "transcript"

        fun post(body: String, authorization: String?) =
            document("body" to body.json(), "authorization" to authorization.json())
    }
}

internal fun startParams(visitor: String?, message: Message, variables: Variables?, botKey: String?, timeoutMillis: Long?) =
    document(
        "visitor_id" to visitor.json(),
        "message" to message.json(),
        "variables" to variables?.json(),
        "bot_key" to botKey.json(),
        "timeout_ms" to timeoutMillis.json(),
    )

internal fun openParams(start: JsonObject, ifKnown: IfKnown) =
    JsonObject(start + document("if_known" to ifKnown.name.lowercase().json()))

internal fun sendParams(
    conversation: String,
    message: Message,
    timeoutMillis: Long?,
    clientId: String? = null,
    queue: Boolean = false,
) = document(
    "conversation_id" to conversation.json(),
    "message" to message.json(),
    "timeout_ms" to timeoutMillis.json(),
    "client_id" to clientId.json(),
    "queue" to JsonPrimitive(true).takeIf { queue },
)

internal fun uploadParams(path: String, name: String?, mediaType: String?, timeoutMillis: Long?) = document(
    "path" to path.json(),
    "name" to name.json(),
    "type" to mediaType.json(),
    "timeout_ms" to timeoutMillis.json(),
)

internal fun resolveParams(conversation: String, clientId: String, resolution: Resolution, timeoutMillis: Long?) = document(
    "conversation_id" to conversation.json(),
    "client_id" to clientId.json(),
    "action" to resolution.name.lowercase().json(),
    "timeout_ms" to timeoutMillis.json(),
)

internal fun transcriptParams(conversation: String, format: TranscriptFormat, timeoutMillis: Long?) = document(
    "conversation_id" to conversation.json(),
    "format" to format.name.lowercase().json(),
    "timeout_ms" to timeoutMillis.json(),
)

internal fun turnParams(send: JsonObject, quietMillis: Long?) = JsonObject(send + document("quiet_ms" to quietMillis.json()))

/** A conversation as the service described it. */
internal class Started(
    val id: String,
    val contact: Contact,
    val assignee: Assignee?,
    val createdAt: String?,
    val opened: Opened?,
    val isMessageSent: Boolean,
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
                opened = Opened.of(raw.text("opened")),
                isMessageSent = "message_sent" !in raw || raw.flag("message_sent"),
                raw = raw,
            )
        }
    }
}
