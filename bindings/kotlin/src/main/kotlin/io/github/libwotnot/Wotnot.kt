package io.github.libwotnot

import io.github.libwotnot.internal.Session
import io.github.libwotnot.internal.nativeVersion
import kotlinx.coroutines.flow.Flow
import kotlinx.serialization.json.JsonElement
import kotlin.time.Duration

/**
 * A client of the API channel, for coroutines. Share it; close it when done. From Java, or without
 * coroutines, use [io.github.libwotnot.blocking.WotnotClient].
 *
 * Calls run on [kotlinx.coroutines.Dispatchers.IO]. A cancelled call returns at once; once its request
 * is under way it goes on in the background, so whether the message was taken is unknown.
 */
public class Wotnot internal constructor(private val session: Session) : AutoCloseable {
    /**
     * Checks the settings and opens the webhook listener when they ask for one. Sends nothing.
     *
     * @throws WotnotException.InvalidArgument naming the setting
     */
    public constructor(config: WotnotConfig) : this(Session(config.json().toString()))

    /**
     * Starts a conversation. Call it once for each visitor, and keep the conversation's id.
     *
     * @param visitorId your own unique id of the visitor
     * @param text what they said first
     * @param botKey the bot to talk to, instead of the configured one
     * @param timeout the overall deadline, instead of the configured one
     * @throws WotnotException with [WotnotException.delivery] set: what became of the first message
     */
    public suspend fun startConversation(
        visitorId: String,
        text: String,
        variables: Variables? = null,
        botKey: String? = null,
        timeout: Duration? = null,
    ): Conversation = Conversation(session, session.start(visitorId, Message.text(text), variables, botKey, timeout?.inWholeMilliseconds))

    /** Continues a conversation that was started before. Sends nothing. */
    public fun conversation(id: String): Conversation = Conversation(session, session.known(id))

    /**
     * The next event, in the order of arrival, or null when none arrives within the time. Cancelling
     * takes effect at once and loses no event. Several coroutines may wait: each event goes to one.
     *
     * @throws WotnotException.Closed when the client is closed, also while waiting
     * @throws WotnotException.Interrupted when [interrupt] wakes it
     * @throws WotnotException.InvalidArgument on a client without a webhook, for nothing could ever arrive
     */
    public suspend fun receive(timeout: Duration = Duration.INFINITE): Event? = session.inbox.receive(null, timeout)

    /** The events as they arrive, on the collector's pull. Ends when none arrives within the time, or the client is closed. */
    public fun events(timeout: Duration = Duration.INFINITE): Flow<Event> = session.events(null, timeout)

    /**
     * Checks a post to your own web server and takes it apart. Keeps nothing and sends nothing.
     *
     * @param body the whole body
     * @param authorization the header of that name
     * @throws WotnotException with the [WotnotException.reply] to give, such as [WotnotException.WebhookRejected]
     */
    public fun parseWebhook(body: String, authorization: String? = null): ParsedWebhook = session.parse(body, authorization)

    /**
     * Checks a post to your own web server and keeps its events for [receive] and [events].
     *
     * @return what to answer
     * @throws WotnotException with the [WotnotException.reply] to give; [WotnotException.Overloaded] when the queue is full
     */
    public fun acceptWebhook(body: String, authorization: String? = null): Reply = session.accept(body, authorization)

    /** What this client is and has done. */
    public fun status(): Status = session.status()

    /** Calls a method of the native library as it is, for what has no function here yet. */
    public suspend fun call(method: String, params: JsonElement): JsonElement = session.callAside(method, params)

    /** Wakes everybody who waits for an event now, with [WotnotException.Interrupted], and nobody else. */
    public fun interrupt(): Unit = session.inbox.interrupt()

    /** Ends every call and every wait with [WotnotException.Closed] and stops the listener. A second time does nothing. */
    override fun close(): Unit = session.close()

    public companion object {
        /** The native library's version. */
        @JvmStatic
        public val version: String get() = nativeVersion()

        /**
         * A client of settings in the native library's JSON form, such as a file holds.
         *
         * @throws WotnotException.InvalidArgument naming the setting
         */
        public fun fromJson(config: String): Wotnot = Wotnot(Session(config))
    }
}
